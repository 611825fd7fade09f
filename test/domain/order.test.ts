import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { joined, NO_TIMES, type Order, orderOf, runOf } from '../../src/domain/order.ts';
import { Census, holds } from './support/property.ts';

const T1 = Date.parse('2026-11-20T10:00:00Z');
const T2 = Date.parse('2026-11-20T10:00:01Z');
const T3 = Date.parse('2026-11-20T10:00:02Z');

const ORDERS: readonly [order: Order, promise: string, times: readonly number[]][] = [
  ['open', 'no time at all tells no order', []],
  ['open', 'one time tells no order', [T1]],
  ['open', 'the same time again and again tells no order', [T1, T1, T1]],
  ['ascending', 'a later time after an earlier one ascends', [T1, T2]],
  ['ascending', 'times that stand still in between ascend', [T1, T1, T2, T2, T3]],
  ['descending', 'an earlier time after a later one descends', [T2, T1]],
  ['descending', 'times that stand still in between descend', [T3, T3, T2, T1, T1]],
  ['mixed', 'what rises and then falls is in no order', [T1, T3, T2]],
  ['mixed', 'what falls and then rises is in no order', [T3, T1, T2]],
  ['mixed', 'one step the other way, at the very end, is enough', [T3, T2, T1, T2]],
];

for (const [order, promise, times] of ORDERS) {
  test(`without a tolerance, ${promise}: ${order}`, (t) => {
    t.is(orderOf(runOf(times), 0), order);
  });
}

const WITHIN_A_SECOND: readonly [order: Order, promise: string, times: readonly number[]][] = [
  ['open', 'a step of as much shows no direction', [T2, T1]],
  ['descending', 'a step of more does', [T2 + 1, T1]],
  ['descending', 'a step of as much the other way changes nothing', [T3, T1, T2]],
  ['mixed', 'a step of more the other way does', [T3, T1, T2 + 1]],
  ['ascending', 'many small steps in one direction show it', [T1, T1 + 600, T1 + 1_200]],
  ['mixed', 'many small steps back are a large one', [T3, T1, T1 + 600, T1 + 1_200]],
];

for (const [order, promise, times] of WITHIN_A_SECOND) {
  test(`with a tolerance of a second, ${promise}: ${order}`, (t) => {
    t.is(orderOf(runOf(times), 1_000), order);
  });
}

test('a list that is sorted is in order, and read backwards in the opposite one', (t) => {
  const census = new Census();
  const property = fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 }), (times) => {
    const sorted = times.toSorted((a, b) => a - b);
    const isOrdered = new Set(times).size > 1;
    assert.equal(orderOf(runOf(sorted), 0), isOrdered ? 'ascending' : 'open');
    assert.equal(orderOf(runOf(sorted.toReversed()), 0), isOrdered ? 'descending' : 'open');
    const inOrder = [sorted, sorted.toReversed()].some((one) => one.join() === times.join());
    assert.equal(orderOf(runOf(times), 0) === 'mixed', !inOrder);
    census.saw(orderOf(runOf(times), 0));
  });
  holds(t, property);
  census.atLeast(t, { open: 20, mixed: 50 });
});

test('parts of a list, joined wherever it was cut, tell what every pair of its times tells', (t) => {
  const times = fc.array(fc.integer({ min: 0, max: 99 }), { maxLength: 12 });
  const property = fc.property(times, times, times, (first, second, third) => {
    const all = [...first, ...second, ...third];
    const steps = all.flatMap((time, index) => all.slice(index + 1).map((later) => later - time));
    const expected = {
      lowest: Math.min(...all),
      highest: Math.max(...all),
      rise: Math.max(0, ...steps),
      fall: Math.max(0, ...steps.map((step) => -step)),
    };
    const [a, b, c] = [runOf(first), runOf(second), runOf(third)];
    assert.deepEqual(joined(joined(a, b), c), expected);
    assert.deepEqual(joined(a, joined(b, c)), expected);
    assert.deepEqual(joined(NO_TIMES, a), a);
    assert.deepEqual(joined(a, NO_TIMES), a);
  });
  holds(t, property);
});

test('a list that is sorted but for the tolerance is in order once its times are further apart', (t) => {
  const census = new Census();
  const TOLERANCE = 10;
  const late = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: TOLERANCE }));
  const property = fc.property(fc.array(late, { minLength: 2, maxLength: 20 }), (entries) => {
    const times = entries.toSorted((a, b) => a[0] + a[1] - b[0] - b[1]).map(([time]) => time);
    const order = orderOf(runOf(times), TOLERANCE);
    census.saw(order);
    const isWide = Math.max(...times) - Math.min(...times) > TOLERANCE;
    assert.equal(order, isWide ? 'ascending' : 'open');
    assert.equal(orderOf(runOf(times.toReversed()), TOLERANCE), isWide ? 'descending' : 'open');
  });
  holds(t, property);
  census.atLeast(t, { ascending: 100, open: 5 });
});
