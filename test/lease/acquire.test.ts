import test from 'ava';
import { LeaseManager } from '../../src/lease/lease-manager.ts';
import type { Lease } from '../../src/ports/state-store.ts';
import { CHECKPOINT, type Fixture, fixture, standBy } from '../pipeline/fixture.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testContext } from '../support/request-context.ts';
import { answerLost, during, fails, hangs, takes, trouble } from '../support/wire.ts';

const OTHER: Lease = { holder: 'host-a', version: 7, fence: 3, durationMs: 30_000 };

/** A standby with a clock of its own, before a table that holds this lease. */
function standby(lease: Lease | 'none' = OTHER, options: { autoAdvance?: boolean } = {}) {
  const f = fixture();
  // Nothing that another host's clock says may matter.
  const clock = new ManualClock('2001-01-01T00:00:00.000Z', { autoAdvance: options.autoAdvance ?? false });
  clock.pause(987_654_321);
  if (lease !== 'none') f.state.leases.set('conversations', lease);
  const { state, log } = f;
  const leaseManager = new LeaseManager({
    state,
    stream: 'conversations',
    holder: 'host-b',
    durationMs: 30_000,
    clock,
    log,
  });
  return { ...f, clock, leaseManager, look: () => leaseManager.tryAcquire(testContext()) };
}

const leaseIn = ({ state }: Pick<Fixture, 'state'>) => state.leases.get('conversations');

test('the first poller takes the lease at once, and may publish for five sixths of its duration', async (t) => {
  const f = fixture({ autoAdvance: false });
  const acquired = await f.leaseManagerOf('host-a').tryAcquire(testContext());
  t.deepEqual(leaseIn(f), { holder: 'host-a', version: 1, fence: 1, durationMs: 30_000 });
  t.is(acquired?.heldLease.fence, 1);
  t.is(acquired?.heldLease.remaining, 25_000);
  t.is(acquired?.checkpoint, undefined);
  t.like(f.logged('lease.acquired'), [{ level: 'info', stream: 'conversations', fence: 1 }]);
});

test('standby takes over only after the version stood still for the whole duration on its own monotonic clock', async (t) => {
  const f = standby();
  t.is(await f.look(), undefined);
  f.clock.pause(29_999);
  t.is(await f.look(), undefined);
  f.clock.pause(1);
  t.like(await f.look(), { heldLease: { fence: 4 } });
  t.deepEqual(leaseIn(f), { holder: 'host-b', version: 8, fence: 4, durationMs: 30_000 });
  t.like(f.logged('lease.acquired'), [{ fence: 4, takenFrom: 'host-a' }]);
});

test('a renewal that was seen starts the waiting anew', async (t) => {
  const f = standby();
  await f.look();
  f.clock.pause(29_000);
  f.state.leases.set('conversations', { ...OTHER, version: 8 });
  t.is(await f.look(), undefined);
  f.clock.pause(29_999);
  t.is(await f.look(), undefined);
  f.clock.pause(1);
  t.truthy(await f.look());
});

test('a step of the wall clock takes no lease', async (t) => {
  const f = standby();
  await f.look();
  f.clock.step(86_400_000);
  t.is(await f.look(), undefined);
  f.clock.step(-2 * 86_400_000);
  f.clock.pause(30_000);
  t.truthy(await f.look());
});

test('the waiting counts from after the first look, however long that took', async (t) => {
  const f = standby();
  f.wire.script('lease.read', takes(5_000, f.clock));
  const first = f.look();
  await f.clock.advance(5_000);
  t.is(await first, undefined);
  f.clock.pause(29_999);
  t.is(await f.look(), undefined);
  f.clock.pause(1);
  t.truthy(await f.look());
});

test("what counts is the duration that the holder wrote, not the standby's own", async (t) => {
  const f = standby({ ...OTHER, durationMs: 60_000 });
  await f.look();
  f.clock.pause(59_999);
  t.is(await f.look(), undefined);
  f.clock.pause(1);
  t.truthy(await f.look());
});

test('a clean release is taken at once', async (t) => {
  const f = standby({ ...OTHER, holder: '' });
  t.like(await f.look(), { heldLease: { fence: 4 } });
});

test('time spent acquiring the lease is not counted as time to publish', async (t) => {
  const f = standby({ ...OTHER, holder: '' });
  f.wire.script('lease.write', takes(4_000, f.clock));
  f.wire.script('checkpoint.fence', takes(3_000, f.clock));
  const looking = f.look();
  await f.clock.advance(7_000);
  t.is((await looking)?.heldLease.remaining, 18_000);
});

test('of two that want the lease at the same time one gets it, and the other stands by', async (t) => {
  const f = standby({ ...OTHER, holder: '' });
  f.wire.script('lease.write', (work, next) => {
    f.state.leases.set('conversations', { ...OTHER, holder: 'host-c', version: 8, fence: 4 });
    return work(next);
  });
  t.is(await f.look(), undefined);
  t.is(leaseIn(f)?.holder, 'host-c');
  t.like(f.leaseManager.lastSeen, { holder: 'host-c', fence: 4 });
});

test('a takeover fences the checkpoint, so that no earlier holder can move it any more', async (t) => {
  const f = standby({ ...OTHER, holder: '' });
  f.state.checkpoints.set('conversations', { ...CHECKPOINT, fence: 3 });
  const acquired = await f.look();
  t.deepEqual(acquired?.checkpoint, { ...CHECKPOINT, fence: 4 });
  const late = { ...CHECKPOINT, watermark: CHECKPOINT.watermark + 1, fence: 3 };
  t.like(await f.state.writeCheckpoint('conversations', late, testContext()), { outcome: 'refused' });
});

test('a poller that was overtaken before it had fenced the checkpoint stands by', async (t) => {
  const f = standby({ ...OTHER, holder: '' });
  f.wire.script(
    'checkpoint.fence',
    during(() => f.state.checkpoints.set('conversations', { ...CHECKPOINT, fence: 5 })),
  );
  t.is(await f.look(), undefined);
  t.is(f.logged('lease.acquired').length, 0);
});

test('a standby says once who holds the lease and for how long without a renewal, however often it looks', async (t) => {
  const f = standby();
  const acquiring = standBy(f.leaseManager);
  await f.clock.advance(15_000);
  t.is(f.wire.names.filter((name) => name === 'lease.read').length, 6);
  t.deepEqual(f.logged('lease.standby'), [
    {
      level: 'info',
      event: 'lease.standby',
      msg: 'Another poller (host-a) holds the lease of conversations; standing by until it stops, or has not renewed it for 30 s',
      stream: 'conversations',
      holder: 'host-a',
      fence: 3,
      leaseMs: 30_000,
    },
  ]);
  await f.clock.advance(20_000);
  t.truthy(await acquiring);
});

test('a standby that was overtaken names no holder: it does not know the new one', async (t) => {
  const f = standby({ ...OTHER, holder: '' });
  f.wire.script(
    'checkpoint.fence',
    during(() => f.state.checkpoints.set('conversations', { ...CHECKPOINT, fence: 5 })),
  );
  const stop = new AbortController();
  const ended = t.throwsAsync(standBy(f.leaseManager, { stop: stop.signal }));
  await f.clock.advance(0);
  t.regex(f.logged('lease.standby')[0]?.msg ?? '', /^Another poller holds the lease of conversations;/);
  t.false('holder' in (f.logged('lease.standby')[0] ?? {}));
  stop.abort(new Error('stopped'));
  await ended;
});

test('a standby looks every tenth of the duration until the lease is its own', async (t) => {
  const f = standby(OTHER, { autoAdvance: true });
  const { heldLease } = await standBy(f.leaseManager);
  t.is(heldLease.fence, 4);
  t.deepEqual(f.clock.slept.slice(0, 10), Array(10).fill(3_000));
  t.is(f.clock.slept[10], 10_000, 'the next wait is for its first renewal');
});

test('trouble with the state table is logged and outlasted, with growing pauses of a minute at most', async (t) => {
  const f = standby('none', { autoAdvance: true });
  const down = Array.from({ length: 8 }, () => fails(trouble('table.unavailable')));
  f.wire.script('lease.read', ...down);
  t.is((await standBy(f.leaseManager)).heldLease.fence, 1);
  t.deepEqual(f.clock.slept.slice(0, 8), [750, 1_500, 3_000, 6_000, 12_000, 24_000, 45_000, 45_000]);
  t.is(f.logged('cycle.failed').length, 8);
  t.like(f.logged('cycle.failed')[0], { level: 'error', stream: 'conversations', code: 'table.unavailable' });
});

test('once the table answers again the pauses are short again', async (t) => {
  const f = standby(OTHER, { autoAdvance: true });
  const down = fails(trouble('table.unavailable'));
  f.wire.script('lease.read', down, down, undefined, down);
  await standBy(f.leaseManager);
  t.deepEqual(f.clock.slept.slice(0, 5), [750, 1_500, 3_000, 750, 3_000]);
});

test('a stop ends the standing by, whether it waits or looks', async (t) => {
  const reason = new Error('stopped by SIGTERM');
  for (const looking of [false, true]) {
    const f = standby();
    const stop = new AbortController();
    if (looking) f.wire.script('lease.read', hangs);
    const ended = t.throwsAsync(standBy(f.leaseManager, { stop: stop.signal }));
    await f.clock.advance(0);
    stop.abort(reason);
    t.is(await ended, reason);
    t.is(f.logged('cycle.failed').length, 0);
  }
});

test('a lease that was taken, though the answer was lost, is recognised and taken again at once', async (t) => {
  const f = standby({ ...OTHER, holder: '' });
  f.wire.script('lease.write', answerLost(trouble('table.unavailable')));
  await t.throwsAsync(f.look());
  t.like(leaseIn(f), { holder: 'host-b', version: 8, fence: 4 });
  t.like(await f.look(), { heldLease: { fence: 5 } });
});

test('a lease that was taken, but whose checkpoint could not be fenced, is taken again at once', async (t) => {
  const f = standby({ ...OTHER, holder: '' });
  f.wire.script('checkpoint.fence', fails(trouble('table.unavailable')));
  await t.throwsAsync(f.look());
  t.like(await f.look(), { heldLease: { fence: 5 } });
});
