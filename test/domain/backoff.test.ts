import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { backoffDelay } from '../../src/domain/backoff.ts';
import { holds } from './support/property.ts';

const RULE = { first: 100, longest: 5_000 };
const ALMOST_ONE = 1 - Number.EPSILON / 2;

const DELAYS: readonly [attempt: number, least: number, most: number][] = [
  [1, 50, 100],
  [2, 100, 200],
  [3, 200, 400],
  [4, 400, 800],
  [6, 1_600, 3_200],
  [7, 2_500, 5_000],
  [8, 2_500, 5_000],
  [5_000, 2_500, 5_000],
];

for (const [attempt, least, most] of DELAYS) {
  test(`after failed attempt ${attempt} the pause is at least ${least} and at most ${most} ms, as chance has it`, (t) => {
    t.is(backoffDelay(attempt, RULE, 0), least);
    t.is(backoffDelay(attempt, RULE, 0.5), (least + most) / 2);
    t.is(backoffDelay(attempt, RULE, ALMOST_ONE), most);
  });
}

test('a first pause longer than the longest is cut to the longest', (t) => {
  t.is(backoffDelay(1, { first: 9_000, longest: 5_000 }, ALMOST_ONE), 5_000);
});

test('every pause is a whole number of milliseconds between half the first and the longest', (t) => {
  const first = fc.integer({ min: 1, max: 60_000 });
  const beyond = fc.integer({ min: 0, max: 600_000 });
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const property = fc.property(
    fc.integer({ min: 1, max: 2_000 }),
    first,
    beyond,
    chance,
    (attempt, first, beyond, random) => {
      const delay = backoffDelay(attempt, { first, longest: first + beyond }, random);
      assert.ok(Number.isSafeInteger(delay));
      assert.ok(delay >= Math.floor(first / 2));
      assert.ok(delay <= first + beyond);
    },
  );
  holds(t, property);
});
