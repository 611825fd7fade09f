import test from 'ava';
import { LeaseManager } from '../../src/lease/lease-manager.ts';
import type { Lease } from '../../src/ports/state-store.ts';
import { type Bench, bench, CHECKPOINT, standBy } from '../pipeline/bench.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testContext } from '../support/request-context.ts';
import { answerLost, during, fails, hangs, takes, trouble } from '../support/wire.ts';

const OTHER: Lease = { holder: 'host-a', version: 7, fence: 3, durationMs: 30_000 };

/** A standby with a clock of its own, before a table that holds this lease. */
function standby(lease: Lease | 'none' = OTHER, options: { autoAdvance?: boolean } = {}) {
  const b = bench();
  // Nothing that another host's clock says may matter.
  const clock = new ManualClock('2001-01-01T00:00:00.000Z', { autoAdvance: options.autoAdvance ?? false });
  clock.pause(987_654_321);
  if (lease !== 'none') b.state.leases.set('conversations', lease);
  const { state, log } = b;
  const leaseManager = new LeaseManager({
    state,
    stream: 'conversations',
    holder: 'host-b',
    durationMs: 30_000,
    clock,
    log,
  });
  return { ...b, clock, leaseManager, look: () => leaseManager.tryAcquire(testContext()) };
}

const leaseIn = ({ state }: Pick<Bench, 'state'>) => state.leases.get('conversations');

test('the first poller takes the lease at once, and may publish for five sixths of its duration', async (t) => {
  const b = bench({ autoAdvance: false });
  const acquired = await b.leaseManagerOf('host-a').tryAcquire(testContext());
  t.deepEqual(leaseIn(b), { holder: 'host-a', version: 1, fence: 1, durationMs: 30_000 });
  t.is(acquired?.heldLease.fence, 1);
  t.is(acquired?.heldLease.remaining, 25_000);
  t.is(acquired?.checkpoint, undefined);
  t.like(b.logged('lease.acquired'), [{ level: 'info', stream: 'conversations', fence: 1 }]);
});

test('standby takes over only after the version stood still for the whole duration on its own monotonic clock', async (t) => {
  const b = standby();
  t.is(await b.look(), undefined);
  b.clock.pause(29_999);
  t.is(await b.look(), undefined);
  b.clock.pause(1);
  t.like(await b.look(), { heldLease: { fence: 4 } });
  t.deepEqual(leaseIn(b), { holder: 'host-b', version: 8, fence: 4, durationMs: 30_000 });
  t.like(b.logged('lease.acquired'), [{ fence: 4, takenFrom: 'host-a' }]);
});

test('a renewal that was seen starts the waiting anew', async (t) => {
  const b = standby();
  await b.look();
  b.clock.pause(29_000);
  b.state.leases.set('conversations', { ...OTHER, version: 8 });
  t.is(await b.look(), undefined);
  b.clock.pause(29_999);
  t.is(await b.look(), undefined);
  b.clock.pause(1);
  t.truthy(await b.look());
});

test('a step of the wall clock takes no lease', async (t) => {
  const b = standby();
  await b.look();
  b.clock.step(86_400_000);
  t.is(await b.look(), undefined);
  b.clock.step(-2 * 86_400_000);
  b.clock.pause(30_000);
  t.truthy(await b.look());
});

test('the waiting counts from after the first look, however long that took', async (t) => {
  const b = standby();
  b.wire.script('lease.read', takes(5_000, b.clock));
  const first = b.look();
  await b.clock.advance(5_000);
  t.is(await first, undefined);
  b.clock.pause(29_999);
  t.is(await b.look(), undefined);
  b.clock.pause(1);
  t.truthy(await b.look());
});

test("what counts is the duration that the holder wrote, not the standby's own", async (t) => {
  const b = standby({ ...OTHER, durationMs: 60_000 });
  await b.look();
  b.clock.pause(59_999);
  t.is(await b.look(), undefined);
  b.clock.pause(1);
  t.truthy(await b.look());
});

test('a clean release is taken at once', async (t) => {
  const b = standby({ ...OTHER, holder: '' });
  t.like(await b.look(), { heldLease: { fence: 4 } });
});

test('time that taking the lease itself took is not time to publish in', async (t) => {
  const b = standby({ ...OTHER, holder: '' });
  b.wire.script('lease.write', takes(4_000, b.clock));
  b.wire.script('checkpoint.fence', takes(3_000, b.clock));
  const looking = b.look();
  await b.clock.advance(7_000);
  t.is((await looking)?.heldLease.remaining, 18_000);
});

test('of two that want the lease at the same time one gets it, and the other stands by', async (t) => {
  const b = standby({ ...OTHER, holder: '' });
  b.wire.script('lease.write', (work, next) => {
    b.state.leases.set('conversations', { ...OTHER, holder: 'host-c', version: 8, fence: 4 });
    return work(next);
  });
  t.is(await b.look(), undefined);
  t.is(leaseIn(b)?.holder, 'host-c');
  t.like(b.leaseManager.lastSeen, { holder: 'host-c', fence: 4 });
});

test('a takeover fences the checkpoint, so that no earlier holder can move it any more', async (t) => {
  const b = standby({ ...OTHER, holder: '' });
  b.state.checkpoints.set('conversations', { ...CHECKPOINT, fence: 3 });
  const acquired = await b.look();
  t.deepEqual(acquired?.checkpoint, { ...CHECKPOINT, fence: 4 });
  const late = { ...CHECKPOINT, watermark: CHECKPOINT.watermark + 1, fence: 3 };
  t.like(await b.state.writeCheckpoint('conversations', late, testContext()), { outcome: 'refused' });
});

test('a poller that was overtaken before it had fenced the checkpoint stands by', async (t) => {
  const b = standby({ ...OTHER, holder: '' });
  b.wire.script(
    'checkpoint.fence',
    during(() => b.state.checkpoints.set('conversations', { ...CHECKPOINT, fence: 5 })),
  );
  t.is(await b.look(), undefined);
  t.is(b.logged('lease.acquired').length, 0);
});

test('a standby says once who holds the lease and for how long without a renewal, however often it looks', async (t) => {
  const b = standby();
  const acquiring = standBy(b.leaseManager);
  await b.clock.advance(15_000);
  t.is(b.wire.names.filter((name) => name === 'lease.read').length, 6);
  t.deepEqual(b.logged('lease.standby'), [
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
  await b.clock.advance(20_000);
  t.truthy(await acquiring);
});

test('a standby that was overtaken names no holder: it does not know the new one', async (t) => {
  const b = standby({ ...OTHER, holder: '' });
  b.wire.script(
    'checkpoint.fence',
    during(() => b.state.checkpoints.set('conversations', { ...CHECKPOINT, fence: 5 })),
  );
  const stop = new AbortController();
  const ended = t.throwsAsync(standBy(b.leaseManager, { stop: stop.signal }));
  await b.clock.advance(0);
  t.regex(b.logged('lease.standby')[0]?.msg ?? '', /^Another poller holds the lease of conversations;/);
  t.false('holder' in (b.logged('lease.standby')[0] ?? {}));
  stop.abort(new Error('stopped'));
  await ended;
});

test('a standby looks every tenth of the duration until the lease is its own', async (t) => {
  const b = standby(OTHER, { autoAdvance: true });
  const { heldLease } = await standBy(b.leaseManager);
  t.is(heldLease.fence, 4);
  t.deepEqual(b.clock.slept.slice(0, 10), Array(10).fill(3_000));
  t.is(b.clock.slept[10], 10_000, 'the next wait is for its first renewal');
});

test('trouble with the state table is logged and outlasted, with growing pauses of a minute at most', async (t) => {
  const b = standby('none', { autoAdvance: true });
  const down = Array.from({ length: 8 }, () => fails(trouble('table.unavailable')));
  b.wire.script('lease.read', ...down);
  t.is((await standBy(b.leaseManager)).heldLease.fence, 1);
  t.deepEqual(b.clock.slept.slice(0, 8), [750, 1_500, 3_000, 6_000, 12_000, 24_000, 45_000, 45_000]);
  t.is(b.logged('cycle.failed').length, 8);
  t.like(b.logged('cycle.failed')[0], { level: 'error', stream: 'conversations', code: 'table.unavailable' });
});

test('once the table answers again the pauses are short again', async (t) => {
  const b = standby(OTHER, { autoAdvance: true });
  const down = fails(trouble('table.unavailable'));
  b.wire.script('lease.read', down, down, undefined, down);
  await standBy(b.leaseManager);
  t.deepEqual(b.clock.slept.slice(0, 5), [750, 1_500, 3_000, 750, 3_000]);
});

test('a stop ends the standing by, whether it waits or looks', async (t) => {
  const reason = new Error('stopped by SIGTERM');
  for (const looking of [false, true]) {
    const b = standby();
    const stop = new AbortController();
    if (looking) b.wire.script('lease.read', hangs);
    const ended = t.throwsAsync(standBy(b.leaseManager, { stop: stop.signal }));
    await b.clock.advance(0);
    stop.abort(reason);
    t.is(await ended, reason);
    t.is(b.logged('cycle.failed').length, 0);
  }
});

test('a lease that was taken, though the answer was lost, is recognised and taken again at once', async (t) => {
  const b = standby({ ...OTHER, holder: '' });
  b.wire.script('lease.write', answerLost(trouble('table.unavailable')));
  await t.throwsAsync(b.look());
  t.like(leaseIn(b), { holder: 'host-b', version: 8, fence: 4 });
  t.like(await b.look(), { heldLease: { fence: 5 } });
});

test('a lease that was taken, but whose checkpoint could not be fenced, is taken again at once', async (t) => {
  const b = standby({ ...OTHER, holder: '' });
  b.wire.script('checkpoint.fence', fails(trouble('table.unavailable')));
  await t.throwsAsync(b.look());
  t.like(await b.look(), { heldLease: { fence: 5 } });
});
