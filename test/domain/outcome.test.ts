import test from 'ava';
import { Failure } from '../../src/domain/failure.ts';
import { classifyResults, type EntryResult } from '../../src/domain/outcome.ts';

const ACCEPTED: EntryResult = { status: 'accepted' };
const BUSY: EntryResult = { status: 'busy', reason: 'ThrottlingException: no' };
const REFUSED: EntryResult = { status: 'refused', reason: 'MalformedDetail: Detail is malformed.' };
const UNCLEAR: EntryResult = { status: 'unclear', reason: 'SomethingNew: Look at this.', remedy: 'Look' };

test('each entry is judged by its own result, in the place where it was sent', (t) => {
  const results: EntryResult[] = [ACCEPTED, BUSY, { status: 'suppressed' }, REFUSED, ACCEPTED, UNCLEAR];
  t.deepEqual(classifyResults(['a', 'b', 'c', 'd', 'e', 'f'], results), {
    accepted: ['a', 'e'],
    suppressed: ['c'],
    final: [{ entry: 'd', reason: 'MalformedDetail: Detail is malformed.' }],
    unclear: [{ entry: 'f', reason: 'SomethingNew: Look at this.', remedy: 'Look' }],
    open: ['b'],
  });
});

test('an entry without a result is open: it is not known whether it was published', (t) => {
  t.deepEqual(classifyResults(['a', 'b'], [ACCEPTED]), {
    accepted: ['a'],
    suppressed: [],
    final: [],
    unclear: [],
    open: ['b'],
  });
});

test('nothing sent is nothing to be done', (t) => {
  t.deepEqual(classifyResults([], []), { accepted: [], suppressed: [], final: [], unclear: [], open: [] });
});

test('a sink that takes nothing stops everything: its entry stays open and is no dead letter, and what was accepted is known', (t) => {
  const failure = new Failure({ code: 'bus.denied', what: 'no', why: 'no', remedy: 'Allow it' });
  t.deepEqual(classifyResults(['a', 'b'], [ACCEPTED, { status: 'stopped', reason: 'no', failure }]), {
    accepted: ['a'],
    suppressed: [],
    final: [],
    unclear: [],
    open: ['b'],
    stop: failure,
  });
});

test('a busy sink and a malformed entry stop nothing', (t) => {
  t.false('stop' in classifyResults(['a', 'b'], [BUSY, REFUSED]));
});
