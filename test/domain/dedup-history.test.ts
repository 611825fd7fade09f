import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import {
  type DedupHistory,
  dedupHistoryFrom,
  oldestPublishable,
  UNLIMITED,
  withReserve,
} from '../../src/domain/dedup-history.ts';
import { Census, holds } from './support/property.ts';

const DAY = 86_400_000;
const day = (number: number) => Date.parse('2026-11-01T00:00:00Z') + number * DAY;
const BEGINNING = day(-1_000);
const LASTING_7: DedupHistory = [{ from: BEGINNING, ttl: 7 * DAY }];
const LASTING_30: DedupHistory = [{ from: BEGINNING, ttl: 30 * DAY }];
const oldest = (now: number, history: DedupHistory) => oldestPublishable(BEGINNING, now, history);

test('with a dedup.ttl of seven days, what is older than six may have been forgotten and is not published', (t) => {
  t.is(oldest(day(20), LASTING_7), day(14));
});

test('what is older than the origin is not published, however long the deduplication period', (t) => {
  t.is(oldestPublishable(day(19), day(20), LASTING_7), day(19));
});

test('a longer ttl does not bring back what the shorter one forgot, nor keep what was recorded under it', (t) => {
  const raised = dedupHistoryFrom(LASTING_7, 30 * DAY, day(10));
  t.deepEqual(raised, [...LASTING_7, { from: day(11), ttl: 30 * DAY }]);
  t.is(oldest(day(10), raised), day(4));
  t.is(oldest(day(12), raised), day(6));
  t.is(oldest(day(17), raised), day(11));
  t.is(oldest(day(40), raised), day(11));
  t.is(oldest(day(41), raised), day(12));
});

test('a host that still records with the shorter ttl revokes the longer one before it counts', (t) => {
  const raised = dedupHistoryFrom(LASTING_7, 30 * DAY, day(10));
  const revoked = dedupHistoryFrom(raised, 7 * DAY, day(10) + 3_600_000);
  t.deepEqual(revoked, LASTING_7);
  t.deepEqual(dedupHistoryFrom(revoked, 30 * DAY, day(12)), [...LASTING_7, { from: day(13), ttl: 30 * DAY }]);
  t.deepEqual(dedupHistoryFrom(raised, 3 * DAY, day(10)), [...LASTING_7, { from: day(10), ttl: 3 * DAY }]);
  t.deepEqual(dedupHistoryFrom(raised, 10 * DAY, day(10)), [...LASTING_7, { from: day(11), ttl: 10 * DAY }]);
  t.is(dedupHistoryFrom(raised, 30 * DAY, day(10) + 3_600_000), raised);
});

test('a shorter ttl takes effect for what is recorded from then on', (t) => {
  const lowered = dedupHistoryFrom(LASTING_30, 7 * DAY, day(20));
  t.is(oldest(day(20), lowered), day(-9));
  t.is(oldest(day(26), lowered), day(-3));
  t.is(oldest(day(27), lowered), day(21));
});

test('the same ttl again changes nothing', (t) => {
  const stored = LASTING_7;
  t.is(dedupHistoryFrom(stored, 7 * DAY, day(10)), stored);
});

test('where nothing is stored yet, the ttl of today is all that is known', (t) => {
  const first = [{ from: day(4), ttl: 7 * DAY }];
  t.deepEqual(dedupHistoryFrom(undefined, 7 * DAY, day(10)), first);
  t.deepEqual(dedupHistoryFrom([], 7 * DAY, day(10)), first);
  t.is(oldest(day(10), first), day(4));
  t.is(oldest(day(20), first), day(14));
});

test('a clock that was set back puts no era before an earlier one', (t) => {
  const raised = dedupHistoryFrom(LASTING_7, 30 * DAY, day(10));
  t.deepEqual(dedupHistoryFrom(raised, 40 * DAY, day(9)), [
    ...LASTING_7,
    { from: day(11), ttl: 30 * DAY },
    { from: day(11), ttl: 40 * DAY },
  ]);
});

test('where two clocks differ, a longer ttl counts from the later one, a shorter one and the first from the earlier', (t) => {
  const from = (ttl: number, stored?: DedupHistory) => dedupHistoryFrom(stored, ttl, day(10), day(18)).at(-1)?.from;
  t.is(from(30 * DAY, LASTING_7), day(19));
  t.is(from(7 * DAY, LASTING_30), day(10));
  t.is(from(7 * DAY), day(4));
});

test('hosts that go on disagreeing about the ttl do not make it grow for ever', (t) => {
  let history: DedupHistory = LASTING_30;
  const settled = (ttl: number, now: number) => {
    history = dedupHistoryFrom(history, ttl * DAY, now);
  };
  for (let n = 0; n < 100; n++) settled(n % 2 === 0 ? 7 : 30, day(0) + n * 60_000);
  t.is(history.length, 3);
  for (let n = 0; n < 100; n++) settled(n % 2 === 0 ? 7 : 30, day(1) + n * 2 * DAY);
  t.is(history.length, 20);
});

test('an era that has begun is not revoked, nor is the first of all', (t) => {
  const raised = dedupHistoryFrom(LASTING_7, 30 * DAY, day(10));
  t.deepEqual(dedupHistoryFrom(raised, 7 * DAY, day(11)), [...raised, { from: day(11), ttl: 7 * DAY }]);
  const first = [{ from: day(4), ttl: 30 * DAY }];
  t.deepEqual(dedupHistoryFrom(first, 7 * DAY, day(2)), [...first, { from: day(4), ttl: 7 * DAY }]);
});

test('of many changes of the ttl the oldest eras become one, in which IDs lasted no longer than in any of them', (t) => {
  const changes = Array.from({ length: 30 }, (_, n) => ({ ttl: (n % 2 === 0 ? 7 : 30) * DAY, at: day(2 * n) }));
  const history = changes.reduce((before, { ttl, at }) => dedupHistoryFrom(before, ttl, at), LASTING_30);
  const latest = changes.slice(-19).map(({ ttl, at }) => ({ from: ttl > 7 * DAY ? at + DAY : at, ttl }));
  t.deepEqual(history, [{ from: BEGINNING, ttl: 7 * DAY }, ...latest]);
  t.deepEqual(dedupHistoryFrom(history, 5 * DAY, day(100)), [
    { from: BEGINNING, ttl: 7 * DAY },
    ...latest.slice(1),
    { from: day(100), ttl: 5 * DAY },
  ]);
});

test('whatever ttls follow one another: an ID that may still be published has not been forgotten', (t) => {
  // Each step: a ttl, and the days for which it lasts. An ID is recorded every six hours, of an event that is
  // up to a day older.
  const step = fc.record({ days: fc.integer({ min: 0, max: 20 }), ttl: fc.integer({ min: 2, max: 30 }) });
  const seen = new Census();
  const property = fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
    const recorded: { event: number; until: number }[] = [];
    let now = day(0);
    let history: DedupHistory | undefined;
    for (const { days, ttl } of steps) {
      history = dedupHistoryFrom(history, ttl * DAY, now);
      for (const end = now + days * DAY; now < end; now += DAY / 4) {
        recorded.push({ event: now - DAY / 2, until: now + ttl * DAY });
        const limit = oldest(now, history);
        for (const { event, until } of recorded) {
          assert.ok(event < limit || until > now, `an event of ${event} is forgotten at ${now}, and publishable`);
          seen.saw('forgotten', until <= now);
          seen.saw('publishable', event >= limit);
        }
      }
    }
  });
  holds(t, property);
  seen.atLeast(t, { forgotten: 1_000, publishable: 1_000 });
});

test('whatever ttls two hosts have, and whenever each takes another: an ID that may still be published has not been forgotten', (t) => {
  // Each step: the ttl of each host, and for how long. Both settle the history and record an ID every six
  // hours, one after the other.
  const ttl = fc.integer({ min: 2, max: 30 });
  const step = fc.record({ quarters: fc.integer({ min: 1, max: 60 }), ttls: fc.tuple(ttl, ttl) });
  const seen = new Census();
  const property = fc.property(fc.array(step, { minLength: 1, maxLength: 10 }), (steps) => {
    const recorded: { event: number; until: number }[] = [];
    let now = day(0);
    let history: DedupHistory | undefined;
    for (const { quarters, ttls } of steps) {
      for (const end = now + (quarters * DAY) / 4; now < end; now += DAY / 4) {
        for (const [host, ttl] of ttls.entries()) {
          const at = now + host * 600_000;
          history = dedupHistoryFrom(history, ttl * DAY, at);
          recorded.push({ event: at - DAY / 2, until: at + ttl * DAY });
        }
        const limit = oldest(now + DAY / 8, history ?? []);
        for (const { event, until } of recorded) {
          const isForgotten = until <= now + DAY / 8;
          assert.ok(event < limit || !isForgotten, `an event of ${event} is forgotten at ${now}, and publishable`);
          seen.saw('forgotten', isForgotten);
          seen.saw('publishable', event >= limit);
          seen.saw('longer', (history?.at(-1)?.from ?? 0) > now + DAY / 8);
        }
      }
    }
  });
  holds(t, property);
  seen.atLeast(t, { forgotten: 1_000, publishable: 1_000, longer: 1_000 });
});

test('a run that began in time may use up the day in reserve, and nothing more', (t) => {
  t.is(oldest(day(20), withReserve(LASTING_7)), day(13));
  t.is(oldest(day(4_000), UNLIMITED), BEGINNING);
  t.is(UNLIMITED.length, 0);
});
