import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { type EntryResult, judgeEntry, sortResults, type Verdict } from '../../src/domain/outcome.ts';
import { holds } from './support/property.ts';

const VERDICTS: readonly [verdict: Verdict, promise: string, codes: readonly string[]][] = [
  ['retry', 'a busy bus is tried again', ['ThrottlingException']],
  [
    'retry',
    'a failure inside the bus is tried again, whichever of its names it bears',
    ['InternalFailure', 'InternalException', 'InternalServerException', 'ServiceUnavailable'],
  ],
  ['denied', 'a refusal that concerns every entry stops the cycle', ['AccessDenied', 'AccessDeniedException']],
  ['missing', 'a bus that does not exist stops the cycle', ['ResourceNotFoundException']],
  [
    'final',
    'an entry that is at fault itself is never tried again',
    ['MalformedDetail', 'InvalidArgument', 'NotAuthorizedForSourceException', 'NotAuthorizedForDetailTypeException'],
  ],
  [
    'final',
    'a code that nobody has seen yet holds no neighbour up',
    ['', 'SomethingNew', 'throttlingexception', 'NotAccessDenied', 'AccessDeniedOnce', 'constructor', '__proto__'],
  ],
];

for (const [verdict, promise, codes] of VERDICTS) {
  for (const code of codes) {
    test(`${promise}: "${code}" is ${verdict}`, (t) => {
      t.is(judgeEntry(code), verdict);
    });
  }
}

test('an arbitrary code is final', (t) => {
  const known = new Set(VERDICTS.filter(([verdict]) => verdict !== 'final').flatMap(([, , codes]) => codes));
  const property = fc.property(fc.string(), (code) => {
    fc.pre(!known.has(code));
    assert.equal(judgeEntry(code), 'final');
  });
  holds(t, property);
});

const ACCEPTED: EntryResult = { status: 'accepted' };
const failed = (code: string, message = 'as EventBridge puts it'): EntryResult => ({ status: 'failed', code, message });

test('each entry is judged by its own result, in the place where it was sent', (t) => {
  const results: EntryResult[] = [
    ACCEPTED,
    failed('ThrottlingException'),
    { status: 'suppressed' },
    failed('MalformedDetail', 'Detail is malformed.'),
    ACCEPTED,
  ];
  t.deepEqual(sortResults(['a', 'b', 'c', 'd', 'e'], results), {
    accepted: ['a', 'e'],
    suppressed: ['c'],
    final: [{ entry: 'd', reason: 'MalformedDetail: Detail is malformed.' }],
    open: ['b'],
  });
});

test('an entry without a result is open: nobody knows whether it is on the bus', (t) => {
  t.deepEqual(sortResults(['a', 'b'], [ACCEPTED]), { accepted: ['a'], suppressed: [], final: [], open: ['b'] });
});

test('nothing sent is nothing to be done', (t) => {
  t.deepEqual(sortResults([], []), { accepted: [], suppressed: [], final: [], open: [] });
});

for (const [code, verdict] of [
  ['AccessDeniedException', 'denied'],
  ['ResourceNotFoundException', 'missing'],
] as const) {
  test(`${code} stops everything: its entry stays open and is no dead letter, and what was accepted is known`, (t) => {
    t.deepEqual(sortResults(['a', 'b'], [ACCEPTED, failed(code, 'no')]), {
      accepted: ['a'],
      suppressed: [],
      final: [],
      open: ['b'],
      stop: { verdict, reason: `${code}: no` },
    });
  });
}

test('a busy bus and a malformed entry stop nothing', (t) => {
  t.false('stop' in sortResults(['a', 'b'], [failed('ThrottlingException'), failed('MalformedDetail')]));
});
