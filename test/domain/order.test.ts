import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { commonOrder, type Order, orderOf } from '../../src/domain/order.ts';
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
  test(`${promise}: ${order}`, (t) => {
    t.is(orderOf(times), order);
  });
}

const COMMON: readonly [a: Order, b: Order, common: Order][] = [
  ['open', 'open', 'open'],
  ['open', 'ascending', 'ascending'],
  ['open', 'descending', 'descending'],
  ['open', 'mixed', 'mixed'],
  ['ascending', 'ascending', 'ascending'],
  ['ascending', 'descending', 'mixed'],
  ['ascending', 'mixed', 'mixed'],
  ['descending', 'descending', 'descending'],
  ['descending', 'mixed', 'mixed'],
  ['mixed', 'mixed', 'mixed'],
];

for (const [a, b, common] of COMMON) {
  test(`two parts of one list, ${a} and ${b}, make it ${common}, whichever comes first`, (t) => {
    t.is(commonOrder(a, b), common);
    t.is(commonOrder(b, a), common);
  });
}

test('a list that is sorted is in order, and read backwards in the opposite one', (t) => {
  const census = new Census();
  const property = fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 }), (times) => {
    const sorted = times.toSorted((a, b) => a - b);
    const isOrdered = new Set(times).size > 1;
    assert.equal(orderOf(sorted), isOrdered ? 'ascending' : 'open');
    assert.equal(orderOf(sorted.toReversed()), isOrdered ? 'descending' : 'open');
    const inOrder = [sorted, sorted.toReversed()].some((one) => one.join() === times.join());
    assert.equal(orderOf(times) === 'mixed', !inOrder);
    census.saw(orderOf(times));
  });
  holds(t, property);
  census.atLeast(t, { open: 20, mixed: 50 });
});
