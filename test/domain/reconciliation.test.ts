import test from 'ava';
import { partsOf, planReconciliation, type ReconciliationRules } from '../../src/domain/reconciliation.ts';
import type { Window } from '../../src/domain/window.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** An hour of the clock makes twelve hours of the horizon due. */
const RULES: ReconciliationRules = { overlap: 6 * HOUR, horizon: 3 * DAY, horizonEvery: 6 * HOUR };
const LONG_AGO = '2026-01-01T00:00:00Z';

interface Circumstances {
  readonly origin?: string;
  readonly updatedAt?: string;
  readonly rereadTo?: string;
  readonly now?: string;
  readonly rules?: ReconciliationRules;
}

/** The plan at 15:00 of the 20th, the checkpoint last written just then, unless stated otherwise. */
function plan(watermark: string, guaranteed: string, more: Circumstances = {}) {
  const { origin = LONG_AGO, now = '2026-11-20T15:00:00Z', updatedAt = now, rereadTo, rules = RULES } = more;
  const checkpoint = {
    watermark: Date.parse(watermark),
    origin: Date.parse(origin),
    updatedAt: Date.parse(updatedAt),
    ...(rereadTo !== undefined && { rereadTo: Date.parse(rereadTo) }),
  };
  const answer = planReconciliation(checkpoint, Date.parse(now), Date.parse(guaranteed), rules);
  if (!answer) return undefined;
  return {
    reads: (answer.parts ?? partsOf(answer.window, checkpoint, rules)).map(written),
    rereadTo: new Date(answer.rereadTo ?? Number.NaN).toISOString().slice(8, 16),
    caughtUp: answer.caughtUp,
  };
}

function written({ start, end }: Window): string {
  const [from, to] = [start, end].map((time) => new Date(time).toISOString().slice(8, 16));
  return `${from}–${to}`;
}

test('what is newly guaranteed is read with the overlap before it, and what leaves the horizon with it', (t) => {
  t.deepEqual(plan('2026-11-20T10:00:00Z', '2026-11-20T11:30:00Z'), {
    reads: ['17T10:00–17T11:30', '20T04:00–20T11:30'],
    rereadTo: '20T15:00',
    caughtUp: true,
  });
});

test('one millisecond more is read', (t) => {
  t.truthy(plan('2026-11-20T10:00:00Z', '2026-11-20T10:00:00.001Z'));
});

test('a guarantee that is taken back moves nothing, and nothing is read', (t) => {
  t.is(plan('2026-11-20T10:00:00Z', '2026-11-20T09:59:59.999Z', { updatedAt: '2026-11-20T11:00:00Z' }), undefined);
});

test('nothing is read twice at the same time of the clock, nor where the clock was set back', (t) => {
  t.is(plan('2026-11-20T10:00:00Z', '2026-11-20T10:00:00Z'), undefined);
  t.is(plan('2026-11-20T10:00:00Z', '2026-11-20T10:00:00Z', { rereadTo: '2026-11-20T16:00:00Z' }), undefined);
});

/** A horizon of 72 hours that begins at midnight of the 17th. */
const FULL = '2026-11-20T00:00:00Z';

test('an hour makes a sixth of the horizon due, the next hour the sixth after that', (t) => {
  const [first, second, last] = [12, 13, 17].map((hour) =>
    plan(FULL, FULL, { rereadTo: `2026-11-20T${hour}:00:00Z`, now: `2026-11-20T${hour + 1}:00:00Z` }),
  );
  t.deepEqual(first, { reads: ['18T00:00–18T12:00'], rereadTo: '20T13:00', caughtUp: true });
  t.deepEqual(second, { reads: ['18T12:00–19T00:00'], rereadTo: '20T14:00', caughtUp: true });
  t.deepEqual(last, { reads: ['17T12:00–18T00:00'], rereadTo: '20T18:00', caughtUp: true });
});

test('past the watermark the point goes on at the old end of the horizon, in the same window', (t) => {
  const times = { rereadTo: '2026-11-20T15:30:00Z', now: '2026-11-20T16:30:00Z' };
  t.deepEqual(plan(FULL, FULL, times), {
    reads: ['17T00:00–17T06:00', '19T18:00–20T00:00'],
    rereadTo: '20T16:30',
    caughtUp: true,
  });
});

test('the window of several parts reaches from the first of them to the last', (t) => {
  const [watermark, now] = [Date.parse(FULL), Date.parse('2026-11-20T16:30:00Z')];
  const rereadTo = Date.parse('2026-11-20T15:30:00Z');
  const checkpoint = { watermark, origin: Date.parse(LONG_AGO), updatedAt: now, rereadTo };
  const due = planReconciliation(checkpoint, now, watermark, RULES);
  t.deepEqual(due && written(due.window), '17T00:00–20T00:00');
});

test('less than five minutes of the clock make nothing due', (t) => {
  t.is(plan(FULL, FULL, { rereadTo: '2026-11-20T12:00:00.001Z', now: '2026-11-20T12:05:00Z' }), undefined);
  const enough = { rereadTo: '2026-11-20T12:00:00Z', now: '2026-11-20T12:05:00Z' };
  t.deepEqual(plan(FULL, FULL, enough)?.reads, ['18T00:00–18T01:00']);
});

test('what is newly guaranteed comes before what is due, which stays due', (t) => {
  const times = { rereadTo: '2026-11-20T12:00:00Z', now: '2026-11-20T13:00:00Z' };
  t.deepEqual(plan(FULL, '2026-11-20T01:00:00Z', times), {
    reads: ['17T00:00–17T01:00', '19T18:00–20T01:00'],
    rereadTo: '20T12:00',
    caughtUp: false,
  });
});

test('what becomes guaranteed while a window is read does not hold the horizon up', (t) => {
  const times = { rereadTo: '2026-11-20T12:00:00Z', now: '2026-11-20T13:00:00Z' };
  t.deepEqual(plan(FULL, '2026-11-20T00:05:59Z', times)?.reads, ['18T00:00–18T12:00']);
  t.deepEqual(plan(FULL, '2026-11-20T00:06:00Z', times)?.reads, ['17T00:00–17T00:06', '19T18:00–20T00:06']);
});

test('where nothing says how far the horizon was read, the last write of the checkpoint does', (t) => {
  const times = { updatedAt: '2026-11-20T12:00:00Z', now: '2026-11-20T13:00:00Z' };
  t.deepEqual(plan(FULL, FULL, times)?.reads, ['18T00:00–18T12:00']);
});

test('a window has a day of the horizon at most, and the stream is caught up with the last one', (t) => {
  const from = (time: string) => plan(FULL, FULL, { rereadTo: `2026-11-20T${time}Z`, now: '2026-11-20T16:30:00Z' });
  t.deepEqual(from('12:00:00'), { reads: ['18T00:00–19T00:00'], rereadTo: '20T14:00', caughtUp: false });
  t.deepEqual(from('14:00:00'), { reads: ['19T00:00–20T00:00'], rereadTo: '20T16:00', caughtUp: false });
  t.deepEqual(from('16:00:00'), { reads: ['17T00:00–17T06:00'], rereadTo: '20T16:30', caughtUp: true });
  t.like(from('14:25:00'), { reads: ['17T00:00–17T05:00', '19T05:00–20T00:00'], caughtUp: false });
  t.like(from('14:25:01'), { rereadTo: '20T16:25', caughtUp: true });
});

test('whole passes are skipped as long as one is left, and the point goes on from where it is', (t) => {
  const after = (rereadTo: string) => plan(FULL, FULL, { rereadTo, now: '2026-11-20T18:05:00Z' })?.rereadTo;
  t.is(after('2026-11-20T12:00:00Z'), '20T14:00');
  t.is(after('2026-11-20T06:00:00.001Z'), '20T08:00');
  t.is(after('2026-11-20T06:00:00Z'), '20T14:00');
  t.is(after('2026-11-01T07:00:00Z'), '20T09:00');
});

test('an interval longer than the horizon counts as the horizon, one shorter than five minutes as these', (t) => {
  const slow = { ...RULES, horizonEvery: 30 * DAY };
  t.deepEqual(plan(FULL, FULL, { rules: slow, rereadTo: '2026-11-20T14:00:00Z' })?.reads, ['17T14:00–17T15:00']);
  const quick = { ...RULES, horizonEvery: 1_000 };
  const ofQuick = plan(FULL, FULL, { rules: quick, rereadTo: '2026-11-20T14:55:00Z' });
  t.deepEqual(ofQuick?.reads, ['18T00:00–19T00:00']);
});

test('after an outage day follows day, each with the day that leaves the horizon', (t) => {
  const times = { updatedAt: '2026-11-17T14:00:00Z' };
  t.deepEqual(plan('2026-11-17T10:00:00Z', '2026-11-20T11:00:00Z', times), {
    reads: ['14T10:00–15T10:00', '17T04:00–18T10:00'],
    rereadTo: '17T14:00',
    caughtUp: false,
  });
});

test('a guarantee that ends after exactly a day leaves nothing', (t) => {
  t.true(plan('2026-11-19T10:00:00Z', '2026-11-20T10:00:00Z')?.caughtUp);
  t.false(plan('2026-11-19T10:00:00Z', '2026-11-20T10:00:00.001Z')?.caughtUp);
});

test('an overlap that is longer than the horizon leaves nothing to read before it', (t) => {
  const rules = { ...RULES, overlap: 2 * DAY, horizon: DAY };
  t.deepEqual(plan('2026-11-20T09:00:00Z', '2026-11-20T10:00:00Z', { rules })?.reads, ['18T09:00–20T10:00']);
});

test('nothing is read before the origin, for nothing from then may be published', (t) => {
  const origin = '2026-11-20T08:00:00Z';
  t.deepEqual(plan('2026-11-20T10:00:00Z', '2026-11-20T11:00:00Z', { origin })?.reads, ['20T08:00–20T11:00']);
  const before = { origin: '2026-11-19T20:00:00Z', rereadTo: '2026-11-20T12:00:00Z', now: '2026-11-20T13:00:00Z' };
  t.is(plan(FULL, FULL, before), undefined);
  const beyond = { ...before, now: '2026-11-20T16:06:00Z' };
  t.deepEqual(plan(FULL, FULL, beyond), { reads: ['19T20:00–20T00:00'], rereadTo: '20T16:00', caughtUp: false });
});

test('a checkpoint set back to before the origin leaves no hole between the two', (t) => {
  const origin = '2026-11-20T12:00:00Z';
  t.deepEqual(plan('2026-11-20T10:00:00Z', '2026-11-20T11:00:00Z', { origin })?.reads, ['20T10:00–20T11:00']);
});

test('of a window that was begun, only the rest is read', (t) => {
  const position = { watermark: Date.parse('2026-11-20T10:00:00Z'), origin: Date.parse(LONG_AGO) };
  const rest = (start: string) =>
    partsOf({ start: Date.parse(start), end: Date.parse('2026-11-20T11:00:00Z') }, position, RULES).map(written);
  t.deepEqual(rest('2026-11-17T10:30:00Z'), ['17T10:30–17T11:00', '20T04:00–20T11:00']);
  t.deepEqual(rest('2026-11-20T05:00:00Z'), ['20T05:00–20T11:00']);
});
