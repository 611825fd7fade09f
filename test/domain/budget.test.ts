import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { type Budget, budgetWait, freshBudget, pause, relimit, spend } from '../../src/domain/budget.ts';

function spentAt(limit: number, ...times: readonly number[]): Budget {
  return times.reduce(spend, freshBudget(limit));
}

test('as many requests as allowed go at once', (t) => {
  t.is(budgetWait(freshBudget(3), 0), 0);
  t.is(budgetWait(spentAt(3, 0, 0), 0), 0);
});

test('the next request waits until the one granted `limit` requests ago is a minute old', (t) => {
  const budget = spentAt(3, 1_000, 20_000, 30_000);
  t.is(budgetWait(budget, 30_000), 31_000);
  t.is(budgetWait(budget, 60_999), 1);
  t.is(budgetWait(budget, 61_000), 0);
});

test('a request granted long ago is forgotten', (t) => {
  const budget = spentAt(2, 0, 50_000, 70_000);
  t.deepEqual(budget.granted, [50_000, 70_000]);
  t.is(budgetWait(budget, 70_000), 40_000);
});

test('a wait is whole milliseconds, rounded up', (t) => {
  t.is(budgetWait(spentAt(1, 0.25), 60_000), 1);
  t.is(budgetWait(spentAt(1, 0.25), 60_000.25), 0);
});

test('a pause holds back what the budget would allow', (t) => {
  t.is(budgetWait(pause(freshBudget(3), 59_000), 1_000), 58_000);
  t.is(budgetWait(pause(freshBudget(3), 59_000), 59_000), 0);
});

test('the later of pause and budget counts', (t) => {
  t.is(budgetWait(pause(spentAt(1, 0), 10_000), 5_000), 55_000);
  t.is(budgetWait(pause(spentAt(1, 0), 90_000), 5_000), 85_000);
});

test('a pause is never shortened by another', (t) => {
  t.is(pause(pause(freshBudget(1), 9_000), 4_000).pausedUntil, 9_000);
  t.is(pause(pause(freshBudget(1), 4_000), 9_000).pausedUntil, 9_000);
});

test('whenever requests come, no sixty seconds hold more than the limit, and none waits longer than it must', (t) => {
  // Quarters of a millisecond: fractions that add up without rounding.
  const gap = fc.oneof(
    fc.constant(0),
    fc.nat({ max: 360_000 }).map((quarters) => quarters / 4),
  );
  const seen = { waited: 0, went: 0 };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.array(gap, { maxLength: 80, size: 'max' }), (limit, gaps) => {
      let budget = freshBudget(limit);
      let now = 0;
      const granted: number[] = [];
      for (const before of gaps) {
        now += before;
        const wait = budgetWait(budget, now);
        const limiting = granted.at(-limit);
        if (wait > 0) assert(limiting !== undefined && limiting + 60_000 > now + wait - 1, 'waits longer than it must');
        seen[wait > 0 ? 'waited' : 'went']++;
        now += wait;
        assert.equal(budgetWait(budget, now), 0);
        budget = spend(budget, now);
        granted.push(now);
      }
      for (const [index, time] of granted.entries()) {
        const next = granted[index + limit];
        assert(next === undefined || next - time >= 60_000, `${limit + 1} requests from ${time} to ${next}`);
      }
    }),
  );
  t.true(seen.waited > 100 && seen.went > 100, 'both happen');
});

test('with another limit, what was granted before still counts', (t) => {
  const budget = spentAt(3, 0, 10_000, 20_000);
  t.is(budgetWait(relimit(budget, 2), 30_000), 40_000, 'lowered');
  t.is(budgetWait(relimit(budget, 4), 30_000), 0, 'raised');
  t.is(budgetWait(spend(relimit(budget, 4), 30_000), 30_000), 30_000, 'raised and spent');
  t.is(budgetWait(relimit(pause(budget, 99_000), 4), 30_000), 69_000, 'a pause stays');
});
