import test from 'ava';
import { type DedupHistory, oldestPublishable } from '../../src/domain/dedup-history.ts';
import { DedupHistoryStore, readDedupHistory } from '../../src/pipeline/dedup-history-store.ts';
import { FakePollerItem } from '../support/fakes.ts';
import { testContext } from '../support/request-context.ts';
import { fails, trouble } from '../support/wire.ts';
import { at, DAY, fixture } from './fixture.ts';

const WEEK = 7 * DAY;
const TEN = at('10:00');

function desk(stored?: DedupHistory) {
  const f = fixture();
  const item = new FakePollerItem<DedupHistory>(f.wire, stored);
  const storeFor = (ttl: number, time = f.time) => new DedupHistoryStore({ item, ttl, time });
  return { ...f, item, storeFor };
}

test('the first lease stores how long IDs last, and asks no more for an hour', async (t) => {
  const d = desk();
  const dedupHistoryReader = d.storeFor(WEEK);
  const heldLease = d.heldLeaseOf();
  const first = [{ from: TEN - 6 * DAY, ttl: WEEK }];
  t.deepEqual(await dedupHistoryReader.current(heldLease, testContext()), first);
  t.deepEqual(await dedupHistoryReader.current(heldLease, testContext()), first);
  t.deepEqual(d.item.stored?.value, first);
  t.deepEqual(d.wire.names, ['item.read', 'item.write']);
});

test('a raised dedup.ttl is stored with the one before it', async (t) => {
  const d = desk([{ from: 0, ttl: WEEK }]);
  const raised = [
    { from: 0, ttl: WEEK },
    { from: TEN + DAY, ttl: 30 * DAY },
  ];
  t.deepEqual(await d.storeFor(30 * DAY).current(d.heldLeaseOf(), testContext()), raised);
  t.deepEqual(d.item.stored?.value, raised);
});

test('the era of a new ttl begins by the later clock: what another host recorded by then lasts as long as was stored', async (t) => {
  const d = desk([{ from: 0, ttl: WEEK }]);
  const time = { now: () => TEN, latest: () => TEN + DAY };
  t.like(await d.storeFor(30 * DAY, time).current(d.heldLeaseOf(), testContext()), { 1: { from: TEN + 2 * DAY } });
});

test('the era of a shorter ttl begins by the earlier clock: what is recorded from now on is not vouched for any longer', async (t) => {
  const d = desk([{ from: 0, ttl: 30 * DAY }]);
  const time = { now: () => TEN, latest: () => TEN + 8 * DAY };
  t.like(await d.storeFor(WEEK, time).current(d.heldLeaseOf(), testContext()), { 1: { from: TEN, ttl: WEEK } });
});

test('a first start on a host whose clock is days ahead does not declare too old what happens in these days', async (t) => {
  const d = desk();
  const time = { now: () => TEN, latest: () => TEN + 8 * DAY };
  t.deepEqual(await d.storeFor(WEEK, time).current(d.heldLeaseOf(), testContext()), [
    { from: TEN - 6 * DAY, ttl: WEEK },
  ]);
});

test('with every lease it is read again: another host may have recorded for another time meanwhile', async (t) => {
  const d = desk([{ from: 0, ttl: 30 * DAY }]);
  const dedupHistoryReader = d.storeFor(30 * DAY);
  await dedupHistoryReader.current(d.heldLeaseOf(1), testContext());
  d.clock.pause(DAY);
  await d.storeFor(WEEK).current(d.heldLeaseOf(2), testContext());
  d.clock.pause(10 * DAY);
  const eras = await dedupHistoryReader.current(d.heldLeaseOf(3), testContext());
  t.deepEqual(
    eras.map(({ ttl }) => ttl / DAY),
    [30, 7, 30],
  );
});

test('a host that holds a lease with the shorter ttl revokes the longer one of another host within the hour', async (t) => {
  const d = desk([{ from: 0, ttl: WEEK }]);
  const daemon = d.storeFor(WEEK);
  const heldLease = d.heldLeaseOf(1, 2 * DAY);
  await daemon.current(heldLease, testContext());
  await d.storeFor(30 * DAY).current(d.heldLeaseOf(2), testContext());
  t.is(d.item.stored?.value.length, 2);
  d.clock.pause(DAY / 24);
  t.deepEqual(await daemon.current(heldLease, testContext()), [{ from: 0, ttl: WEEK }]);
  t.deepEqual(d.item.stored?.value, [{ from: 0, ttl: WEEK }]);
});

test('hosts that take a longer ttl one after the other: nothing that the last one recorded is vouched for any longer', async (t) => {
  const d = desk([{ from: 0, ttl: WEEK }]);
  await d.storeFor(30 * DAY).current(d.heldLeaseOf(1), testContext());
  // The other host records for a week until then.
  d.clock.pause(600_000);
  const eras = await d.storeFor(30 * DAY).current(d.heldLeaseOf(2), testContext());
  t.true((eras.at(-1)?.from ?? 0) > d.clock.now());
  d.clock.pause(8 * DAY);
  t.true(oldestPublishable(0, d.clock.now(), eras) > TEN + 600_000);
});

test('a clock that was set back is no reason to settle it later', async (t) => {
  const d = desk();
  const dedupHistoryReader = d.storeFor(WEEK);
  const heldLease = d.heldLeaseOf(1, 2 * DAY);
  await dedupHistoryReader.current(heldLease, testContext());
  d.clock.step(-DAY);
  await dedupHistoryReader.current(heldLease, testContext());
  t.is(d.wire.names.filter((name) => name === 'item.read').length, 2);
});

test('two hosts that store at the same time do not undo each other', async (t) => {
  const d = desk([{ from: 0, ttl: WEEK }]);
  d.wire.script('item.write', async (work, sent) => {
    await d.item.overwrite([...(d.item.stored?.value ?? []), { from: TEN - 1, ttl: 20 * DAY }]);
    return work(sent);
  });
  const eras = await d.storeFor(30 * DAY).current(d.heldLeaseOf(), testContext());
  t.deepEqual(
    eras.map(({ ttl }) => ttl / DAY),
    [7, 20, 30],
  );
  t.deepEqual(d.item.stored?.value, eras);
});

test('what could not be read or stored is tried again with the next cycle', async (t) => {
  const d = desk();
  const dedupHistoryReader = d.storeFor(WEEK);
  const heldLease = d.heldLeaseOf();
  d.wire.script('item.read', fails(trouble('table.unavailable')));
  await t.throwsAsync(dedupHistoryReader.current(heldLease, testContext()), { message: /It did not work/ });
  t.is((await dedupHistoryReader.current(heldLease, testContext())).length, 1);
});

test('a reader stores nothing', async (t) => {
  const d = desk([{ from: 0, ttl: WEEK }]);
  t.is((await readDedupHistory(d.item, 30 * DAY, TEN, testContext())).length, 2);
  t.deepEqual(d.item.stored?.value, [{ from: 0, ttl: WEEK }]);
  t.deepEqual(d.wire.names, ['item.read']);
});
