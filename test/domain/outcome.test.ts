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
  ['final', 'an entry that is at fault itself is never tried again', ['MalformedDetail']],
  [
    'unclear',
    'a code that may concern the account or the bus condemns no entry by itself',
    [
      'InvalidArgument',
      'InvalidInputException',
      'InvalidAccountIdException',
      'NotAuthorizedForSourceException',
      'NotAuthorizedForDetailTypeException',
      'KMSInvalidStateException',
      'RequestRefused',
    ],
  ],
  [
    'unclear',
    'nor does a code that nobody has seen yet',
    ['', 'SomethingNew', 'throttlingexception', 'NotAccessDenied', 'AccessDeniedOnce', 'constructor', '__proto__'],
  ],
];

for (const [verdict, promise, codes] of VERDICTS) {
  for (const code of codes) {
    test(`${promise}: "${code}" is ${verdict}`, (t) => {
      t.is(judgeEntry({ code, message: 'as EventBridge puts it' }), verdict);
    });
  }
}

for (const [name, verdict] of [
  ['Detail', 'final'],
  ['DetailType', 'final'],
  ['Time', 'final'],
  ['Source', 'unclear'],
  ['EventBusName', 'unclear'],
] as const) {
  test(`an invalid ${name} is ${verdict === 'final' ? "the entry's own" : 'the same for every entry'}`, (t) => {
    const message = `Parameter ${name} is not valid. Reason: as AWS puts it.`;
    t.is(judgeEntry({ code: 'InvalidArgument', message }), verdict);
  });
}

test('an arbitrary code is unclear', (t) => {
  const known = new Set(VERDICTS.filter(([verdict]) => verdict !== 'unclear').flatMap(([, , codes]) => codes));
  const property = fc.property(fc.string(), fc.string(), (code, message) => {
    fc.pre(!known.has(code) && code !== 'InvalidArgument');
    assert.equal(judgeEntry({ code, message }), 'unclear');
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
    failed('SomethingNew', 'Look at this.'),
  ];
  t.deepEqual(sortResults(['a', 'b', 'c', 'd', 'e', 'f'], results), {
    accepted: ['a', 'e'],
    suppressed: ['c'],
    final: [{ entry: 'd', reason: 'MalformedDetail: Detail is malformed.' }],
    unclear: [{ entry: 'f', reason: 'SomethingNew: Look at this.' }],
    open: ['b'],
  });
});

test('an entry without a result is open: nobody knows whether it is on the bus', (t) => {
  t.deepEqual(sortResults(['a', 'b'], [ACCEPTED]), {
    accepted: ['a'],
    suppressed: [],
    final: [],
    unclear: [],
    open: ['b'],
  });
});

test('nothing sent is nothing to be done', (t) => {
  t.deepEqual(sortResults([], []), { accepted: [], suppressed: [], final: [], unclear: [], open: [] });
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
      unclear: [],
      open: ['b'],
      stop: { verdict, reason: `${code}: no` },
    });
  });
}

test('a busy bus and a malformed entry stop nothing', (t) => {
  t.false('stop' in sortResults(['a', 'b'], [failed('ThrottlingException'), failed('MalformedDetail')]));
});
