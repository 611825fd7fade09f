import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import {
  allow,
  answered,
  type Budget,
  budgetWait,
  freshBudget,
  pause,
  pausedSoFar,
  perMinute,
  refund,
  rereadingShareOf,
  shareTaken,
  smallShareOf,
  spend,
} from '../../src/domain/budget.ts';
import { Census, holds } from './support/property.ts';

const fresh = (limit: number) => freshBudget(perMinute(limit));

/** A budget after requests whose answers began at these times. */
function answeredAt(limit: number, ...times: readonly number[]): Budget {
  return times.reduce((budget, time) => answered(spend(budget), time), fresh(limit));
}

test('as many requests as allowed go at once', (t) => {
  t.is(budgetWait(fresh(3), 0), 0);
  t.is(budgetWait(spend(spend(fresh(3))), 0), 0);
});

test('requests that are all in flight hold the next one back until an answer begins, however long that takes', (t) => {
  const spent = spend(spend(fresh(2)));
  t.is(budgetWait(spent, 0), Number.POSITIVE_INFINITY);
  t.is(budgetWait(spent, 3_600_000), Number.POSITIVE_INFINITY);
  t.is(budgetWait(answered(spent, 3_600_000), 3_600_000), 60_000);
});

test("a permit is free again 60 seconds after its request's answer began", (t) => {
  const budget = answeredAt(3, 1_000, 20_000, 30_000);
  t.is(budgetWait(budget, 30_000), 31_000);
  t.is(budgetWait(budget, 60_999), 1);
  t.is(budgetWait(budget, 61_000), 0);
});

test('a request in flight and one answered of late hold a permit each', (t) => {
  const budget = spend(answeredAt(2, 10_000));
  t.is(budgetWait(budget, 20_000), 50_000);
  t.is(budgetWait(spend(budget), 20_000), Number.POSITIVE_INFINITY);
});

test('a request that is not sent releases its permit at once', (t) => {
  t.is(budgetWait(refund(spend(fresh(1))), 0), 0);
});

test('reading the horizon again takes a tenth of the requests, a fraction where they are few', (t) => {
  t.is(rereadingShareOf(240), 24);
  t.is(rereadingShareOf(5), 0.5);
});

test('an answer that began 60 seconds ago is forgotten', (t) => {
  t.deepEqual(answeredAt(2, 10_000, 70_000).answered, [70_000]);
  t.deepEqual(answeredAt(2, 10_001, 70_000).answered, [10_001, 70_000]);
  const budget = answeredAt(2, 0, 50_000, 70_000);
  t.deepEqual(budget.answered, [50_000, 70_000]);
  t.is(budgetWait(budget, 70_000), 40_000);
});

test('a wait is whole milliseconds, rounded up', (t) => {
  t.is(budgetWait(answeredAt(1, 0.25), 60_000), 1);
  t.is(budgetWait(answeredAt(1, 0.25), 60_000.25), 0);
});

test('a pause holds back what the budget would allow', (t) => {
  t.is(budgetWait(pause(fresh(3), 0, 59_000), 1_000), 58_000);
  t.is(budgetWait(pause(fresh(3), 0, 59_000), 59_000), 0);
});

test('the later of pause and budget counts', (t) => {
  t.is(budgetWait(pause(answeredAt(1, 0), 0, 10_000), 5_000), 55_000);
  t.is(budgetWait(pause(answeredAt(1, 0), 0, 90_000), 5_000), 85_000);
});

test('a pause is never shortened by another', (t) => {
  t.is(pause(pause(fresh(1), 0, 9_000), 0, 4_000).pausedUntil, 9_000);
  t.is(pause(pause(fresh(1), 0, 4_000), 0, 9_000).pausedUntil, 9_000);
});

test('the time under a pause grows while the pause lasts, and what two pauses share counts once', (t) => {
  const once = pause(fresh(1), 1_000, 9_000);
  t.deepEqual(
    [1_000, 4_000, 9_000, 20_000].map((now) => pausedSoFar(once, now)),
    [0, 3_000, 8_000, 8_000],
  );
  const twice = pause(pause(once, 5_000, 12_000), 6_000, 7_000);
  t.deepEqual(
    [6_000, 12_000, 20_000].map((now) => pausedSoFar(twice, now)),
    [5_000, 11_000, 11_000],
  );
  t.is(pausedSoFar(pause(twice, 30_000, 31_000), 40_000), 12_000);
  t.is(pausedSoFar(fresh(1), 5_000), 0);
});

test('the share taken counts requests in flight and those answered in the last minute, and is 1 at most', (t) => {
  t.is(shareTaken(fresh(4), 0), 0);
  t.is(shareTaken(spend(answeredAt(4, 0, 10_000)), 30_000), 0.75);
  t.is(shareTaken(spend(answeredAt(4, 0, 10_000)), 60_000), 0.5);
  t.is(shareTaken(answeredAt(4, 0, 10_000), 70_000), 0);
  t.is(shareTaken(allow(answeredAt(4, 0, 1, 2, 3), perMinute(2)), 10), 1, 'a limit that was lowered');
});

test('with another limit, what was spent before still counts', (t) => {
  const budget = answeredAt(3, 0, 10_000, 20_000);
  t.is(budgetWait(allow(budget, perMinute(2)), 30_000), 40_000, 'lowered');
  t.is(budgetWait(allow(budget, perMinute(4)), 30_000), 0, 'raised');
  t.is(budgetWait(spend(allow(budget, perMinute(4))), 30_000), 30_000, 'raised and spent');
  t.is(budgetWait(allow(pause(budget, 0, 99_000), perMinute(4)), 30_000), 69_000, 'a pause stays');
});

test('a small share is a twentieth, whatever the whole', (t) => {
  t.deepEqual(smallShareOf(240), { limit: 12, span: 60_000 });
  t.deepEqual(smallShareOf(1), { limit: 1, span: 1_200_000 });
  t.deepEqual(smallShareOf(30), { limit: 2, span: 80_000 });
  holds(
    t,
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (requests) => {
      const { limit, span } = smallShareOf(requests);
      assert(Number.isInteger(limit) && limit >= 1 && span >= 60_000);
      assert(Math.abs((limit / span) * 60_000 - requests / 20) < 1e-6);
    }),
  );
});

test('however long requests are on their way, no 60 seconds at Genesys hold more than the limit', (t) => {
  const census = new Census();
  // Quarters of a millisecond: fractions that add up without rounding.
  const ms = (max: number) =>
    fc.oneof(
      fc.constant(0),
      fc.nat({ max: 4 * max }).map((quarters) => quarters / 4),
    );
  const request = fc.record({ gap: ms(40_000), there: ms(30_000), back: ms(30_000) });
  holds(
    t,
    fc.property(
      fc.integer({ min: 1, max: 7 }),
      fc.array(request, { maxLength: 60, size: 'max' }),
      (limit, requests) => {
        let budget = fresh(limit);
        let now = 0;
        const arrived: number[] = [];
        let answers: number[] = [];
        /** Time passes, and answers begin. */
        const advance = (until: number) => {
          for (const time of answers.filter((time) => time <= until).sort((a, b) => a - b))
            budget = answered(budget, time);
          answers = answers.filter((time) => time > until);
          now = until;
        };
        for (const { gap, there, back } of requests) {
          advance(now + gap);
          for (;;) {
            const wait = budgetWait(budget, now);
            if (wait === 0) break;
            census.saw(wait === Number.POSITIVE_INFINITY ? 'waits for an answer' : 'waits for a permit');
            // What begins meanwhile may only make the wait longer: one step at a time, as the gate does it.
            advance(wait === Number.POSITIVE_INFINITY ? Math.min(...answers) : now + wait);
          }
          budget = spend(budget);
          arrived.push(now + there);
          answers.push(now + there + back);
        }
        arrived.sort((a, b) => a - b);
        for (const [index, time] of arrived.entries()) {
          const next = arrived[index + limit];
          assert(next === undefined || next - time >= 60_000, `${limit + 1} requests from ${time} to ${next}`);
        }
      },
    ),
  );
  census.atLeast(t, { 'waits for an answer': 100, 'waits for a permit': 100 });
});
