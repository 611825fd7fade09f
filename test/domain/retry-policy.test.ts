import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import {
  ATTEMPTS_IF_DIVISIBLE,
  backoffDelay,
  MAX_REQUESTED_WAIT_MS,
  PAUSES,
  RETRIES,
  type RetryPolicy,
  THROTTLED_WAITS,
} from '../../src/domain/retry-policy.ts';
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

/** The longest that all pauses of a policy take together, milliseconds. */
function longestPauses({ attempts, backoff }: RetryPolicy): number {
  const pauses = Array.from({ length: attempts - 1 }, (_, index) => backoffDelay(index + 1, backoff, ALMOST_ONE));
  return pauses.reduce((sum, pause) => sum + pause, 0);
}

test('a request to Genesys outlasts a blip of 15 s, a busy sink one of 31 s, a busy dedup table one of 22 s', (t) => {
  t.is(longestPauses(RETRIES.genesysRequest), 15_000);
  t.is(longestPauses(RETRIES.publish), 31_750);
  t.is(longestPauses(RETRIES.dedupIds), 22_750);
});

test('the pauses between attempts at one call to a table leave room for the attempts within a lease of 30 s', (t) => {
  t.is(longestPauses(RETRIES.tableCall), 300);
});

test('a backfill gives up after five failing windows, 75 s of pauses in all', (t) => {
  t.is(RETRIES.backfillWindow.attempts, 5);
  t.is(longestPauses(RETRIES.backfillWindow), 75_000);
});

test('ten waits of a minute, as long as Genesys counts, fit into the waits of one request; a login waits half as often', (t) => {
  t.deepEqual(THROTTLED_WAITS, { request: 10, login: 5 });
  t.is(MAX_REQUESTED_WAIT_MS, 600_000);
  t.is(ATTEMPTS_IF_DIVISIBLE, 2);
});

test('what is repeated until it succeeds is repeated at least so often', (t) => {
  t.deepEqual(PAUSES, {
    throttled: { first: 2_000, longest: 60_000 },
    outage: { first: 1_000, longest: 60_000 },
    trialRead: { first: 10_000, longest: 300_000 },
    names: { first: 60_000, longest: 900_000 },
    job: { first: 1_000, longest: 10_000 },
  });
});
