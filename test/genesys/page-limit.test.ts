import test from 'ava';
import { PageLimit } from '../../src/genesys/page-limit.ts';
import { ManualClock } from '../support/manual-clock.ts';

const HOUR = 3_600_000;

function limitOf() {
  const clock = new ManualClock();
  const limit = new PageLimit(clock);
  /** Pages of these sizes are not answered, and the smaller one that follows is. */
  const fails = (sizes: readonly (100 | 50 | 25 | 5)[], answered: 50 | 25 | 5 | 1) => {
    for (const size of sizes) limit.unanswered(size);
    limit.answered(answered);
  };
  return { clock, limit, fails };
}

test('a size is given up when it was not answered twice, and a smaller one was, each time', (t) => {
  const { limit, fails } = limitOf();
  t.is(limit.size, 100);
  fails([100], 50);
  t.is(limit.size, 100);
  fails([100], 50);
  t.is(limit.size, 50);
  fails([50], 25);
  fails([50], 25);
  t.is(limit.size, 25);
});

test('an outage, in which no size is answered, leaves no size given up', (t) => {
  const { limit, fails } = limitOf();
  for (let outage = 0; outage < 3; outage++) {
    fails([100, 50, 25, 5], 1);
    for (const size of [5, 25, 50, 100] as const) limit.answered(size);
  }
  t.is(limit.size, 100);
});

test('where several sizes are too much, only the smallest of them is tried again', (t) => {
  const { limit, fails } = limitOf();
  fails([100, 50, 25], 5);
  fails([25], 5);
  t.is(limit.size, 5);
});

test('failures of queries that run side by side count once until there is an answer', (t) => {
  const { limit, fails } = limitOf();
  fails([100, 100, 50, 100], 25);
  t.is(limit.size, 100);
});

test('a large page that was asked for and held little says nothing of large pages', (t) => {
  const { limit } = limitOf();
  for (let time = 0; time < 2; time++) {
    limit.unanswered(100);
    limit.answered(50);
    limit.answered(0);
  }
  t.is(limit.size, 50);
});

test('a size that is answered in between is in no doubt, and an answer to a smaller page leaves the doubt', (t) => {
  const { limit, fails } = limitOf();
  fails([100], 50);
  limit.answered(100);
  fails([100], 50);
  t.is(limit.size, 100);
  limit.answered(25);
  fails([100], 50);
  t.is(limit.size, 50);
});

test('a size that was given up is tried again after an hour, and one failure then suffices', (t) => {
  const { clock, limit, fails } = limitOf();
  fails([100], 50);
  fails([100], 50);
  clock.pause(HOUR - 1);
  t.is(limit.size, 50);
  clock.pause(1);
  t.is(limit.size, 100);
  fails([100], 50);
  t.is(limit.size, 50);
});
