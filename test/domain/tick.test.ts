import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { type ClockReading, stepBetween, untilTick, type Wait } from '../../src/domain/tick.ts';
import { Census, holds } from './support/property.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TEN = Date.parse('2026-11-20T10:00:00.000Z');

/** Waiting since ten o'clock for a tick half a minute later. */
const WAIT: Wait = { at: TEN + 30 * SECOND, since: { wall: TEN, monotonic: 0 } };
/** So much has passed, and the wall clock was set by so much meanwhile. */
const after = (passed: number, step = 0): ClockReading => ({ wall: TEN + passed + step, monotonic: passed });

test('a tick is waited for in pieces of a second', (t) => {
  t.is(untilTick(WAIT, after(0)), 1_000);
  t.is(untilTick(WAIT, after(29_400)), 600);
});

test('without a step a tick is due when the wall clock says so, not a millisecond before', (t) => {
  t.is(untilTick(WAIT, after(29_999)), 1);
  t.is(untilTick(WAIT, after(30_000)), 0);
  t.is(untilTick(WAIT, after(35_000)), 0, 'late is better than not at all');
});

test('a step ahead past the tick makes it due at once; a smaller one brings it nearer', (t) => {
  t.is(untilTick(WAIT, after(10_000, 20_000)), 0);
  t.is(untilTick(WAIT, after(10_000, 30 * DAY)), 0);
  t.is(untilTick(WAIT, after(10_000, 19_500)), 500);
});

test('after a step back the tick is due when the wait has taken its time and a second more', (t) => {
  t.is(untilTick(WAIT, after(31_029, -HOUR)), 1);
  t.is(untilTick(WAIT, after(31_030, -HOUR)), 0);
  t.is(untilTick(WAIT, after(31_030, -365 * DAY)), 0);
});

test('a wall clock that NTP slews for a week still decides by itself', (t) => {
  const week: Wait = { at: TEN + 7 * DAY, since: { wall: TEN, monotonic: 0 } };
  const slow = { wall: TEN + 7 * DAY - 1, monotonic: 7 * DAY * 1.0005 };
  t.is(untilTick(week, slow), 1);
});

test('a time that had come when the waiting began is due after a second at the most', (t) => {
  const past: Wait = { at: TEN - HOUR, since: { wall: TEN, monotonic: 0 } };
  t.is(untilTick(past, after(0)), 0);
  t.is(untilTick(past, after(1_000, -DAY)), 0);
});

test('a step is what parts the two clocks by more than a second', (t) => {
  t.is(stepBetween(after(0), after(1_000)), 0);
  t.is(stepBetween(after(0), after(1_000, 1_000)), 0);
  t.is(stepBetween(after(0), after(1_000, 1_001)), 1_001);
  t.is(stepBetween(after(0), after(1_000, -1_001)), -1_001);
  t.is(stepBetween(after(0), after(HOUR)), 0, 'a process that was stopped saw both clocks go on');
  t.is(stepBetween(after(500, DAY), after(1_000)), -DAY);
});

/**
 * What a wall clock may do between two readings: run, be set by a little, by minutes, by days, or there and
 * back.
 */
const STEP = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: -900, max: 900 }) },
  { weight: 2, arbitrary: fc.integer({ min: -HOUR, max: HOUR }) },
  { weight: 1, arbitrary: fc.integer({ min: -40 * DAY, max: 40 * DAY }) },
);

test('whatever the wall clock does, a tick comes within an interval and two seconds, and each step brings one more at the most', (t) => {
  const census = new Census();
  const interval = fc.constantFrom(1, 7, 30, 60).map((seconds) => seconds * SECOND);
  const timestamps = fc.array(fc.record({ passes: fc.integer({ min: 1, max: SECOND }), step: STEP }), {
    maxLength: 400,
    size: 'max',
  });
  holds(
    t,
    fc.property(interval, timestamps, (every, script) => {
      let now: ClockReading = after(0);
      let steps = 0;
      let ticks = 0;
      let tickedAt = 0;
      const planned = (): Wait => ({ at: (Math.floor(now.wall / every) + 1) * every, since: now });
      let wait = planned();
      for (const { passes, step } of script) {
        now = { wall: now.wall + passes, monotonic: now.monotonic + passes };
        if (step !== 0) {
          now = { ...now, wall: now.wall + step };
          steps++;
        }
        census.saw('ahead past the tick', step > every);
        census.saw('back by more than an interval', step < -every);
        // Waits in pieces up to this time, as the ticker does.
        const pause = untilTick(wait, now);
        assert.ok(pause <= SECOND);
        if (pause > 0) continue;
        const waited = now.monotonic - tickedAt;
        // A second is what the clocks may go on by between two looks.
        assert.ok(waited <= every * 1.001 + 2 * SECOND, `waited ${waited} ms for a tick of every ${every} ms`);
        ticks++;
        tickedAt = now.monotonic;
        wait = planned();
      }
      assert.ok(now.monotonic - tickedAt <= every * 1.001 + 2 * SECOND, 'a tick is overdue');
      assert.ok(ticks <= now.monotonic / every + steps + 1, `${ticks} ticks, ${steps} steps, ${now.monotonic} ms`);
    }),
  );
  census.atLeast(t, { 'ahead past the tick': 300, 'back by more than an interval': 300 });
});
