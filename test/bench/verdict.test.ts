import test from 'ava';
import type { Row } from '../../bench/row.ts';
import { exitCodeOf, ratiosOf, verdictOf } from '../../bench/verdict.ts';

const compared = (runs: readonly number[], others: readonly number[], bound: Row['bound']) =>
  verdictOf({ runs, against: { name: 'other', runs: others }, ...(bound && { bound }) });

test('a ratio that every pair of runs keeps is met, however slow the machine is at the time', (t) => {
  t.is(compared([60, 600, 61], [100, 1_000, 100], { atMost: 0.7 }), 'met');
  t.is(compared([900, 90, 910], [100, 10, 100], { atLeast: 8 }), 'met');
});

test('a ratio that no pair of runs keeps is not met', (t) => {
  t.is(compared([90, 900, 91], [100, 1_000, 100], { atMost: 0.7 }), 'not met');
  t.is(compared([10, 10, 10], [10, 10, 10], { atLeast: 2 }), 'not met');
});

test('where some runs keep the bound and others do not, it cannot be measured here', (t) => {
  t.is(compared([60, 75, 60], [100, 100, 100], { atMost: 0.7 }), 'not measurable here');
  t.is(compared([75, 60, 75], [100, 100, 100], { atMost: 0.7 }), 'not measurable here');
});

test('a comparison of fewer than three pairs says nothing of its own noise', (t) => {
  t.is(compared([10, 10], [100, 100], { atMost: 0.7 }), 'not measurable here');
  t.is(compared([10, 10, 10], [100, 100], { atMost: 0.7 }), 'not measurable here');
});

test('a bound that is reached exactly is kept', (t) => {
  t.is(compared([70, 70, 70], [100, 100, 100], { atMost: 0.7 }), 'met');
  t.is(verdictOf({ runs: [95], bound: { atLeast: 95 } }), 'met');
});

test('one run that breaks a bound on a count is enough: no machine changes a count', (t) => {
  t.is(verdictOf({ runs: [100, 101, 100], bound: { atMost: 100 } }), 'not met');
  t.is(verdictOf({ runs: [100, 100, 100], bound: { atMost: 100 } }), 'met');
  t.is(verdictOf({ runs: [94.9], bound: { atLeast: 95 } }), 'not met');
});

test('what was not measured is not met, and neither is what is not a number', (t) => {
  t.is(verdictOf({ runs: [], bound: { atMost: 1 } }), 'not met');
  t.is(verdictOf({ runs: [Number.NaN], bound: { atMost: 1 } }), 'not met');
  t.is(compared([], [], { atMost: 1 }), 'not met');
});

test('without a bound there is no verdict', (t) => {
  t.is(verdictOf({ runs: [1] }), undefined);
  t.is(compared([1], [2], undefined), undefined);
});

test('runs are compared with those that came next to them, not with the median of the other side', (t) => {
  t.deepEqual(ratiosOf({ runs: [10, 40], against: { name: 'other', runs: [20, 80] } }), [0.5, 0.5]);
});

test('only a bound that is broken fails the bench; one that cannot be measured does not', (t) => {
  const row = (runs: readonly number[]): Row => ({
    ...{ what: 'start', unit: 'ms', runs },
    ...{ against: { name: 'other', runs: [10, 10, 10] }, bound: { atMost: 1 } },
  });
  t.is(exitCodeOf([row([5, 5, 5]), row([5, 20, 5])]), 0);
  t.is(exitCodeOf([row([5, 5, 5]), row([20, 20, 20])]), 1);
});
