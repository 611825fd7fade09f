import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { planReconciliation, type ReconciliationRules } from '../../src/domain/reconciliation.ts';
import type { Window } from '../../src/domain/window.ts';
import { Census, holds } from './support/property.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const RULES: ReconciliationRules = { overlap: 6 * HOUR, horizon: 3 * DAY };
const LONG_AGO = '2026-01-01T00:00:00Z';

/** The plan at 15:00 of the 20th, the checkpoint last written at two, unless told otherwise. */
function plan(
  watermark: string,
  guaranteed: string,
  more: { origin?: string; updatedAt?: string; now?: string; rules?: ReconciliationRules } = {},
) {
  const { origin = LONG_AGO, updatedAt = '2026-11-20T14:00:00Z', now = '2026-11-20T15:00:00Z', rules = RULES } = more;
  const checkpoint = {
    watermark: Date.parse(watermark),
    origin: Date.parse(origin),
    updatedAt: Date.parse(updatedAt),
  };
  const answer = planReconciliation(checkpoint, Date.parse(now), Date.parse(guaranteed), rules);
  if (!answer) return undefined;
  const [start, end] = [answer.window.start, answer.window.end].map((time) => new Date(time).toISOString());
  return { start, end, caughtUp: answer.caughtUp };
}

test('what is newly guaranteed is read, with the overlap before it', (t) => {
  t.deepEqual(plan('2026-11-20T10:00:00Z', '2026-11-20T11:30:00Z'), {
    start: '2026-11-20T04:00:00.000Z',
    end: '2026-11-20T11:30:00.000Z',
    caughtUp: true,
  });
});

test('nothing is read while nothing new is guaranteed', (t) => {
  t.is(plan('2026-11-20T10:00:00Z', '2026-11-20T10:00:00Z'), undefined);
});

test('one millisecond more is read', (t) => {
  t.is(plan('2026-11-20T10:00:00Z', '2026-11-20T10:00:00.001Z')?.end, '2026-11-20T10:00:00.001Z');
});

test('a guarantee that is taken back moves nothing', (t) => {
  t.is(plan('2026-11-20T10:00:00Z', '2026-11-20T09:00:00Z'), undefined);
});

test('the first window of a day, by the time of its reading, reads the whole horizon again', (t) => {
  const times = { updatedAt: '2026-11-19T23:59:59.999Z', now: '2026-11-20T00:00:00Z' };
  t.deepEqual(plan('2026-11-19T19:00:00Z', '2026-11-19T20:00:00Z', times), {
    start: '2026-11-16T19:00:00.000Z',
    end: '2026-11-19T20:00:00.000Z',
    caughtUp: true,
  });
});

test('once the checkpoint was written on a day it is over with the horizon for that day', (t) => {
  const times = { updatedAt: '2026-11-20T00:00:00Z', now: '2026-11-20T23:59:59.999Z' };
  t.is(plan('2026-11-19T20:00:00Z', '2026-11-20T19:00:00Z', times)?.start, '2026-11-19T14:00:00.000Z');
});

test('after an outage the horizon is reached back to from where the watermark was left, then day follows day', (t) => {
  const times = { updatedAt: '2026-11-17T14:00:00Z' };
  t.deepEqual(plan('2026-11-17T10:00:00Z', '2026-11-20T11:00:00Z', times), {
    start: '2026-11-14T10:00:00.000Z',
    end: '2026-11-18T10:00:00.000Z',
    caughtUp: false,
  });
  t.deepEqual(plan('2026-11-18T10:00:00Z', '2026-11-20T11:00:00Z'), {
    start: '2026-11-18T04:00:00.000Z',
    end: '2026-11-19T10:00:00.000Z',
    caughtUp: false,
  });
});

test('a guarantee that ends after exactly a day leaves nothing', (t) => {
  t.like(plan('2026-11-19T10:00:00Z', '2026-11-20T10:00:00Z'), { end: '2026-11-20T10:00:00.000Z', caughtUp: true });
  t.like(plan('2026-11-19T10:00:00Z', '2026-11-20T10:00:00.001Z'), {
    end: '2026-11-20T10:00:00.000Z',
    caughtUp: false,
  });
});

test('a clock that was set back to an earlier day costs a horizon, and nothing else', (t) => {
  const times = { updatedAt: '2026-11-20T01:00:00Z', now: '2026-11-19T23:00:00Z' };
  t.is(plan('2026-11-19T10:00:00Z', '2026-11-19T11:00:00Z', times)?.start, '2026-11-16T10:00:00.000Z');
});

test('an overlap that is longer than the horizon counts once a day, too', (t) => {
  const rules = { overlap: 2 * DAY, horizon: DAY };
  const times = { updatedAt: '2026-11-19T14:00:00Z' };
  t.is(plan('2026-11-20T09:00:00Z', '2026-11-20T10:00:00Z', { rules, ...times })?.start, '2026-11-18T09:00:00.000Z');
});

test('nothing is read before the origin, for nothing from then may be published', (t) => {
  const origin = '2026-11-20T08:00:00Z';
  t.is(plan('2026-11-20T10:00:00Z', '2026-11-20T11:00:00Z', { origin })?.start, '2026-11-20T08:00:00.000Z');
  const daily = { origin, updatedAt: '2026-11-19T14:00:00Z' };
  t.is(plan('2026-11-20T10:00:00Z', '2026-11-20T11:00:00Z', daily)?.start, '2026-11-20T08:00:00.000Z');
});

test('a checkpoint set back to before the origin leaves no hole between the two', (t) => {
  const origin = '2026-11-20T12:00:00Z';
  t.is(plan('2026-11-20T10:00:00Z', '2026-11-20T11:00:00Z', { origin })?.start, '2026-11-20T10:00:00.000Z');
});

test('however the guarantee moves and whenever it is asked for, what a conversation shows a horizon less a day after its end is read', (t) => {
  const census = new Census();
  const begin = Date.parse('2026-11-20T10:00:00Z');
  const wait = fc.oneof(
    { weight: 10, arbitrary: fc.integer({ min: 1, max: 3 * HOUR }) },
    { weight: 1, arbitrary: fc.integer({ min: DAY, max: 9 * DAY }) },
  );
  const lag = fc.integer({ min: 0, max: 8 * HOUR });
  const property = fc.property(fc.array(fc.tuple(wait, lag), { minLength: 10, maxLength: 80 }), (steps) => {
    const reads: { readonly at: number; readonly window: Window }[] = [];
    let checkpoint = { watermark: begin, origin: begin - 30 * DAY, updatedAt: begin };
    let now = begin;
    for (const [wait, lag] of steps) {
      now += wait;
      for (;;) {
        const next = planReconciliation(checkpoint, now, now - lag, RULES);
        assert.equal(next === undefined, now - lag <= checkpoint.watermark);
        if (!next) break;
        const { start, end } = next.window;
        assert.ok(start <= checkpoint.watermark - RULES.overlap, 'the overlap at least');
        assert.ok(end > checkpoint.watermark && end <= now - lag, 'progress, and nothing that is not guaranteed');
        assert.equal(next.caughtUp, end === now - lag);
        census.saw('a horizon', start === checkpoint.watermark - RULES.horizon);
        census.saw('a whole day', end - checkpoint.watermark === DAY);
        reads.push({ at: now, window: next.window });
        checkpoint = { ...checkpoint, watermark: end, updatedAt: now };
      }
    }
    // A conversation that ended at any hour, and shows something new a horizon less a day later.
    for (let ended = begin - DAY; ended + RULES.horizon <= now - 12 * HOUR; ended += 5 * HOUR) {
      const shows = ended + RULES.horizon - DAY;
      const isFound = reads.some(({ at, window }) => at >= shows && window.start <= ended && ended < window.end);
      census.saw('a late change', true);
      assert.ok(isFound || shows < begin, `what ended at ${new Date(ended).toISOString()}`);
    }
  });
  holds(t, property);
  census.atLeast(t, { 'a horizon': 100, 'a whole day': 100, 'a late change': 1_000 });
});
