import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { type Cause, causeOf, type Evidence } from '../../src/domain/doubt.ts';
import { holds } from './support/property.ts';

const HOUR = 3_600_000;
const evidence = (given: Partial<Evidence>): Evidence => ({
  refusals: 3,
  taken: 0,
  inDoubt: 1,
  doubtedFor: 0,
  ...given,
});

const CASES: readonly [promise: string, given: Partial<Evidence>, cause: Cause][] = [
  ['a sink that takes nothing is at fault', { inDoubt: 10 }, 'sink'],
  ['a sink that takes nothing is at fault, however often it was asked', { inDoubt: 10, refusals: 500 }, 'sink'],
  ['a sink that takes fewer than it refuses is at fault', { inDoubt: 10, taken: 9 }, 'sink'],
  ['an entry refused among as many that were taken is at fault', { inDoubt: 10, taken: 10 }, 'entry'],
  ['an entry refused once is asked for again first', { taken: 9, refusals: 1 }, 'unproven'],
  ['an entry refused twice is asked for again first', { taken: 9, refusals: 2 }, 'unproven'],
  ['a single event is waited for a little less than two hours', { doubtedFor: 2 * HOUR - 1 }, 'sink'],
  ['a single event is given up after two hours', { doubtedFor: 2 * HOUR }, 'entry'],
  [
    'several events, of which none is taken, are not given up after two hours',
    { inDoubt: 2, doubtedFor: 23 * HOUR },
    'sink',
  ],
  ['of several events, one is given up after a day', { inDoubt: 83, doubtedFor: 24 * HOUR }, 'entry'],
];

for (const [promise, given, cause] of CASES) {
  test(promise, (t) => {
    t.is(causeOf(evidence(given)), cause);
  });
}

test('whatever the numbers, a sink that has taken nothing costs no event within two hours', (t) => {
  const numbers = { refusals: fc.nat(), inDoubt: fc.integer({ min: 1 }), doubtedFor: fc.nat(2 * HOUR - 1) };
  const property = fc.property(fc.record(numbers), (given) => {
    assert.equal(causeOf({ ...given, taken: 0 }), 'sink');
  });
  holds(t, property);
});
