import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { judgeEntry, type Verdict } from '../../src/domain/outcome.ts';
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
