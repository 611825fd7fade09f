import test from 'ava';
import fc from 'fast-check';
import {
  estimateProgress,
  mergedPeriods,
  periodProblem,
  planBackfill,
  remainder,
  remainingBudget,
} from '../../src/domain/backfill.ts';
import { formatInstant } from '../../src/domain/instant.ts';
import type { Window } from '../../src/domain/window.ts';
import { holds } from './support/property.ts';

const at = (text: string) => Date.parse(`2026-11-${text}:00.000Z`);
const PERIOD = { start: at('18T00:00'), end: at('19T00:00') };
const span = ({ start, end }: Window) => [start, end].map((time) => formatInstant(time).slice(8, 16)).join('–');

/** The windows of a whole run. */
function windowsOf(period: Window): readonly Window[] {
  const windows: Window[] = [];
  for (let plan = planBackfill(period, period.start); plan; plan = planBackfill(period, plan.window.end)) {
    windows.push(plan.window);
  }
  return windows;
}

test('a period lies in the past and in order, or the reason is given', (t) => {
  const now = at('20T10:00');
  t.is(periodProblem({ start: at('18T00:00'), end: now }, now), undefined);
  t.is(periodProblem({ start: now - 1, end: now }, now), undefined);
  t.is(periodProblem({ start: at('18T00:00'), end: now + 1 }, now), '--to 2026-11-20T10:00:00.001Z is in the future');
  t.regex(periodProblem({ start: now + 2, end: now + 1 }, now) ?? '', /^--to .* is in the future$/);
  const wrongOrder = '--from 2026-11-18T00:00:00.000Z must be earlier than --to 2026-11-18T00:00:00.000Z';
  t.is(periodProblem({ start: at('18T00:00'), end: at('18T00:00') }, now), wrongOrder);
  t.truthy(periodProblem({ start: at('19T00:00'), end: at('18T00:00') }, now));
});

test('a run begins an hour early, and goes through its period in windows of six hours, oldest first', (t) => {
  t.deepEqual(windowsOf(PERIOD).map(span), [
    '17T23:00–18T05:00',
    '18T05:00–18T11:00',
    '18T11:00–18T17:00',
    '18T17:00–18T23:00',
    '18T23:00–19T00:00',
  ]);
});

test('only the window that ends the period leaves nothing to read, and after it there is none', (t) => {
  t.false(planBackfill(PERIOD, at('18T17:00'))?.caughtUp);
  t.true(planBackfill(PERIOD, at('18T18:00'))?.caughtUp);
  t.true(planBackfill(PERIOD, at('18T23:59'))?.caughtUp);
  t.is(planBackfill(PERIOD, at('19T00:00')), undefined);
});

test('the windows of any run cover its period without a gap, none longer than six hours, none past its end', (t) => {
  const period = fc
    .tuple(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1, max: 40 * 86_400_000 }))
    .map(([start, length]) => ({ start, end: start + length }));
  holds(
    t,
    fc.property(period, ({ start, end }) => {
      const windows = windowsOf({ start, end });
      const ends = windows.map((window) => window.end);
      const starts = windows.map((window) => window.start);
      return (
        starts[0] === start - 3_600_000 &&
        ends.at(-1) === end &&
        starts.slice(1).every((from, index) => from === ends[index]) &&
        windows.every((window) => window.start < window.end && window.end - window.start <= 21_600_000)
      );
    }),
  );
});

test('a process publishes what the run has not come to yet, and the hour before, but nothing before the period', (t) => {
  t.deepEqual(remainder(PERIOD, PERIOD.start), PERIOD);
  t.deepEqual(remainder(PERIOD, at('18T00:30')), PERIOD);
  t.deepEqual(remainder(PERIOD, at('18T11:00')), { start: at('18T10:00'), end: PERIOD.end });
});

test('beside a daemon a backfill takes what is left of 300 requests a minute, and 30 at the least', (t) => {
  t.deepEqual([240, 100, 1, 270, 271, 300].map(remainingBudget), [60, 200, 299, 30, 30, 30]);
});

test('the pace of a run is that of this process; how far it is counts from the beginning of the period', (t) => {
  t.deepEqual(estimateProgress(PERIOD, PERIOD.start, PERIOD.start, 5_000), { fraction: 0, remainingMs: undefined });
  t.deepEqual(estimateProgress(PERIOD, PERIOD.start, at('18T06:00'), 10_000), { fraction: 0.25, remainingMs: 30_000 });
  t.deepEqual(estimateProgress(PERIOD, at('18T12:00'), at('18T18:00'), 10_000), {
    fraction: 0.75,
    remainingMs: 10_000,
  });
  t.deepEqual(estimateProgress(PERIOD, at('18T12:00'), at('18T12:00'), 10_000), {
    fraction: 0.5,
    remainingMs: undefined,
  });
  t.deepEqual(estimateProgress(PERIOD, PERIOD.start, PERIOD.end, 10_000), { fraction: 1, remainingMs: 0 });
});

test('periods that touch or overlap are one, whatever their order; what is no longer remembered is dropped', (t) => {
  const period = (start: number, end: number) => ({ start, end });
  const asked = [period(50, 60), period(10, 20), period(20, 30), period(15, 18), period(55, 70), period(0, 5)];
  t.deepEqual(mergedPeriods(asked, Number.NEGATIVE_INFINITY), [period(0, 5), period(10, 30), period(50, 70)]);
  t.deepEqual(mergedPeriods(asked, 20), [period(20, 30), period(50, 70)]);
  t.deepEqual(mergedPeriods([], 0), []);
});
