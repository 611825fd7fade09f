import test from 'ava';
import { Deduplicator } from '../../src/pipeline/deduplicator.ts';
import { beforeAllExpiry } from '../../src/ports/trusted-time.ts';
import { testContext } from '../support/request-context.ts';
import { fails, hangs, leavesUnread, leavesUnwritten, trouble } from '../support/wire.ts';
import { at, DAY, fixture } from './fixture.ts';

const TEN = at('10:00') / 1000;
const WEEK = 7 * 86_400;
const ids = (count: number) => Array.from({ length: count }, (_, index) => `id-${index + 1}`);
/** Events of these IDs, of a minute ago. */
const published = (...ids: readonly string[]) => ids.map((id) => ({ id, timestamp: at('09:59') }));

test('an ID is recorded for the time that dedup.ttl says, and is known from then on without a call', async (t) => {
  const f = fixture();
  await f.deduplicator.record(published('x'), testContext());
  t.deepEqual(f.table.items.get('x'), { id: 'x', expiresAt: TEN + WEEK });
  t.true(f.deduplicator.isCached('x'));
  t.deepEqual(f.wire.names, ['ids.write']);
});

test('an ID that only the table knows is found there, and then known without a call', async (t) => {
  const f = fixture();
  f.table.items.set('x', { id: 'x', expiresAt: TEN + 60 });
  t.false(f.deduplicator.isCached('x'));
  t.deepEqual([...(await f.deduplicator.lookUp(['x', 'y'], testContext()))], ['x']);
  t.true(f.deduplicator.isCached('x'));
  t.false(f.deduplicator.isCached('y'));
});

test('an item whose ttl has passed is absent though the table still returns it', async (t) => {
  const f = fixture();
  f.table.items.set('passed', { id: 'passed', expiresAt: TEN - 1 });
  f.table.items.set('now', { id: 'now', expiresAt: TEN });
  f.table.items.set('soon', { id: 'soon', expiresAt: TEN + 1 });
  t.deepEqual([...(await f.deduplicator.lookUp(['passed', 'now', 'soon'], testContext()))], ['soon']);
});

test('what is cached is forgotten when its ttl passes, to the second', async (t) => {
  const f = fixture();
  await f.deduplicator.record(published('x'), testContext());
  f.clock.pause(7 * DAY - 1);
  t.true(f.deduplicator.isCached('x'));
  f.clock.pause(1);
  t.false(f.deduplicator.isCached('x'));
});

test('UnprocessedKeys are retried alone, with growing pauses, until none are left', async (t) => {
  const f = fixture();
  for (const id of ids(5)) f.table.items.set(id, { id, expiresAt: TEN + 60 });
  f.wire.script('ids.read', leavesUnread(3), leavesUnread(1));
  const known = await f.deduplicator.lookUp([...ids(5), 'unknown'], testContext());
  t.deepEqual([...known], ids(5));
  t.deepEqual(
    f.wire.sent('ids.read').map((sent) => sent.join(' ')),
    ['id-1 id-2 id-3 id-4 id-5 unknown', 'id-4 id-5 unknown', 'unknown'],
  );
  t.deepEqual(f.clock.slept, [38, 75]);
});

test('UnprocessedItems are retried alone, with the same expiry', async (t) => {
  const f = fixture();
  f.wire.script('ids.write', leavesUnwritten(2));
  await f.deduplicator.record(published(...ids(4)), testContext());
  const items = ids(4).map((id) => ({ id, expiresAt: TEN + WEEK }));
  t.deepEqual(f.wire.sent('ids.write'), [items, items.slice(2)]);
  t.deepEqual([...f.table.items.values()], items);
});

test('a table that never gets to the items is given up after ten tries, and what it did get to is kept', async (t) => {
  const f = fixture();
  f.wire.always('ids.write', leavesUnwritten(1));
  const failure = await t.throwsAsync(f.deduplicator.record(published('x', 'y'), testContext()));
  t.like(failure, { code: 'table.unavailable' });
  t.regex(failure.message, /left 1 items unprocessed while recording IDs/);
  t.deepEqual([...f.table.items.keys()], ['x']);
  t.is(f.wire.sent('ids.write').length, 10);
});

test('a call that fails as a whole is not repeated here: its adapter has done so', async (t) => {
  const f = fixture();
  const failure = trouble('table.unavailable');
  f.wire.script('ids.read', fails(failure));
  t.is(await t.throwsAsync(f.deduplicator.lookUp(['x'], testContext())), failure);
  t.is(f.wire.sent('ids.read').length, 1);
});

test('an abort ends a call that hangs, with its reason', async (t) => {
  const f = fixture();
  const abort = new AbortController();
  const reason = new Error('dropped');
  f.wire.script('ids.read', hangs);
  const reading = t.throwsAsync(f.deduplicator.lookUp(['x'], testContext(abort.signal)));
  abort.abort(reason);
  t.is(await reading, reason);
});

test('the cache holds no more than cacheSize; what it lost is found in the table', async (t) => {
  const f = fixture({ cacheSize: 2 });
  await f.deduplicator.record(published(...ids(3)), testContext());
  t.deepEqual(
    ids(3).map((id) => f.deduplicator.isCached(id)),
    [false, true, true],
  );
  t.deepEqual([...(await f.deduplicator.lookUp(['id-1'], testContext()))], ['id-1']);
});

test('the ID of a dead letter is kept in mind but never in the table: after a restart its event is tried again', async (t) => {
  const f = fixture();
  f.deduplicator.markKnown('x');
  t.true(f.deduplicator.isCached('x'));
  t.is(f.table.items.size, 0);
});

test('with another ttl, what is recorded from then on is remembered for so long', async (t) => {
  const f = fixture();
  await f.deduplicator.record(published('x'), testContext());
  f.deduplicator.setTtl(9 * DAY);
  await f.deduplicator.record(published('y'), testContext());
  t.deepEqual(f.table.items.get('x'), { id: 'x', expiresAt: TEN + WEEK });
  t.deepEqual(f.table.items.get('y'), { id: 'y', expiresAt: TEN + WEEK + 2 * 86_400 });
});

test('an event that is dated ahead is remembered until its ttl has passed after that date', async (t) => {
  const f = fixture();
  const ahead = { id: 'ahead', timestamp: at('10:00') + 30 * DAY };
  await f.deduplicator.record([ahead, ...published('x')], testContext());
  t.is(f.table.items.get('ahead')?.expiresAt, TEN + WEEK + 30 * 86_400);
  t.is(f.table.items.get('x')?.expiresAt, TEN + WEEK);
  f.clock.pause(37 * DAY - 1);
  t.true(f.deduplicator.isCached('ahead'));
});

test('an event that could not be recorded is recorded later with the same regard to its date', async (t) => {
  const f = fixture();
  f.wire.script('ids.write', fails(trouble('table.denied')));
  await t.throwsAsync(f.deduplicator.record([{ id: 'ahead', timestamp: at('10:00') + 30 * DAY }], testContext()));
  await f.deduplicator.recordUnrecorded(testContext());
  t.is(f.table.items.get('ahead')?.expiresAt, TEN + WEEK + 30 * 86_400);
});

test('a host whose clock is days ahead forgets nothing early, and remembers from its own clock on', async (t) => {
  const f = fixture();
  const [table, clock] = [f.table, f.clock];
  const time = { now: () => at('10:00'), latest: () => at('10:00') + 8 * DAY };
  const deduplicator = new Deduplicator({ table, clock, time, ttl: 7 * DAY, cacheSize: 10 });
  table.items.set('published', { id: 'published', expiresAt: TEN + 60 });
  clock.step(8 * DAY);
  t.deepEqual([...(await deduplicator.lookUp(['published'], testContext()))], ['published']);
  t.true(deduplicator.isCached('published'));
  await deduplicator.record(published('new'), testContext());
  t.is(table.items.get('new')?.expiresAt, TEN + WEEK + 8 * 86_400);
});

test('where the source is never heard, nothing stored is judged to have expired', async (t) => {
  const f = fixture();
  const [table, clock] = [f.table, f.clock];
  const deduplicator = new Deduplicator({ table, clock, time: beforeAllExpiry(clock), ttl: 7 * DAY, cacheSize: 10 });
  table.items.set('old', { id: 'old', expiresAt: TEN - 60 });
  t.deepEqual([...(await deduplicator.lookUp(['old'], testContext()))], ['old']);
  await deduplicator.record(published('new'), testContext());
  t.is(table.items.get('new')?.expiresAt, TEN + WEEK);
});
