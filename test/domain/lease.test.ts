import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import {
  isGone,
  type Lease,
  mayPublishUntil,
  mayTake,
  release,
  renewal,
  renewalInterval,
  type Sighting,
  sight,
  takeOver,
  watchInterval,
} from '../../src/domain/lease.ts';
import { Census, holds } from './support/property.ts';

const HELD: Lease = { holder: 'host-a', version: 7, fence: 3, durationMs: 30_000 };

test('a poller that finds no lease writes the first one', (t) => {
  t.deepEqual(takeOver(undefined, undefined, 'host-a', 30_000), {
    holder: 'host-a',
    version: 1,
    fence: 1,
    durationMs: 30_000,
  });
});

test('a takeover raises version and fence, and counts by the duration of its own configuration', (t) => {
  t.deepEqual(takeOver(HELD, 2, 'host-b', 60_000), { holder: 'host-b', version: 8, fence: 4, durationMs: 60_000 });
});

test('a renewal raises the version and nothing else', (t) => {
  t.deepEqual(renewal(HELD), { holder: 'host-a', version: 8, fence: 3, durationMs: 30_000 });
});

test('a released lease has no holder, a version of its own, and keeps its fence for the next to raise', (t) => {
  t.deepEqual(release(HELD), { holder: '', version: 8, fence: 3, durationMs: 30_000 });
});

test('a released lease may be taken at once', (t) => {
  t.true(mayTake({ lease: release(HELD), since: 1_000 }, 1_000));
});

test('a lease that stood still for its whole duration may be taken, and not a millisecond earlier', (t) => {
  t.false(mayTake({ lease: HELD, since: 1_000 }, 30_999));
  t.true(mayTake({ lease: HELD, since: 1_000 }, 31_000));
  t.true(mayTake({ lease: HELD, since: 1_000 }, 31_001));
});

test('the duration of the holder counts, not that of the standby', (t) => {
  t.false(mayTake({ lease: { ...HELD, durationMs: 90_000 }, since: 0 }, 89_999));
});

test('a lease that is seen for the first time has stood still since then', (t) => {
  t.deepEqual(sight(undefined, HELD, 5_000), { lease: HELD, since: 5_000 });
});

test('a version that was seen before has stood still since it was first seen', (t) => {
  const first = sight(undefined, HELD, 5_000);
  const again = sight(first, { ...HELD }, 15_000);
  t.is(again.since, 5_000);
  t.is(sight(again, { ...HELD }, 25_000).since, 5_000);
});

test('a renewal begins the time anew', (t) => {
  t.deepEqual(sight({ lease: HELD, since: 5_000 }, renewal(HELD), 15_000), { lease: renewal(HELD), since: 15_000 });
});

test('another holder begins the time anew, even in a table that began its versions anew', (t) => {
  const other = { ...HELD, holder: 'host-b' };
  t.deepEqual(sight({ lease: HELD, since: 5_000 }, other, 15_000), { lease: other, since: 15_000 });
});

test('of thirty seconds, the holder publishes for twenty-five from when it sent its last write', (t) => {
  t.is(mayPublishUntil(100_000, 30_000), 125_000);
});

test('a lease is renewed twice before publishing has to stop', (t) => {
  t.is(renewalInterval(30_000), 10_000);
  t.true(mayPublishUntil(0, 30_000) > 2 * renewalInterval(30_000));
});

test('a standby looks ten times in the time of a lease', (t) => {
  t.is(watchInterval(30_000), 3_000);
});

test('whenever its write arrives and however often a standby looks, a holder has stopped before its lease is taken', (t) => {
  const census = new Census();
  const ms = (max: number) => fc.integer({ min: 0, max });
  const property = fc.property(
    fc.integer({ min: 6, max: 120_000 }),
    ms(200_000),
    fc.array(ms(40_000), { minLength: 1, maxLength: 30 }),
    (durationMs, onTheWire, pauses) => {
      // The holder sends at 0; its write stands in the table `onTheWire` later, and only then is it seen.
      const lease = takeOver(undefined, undefined, 'host-a', durationMs);
      let [now, seen]: [number, Sighting | undefined] = [onTheWire, undefined];
      for (const pause of pauses) {
        now += pause;
        seen = sight(seen, lease, now);
        if (!mayTake(seen, now)) continue;
        assert.ok(now > mayPublishUntil(0, durationMs), `taken at ${now}`);
        assert.ok(now >= onTheWire + durationMs, 'taken before it stood still for its duration');
        census.saw('taken');
      }
    },
  );
  holds(t, property);
  census.atLeast(t, { taken: 50 });
});

test('a lease that was lost or restored is taken over above the fence of the checkpoint', (t) => {
  t.is(takeOver(undefined, 7, 'host-b', 30_000).fence, 8);
  t.is(takeOver(HELD, 9, 'host-b', 30_000).fence, 10);
});

test('a standby is gone once it has missed one note by an hour: two hours after its last one', (t) => {
  const now = Date.parse('2026-11-20T12:00:00.000Z');
  t.true(isGone({ holder: 'host-b', at: Date.parse('2026-11-20T10:00:00.000Z') }, now));
  t.false(isGone({ holder: 'host-b', at: Date.parse('2026-11-20T10:00:00.001Z') }, now));
  t.false(isGone({ holder: 'host-b', at: now + 60_000 }, now));
});
