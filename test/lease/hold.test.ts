import { getEventListeners } from 'node:events';
import test from 'ava';
import type { Failure } from '../../src/domain/failure.ts';
import { LeaseManager } from '../../src/lease/lease-manager.ts';
import { type Fixture, fixture, standBy } from '../pipeline/fixture.ts';
import { testContext } from '../support/request-context.ts';
import { answerLost, during, fails, hangs, takes, trouble } from '../support/wire.ts';

/** A poller that has just taken the lease, at 0 ms, and holds it. */
async function holder() {
  const f = fixture({ autoAdvance: false });
  const leaseManager = f.leaseManagerOf('host-a');
  const acquired = await leaseManager.tryAcquire(testContext());
  if (!acquired) throw new Error('the lease was not acquired');
  const { heldLease } = acquired;
  const done = new AbortController();
  let over = false;
  const holding = leaseManager.renewUntil(heldLease, testContext(done.signal)).then(() => {
    over = true;
  });
  return { ...f, leaseManager, heldLease, done, holding, isOver: () => over };
}

const leaseIn = ({ state }: Pick<Fixture, 'state'>) => state.leases.get('conversations');
const whyLost = (signal: AbortSignal) => (signal.reason as Failure).message;
const table = () => fails(trouble('table.unavailable'));

test('a lease is renewed every third of its duration, and each renewal is time to publish in', async (t) => {
  const f = await holder();
  await f.clock.advance(9_999);
  t.is(leaseIn(f)?.version, 1);
  await f.clock.advance(1);
  t.is(leaseIn(f)?.version, 2);
  t.is(f.heldLease.remaining, 25_000);
  await f.clock.advance(50_000);
  t.is(leaseIn(f)?.version, 7);
  t.is(leaseIn(f)?.fence, 1);
  t.notThrows(f.heldLease.assertMayPublish);
});

test('the time to publish counts from before a renewal was sent, not from its answer', async (t) => {
  const f = await holder();
  f.wire.script('lease.write', takes(4_000, f.clock));
  await f.clock.advance(14_000);
  t.is(leaseIn(f)?.version, 2);
  t.is(f.heldLease.remaining, 21_000);
});

test('a holder that cannot renew stops publishing before its lease can be taken', async (t) => {
  const f = await holder();
  f.wire.always('lease.write', table());
  const other = f.leaseManagerOf('host-b');
  t.is(await other.tryAcquire(testContext()), undefined);
  await f.clock.advance(24_999);
  t.notThrows(f.heldLease.assertMayPublish);
  await f.clock.advance(1);
  t.throws(f.heldLease.assertMayPublish, { message: /could not be renewed in time/ });
  f.wire.always('lease.write', undefined);
  await f.clock.advance(4_999);
  t.is(await other.tryAcquire(testContext()), undefined);
  await f.clock.advance(1);
  t.truthy(await other.tryAcquire(testContext()));
});

test('a renewal that fails is tried again every tenth of the duration, and what comes of it is logged', async (t) => {
  const f = await holder();
  f.wire.script('lease.write', table(), table());
  await f.clock.advance(15_999);
  t.is(leaseIn(f)?.version, 1);
  await f.clock.advance(1);
  t.is(leaseIn(f)?.version, 2);
  t.is(f.heldLease.remaining, 25_000);
  t.like(f.logged('lease.renewalFailed'), [
    { level: 'warn', stream: 'conversations', code: 'table.unavailable', remainingMs: 15_000 },
    { remainingMs: 12_000 },
  ]);
  t.deepEqual(f.logged('lease.lost'), []);
});

test('a renewal whose answer was lost is recognised as our own, and the lease is held on', async (t) => {
  const f = await holder();
  f.wire.script('lease.write', answerLost(trouble('table.unavailable')));
  await f.clock.advance(13_000);
  t.like(leaseIn(f), { holder: 'host-a', version: 3, fence: 1 });
  t.is(f.heldLease.remaining, 25_000);
  t.deepEqual(f.logged('lease.lost'), []);
});

test('a lease that another has taken ends the right to publish at once, and says who has it', async (t) => {
  const f = await holder();
  f.state.leases.set('conversations', { holder: 'host-b', version: 2, fence: 2, durationMs: 30_000 });
  await f.clock.advance(10_000);
  await f.holding;
  t.regex(whyLost(f.heldLease.signal), /it was taken by host-b/);
  t.like(f.logged('lease.lost'), [{ level: 'warn', stream: 'conversations', fence: 1 }]);
  t.is(leaseIn(f)?.holder, 'host-b');
});

test('a lease that another has taken and released, or that was removed, ends the right to publish too', async (t) => {
  for (const stored of [{ holder: '', version: 3, fence: 2, durationMs: 30_000 }, undefined]) {
    const f = await holder();
    if (stored) f.state.leases.set('conversations', stored);
    else f.state.leases.delete('conversations');
    await f.clock.advance(10_000);
    await f.holding;
    t.regex(whyLost(f.heldLease.signal), /it was taken by an unknown holder/);
  }
});

test('a renewal that hangs is ended with the time to publish', async (t) => {
  const f = await holder();
  f.wire.always('lease.write', hangs);
  await f.clock.advance(24_999);
  t.false(f.isOver());
  await f.clock.advance(1);
  t.true(f.isOver());
  t.regex(whyLost(f.heldLease.signal), /could not be renewed in time/);
  t.is(f.logged('lease.lost').length, 1);
});

test('a holder that was paused past its time renews nothing: it stands back, even if no other has taken the lease', async (t) => {
  const f = await holder();
  f.clock.pause(25_000);
  await f.clock.advance(0);
  await f.holding;
  t.is(leaseIn(f)?.version, 1);
  t.true(f.heldLease.signal.aborted);
});

test('an answer that comes after a pause revives no right to publish', async (t) => {
  const f = await holder();
  f.wire.script(
    'lease.write',
    during(() => f.clock.pause(60_000)),
  );
  await f.clock.advance(10_000);
  t.throws(f.heldLease.assertMayPublish, { message: /could not be renewed in time/ });
  await f.holding;
});

test('an end that comes from elsewhere ends the renewing', async (t) => {
  const f = await holder();
  f.heldLease.end('another poller has moved the checkpoint');
  await f.holding;
  t.like(f.logged('lease.lost'), [{ fence: 1 }]);
});

test('a holder that is done stops renewing without a word, whether it waits or renews', async (t) => {
  for (const renewing of [false, true]) {
    const f = await holder();
    if (renewing) f.wire.script('lease.write', hangs);
    await f.clock.advance(10_000);
    f.done.abort(new Error('done'));
    await f.holding;
    t.false(f.heldLease.signal.aborted);
    t.deepEqual(f.logged('lease.lost'), []);
    t.deepEqual(f.logged('lease.renewalFailed'), []);
  }
});

test('a lease that is released is free at the next look', async (t) => {
  const f = await holder();
  await f.clock.advance(10_000);
  f.done.abort();
  await f.holding;
  await f.leaseManager.release(testContext());
  t.deepEqual(leaseIn(f), { holder: '', version: 3, fence: 1, durationMs: 30_000 });
  t.like(await f.leaseManagerOf('host-b').tryAcquire(testContext()), { heldLease: { fence: 2 } });
});

test('a lease is released even if it was being renewed just then, and the renewal took effect unheard', async (t) => {
  const f = await holder();
  f.wire.script('lease.write', (work, next, context) => {
    void work(next);
    return hangs(work, next, context);
  });
  await f.clock.advance(10_000);
  f.done.abort();
  await f.holding;
  await f.leaseManager.release(testContext());
  t.like(leaseIn(f), { holder: '', fence: 1 });
});

test('a lease that another holds by now is not released', async (t) => {
  const f = await holder();
  const taken = { holder: 'host-b', version: 2, fence: 2, durationMs: 30_000 };
  f.state.leases.set('conversations', taken);
  f.done.abort();
  await f.holding;
  await f.leaseManager.release(testContext());
  t.deepEqual(leaseIn(f), taken);
});

test('a lease that was lost, or released already, is not released again', async (t) => {
  const f = await holder();
  f.heldLease.end('it was taken by host-b');
  await f.holding;
  const calls = f.wire.names.length;
  await f.leaseManager.release(testContext());
  t.is(f.wire.names.length, calls);
});

test('a lease that cannot be released ends by itself, and the log says so', async (t) => {
  const f = await holder();
  f.done.abort();
  await f.holding;
  f.wire.script('lease.write', table());
  await f.leaseManager.release(testContext());
  t.like(f.logged('lease.releaseFailed'), [{ level: 'warn', stream: 'conversations' }]);
  await f.leaseManager.release(testContext());
  t.is(f.logged('lease.releaseFailed').length, 1);
});

test('a poller that lost its lease says lease.standby once more', async (t) => {
  const f = await holder();
  f.state.leases.set('conversations', { holder: 'host-b', version: 2, fence: 2, durationMs: 30_000 });
  await f.clock.advance(10_000);
  await f.holding;
  const stop = new AbortController();
  const ended = t.throwsAsync(standBy(f.leaseManager, { stop: stop.signal }));
  await f.clock.advance(10_000);
  t.like(f.logged('lease.standby'), [{ holder: 'host-b' }]);
  t.is(f.logged('lease.standby').length, 1);
  stop.abort(new Error('stopped'));
  await ended;
});

test('a lease of our own that we could not renew in time is taken again at once when the table is back', async (t) => {
  const f = await holder();
  f.wire.always('lease.write', table());
  await f.clock.advance(25_000);
  await f.holding;
  f.wire.always('lease.write', undefined);
  t.like(await f.leaseManager.tryAcquire(testContext()), { heldLease: { fence: 2 } });
});

test('an hour of renewals leaves no listener behind', async (t) => {
  const f = await holder();
  const asked = new Set<AbortSignal>([f.done.signal, f.heldLease.signal]);
  const sleep = f.clock.sleep.bind(f.clock);
  f.clock.sleep = (ms, signal) => {
    if (signal) asked.add(signal);
    return sleep(ms, signal);
  };
  await f.clock.advance(3_600_000);
  t.is(leaseIn(f)?.version, 361);
  const listeners = () => [...asked].map((signal) => getEventListeners(signal, 'abort').length);
  t.true(Math.max(...listeners()) <= 1);
  f.done.abort();
  await f.holding;
  t.is(Math.max(...listeners()), 0);
});

/** A process that has left its lease to its next worker, and the manager of that worker. */
async function leaving(keepsLease = () => false) {
  const f = fixture({ autoAdvance: false });
  const { options } = f.leaseManagerOf('host-a');
  const first = new LeaseManager({ ...options, keepsLease: () => true });
  await first.tryAcquire(testContext());
  await first.release(testContext());
  const next = new LeaseManager({ ...options, keepsLease, mayBeInherited: true });
  return { ...f, next };
}

test('a lease that was left to a worker that never began is free at once', async (t) => {
  const f = await leaving();
  t.is(leaseIn(f)?.holder, 'host-a');
  await f.next.releaseInherited(testContext());
  t.is(leaseIn(f)?.holder, '');
  t.truthy(await f.leaseManagerOf('host-f').tryAcquire(testContext()));
  await f.next.releaseInherited(testContext());
  t.is(leaseIn(f)?.holder, 'host-f');
});

test('a lease that was left goes on to the worker after the one that never began', async (t) => {
  const f = await leaving(() => true);
  await f.next.releaseInherited(testContext());
  t.is(leaseIn(f)?.holder, 'host-a');
});

test('a lease that another has taken meanwhile, or under which work has begun, is not taken for one that was left', async (t) => {
  const taken = await leaving();
  const other = { holder: 'host-f', version: 9, fence: 4, durationMs: 30_000 };
  taken.state.leases.set('conversations', other);
  await taken.next.releaseInherited(testContext());
  t.deepEqual(leaseIn(taken), other);

  const begun = await leaving();
  await begun.next.tryAcquire(testContext());
  await begun.next.releaseInherited(testContext());
  t.is(leaseIn(begun)?.holder, 'host-a');

  const standby = fixture();
  await standby.leaseManagerOf('host-a').releaseInherited(testContext());
  t.deepEqual(standby.wire.names, []);
});

test('a lease that was stored by a write without an answer is released', async (t) => {
  const f = fixture();
  const leaseManager = f.leaseManagerOf('host-a');
  f.wire.script('lease.write', answerLost(trouble('table.unavailable')));
  await t.throwsAsync(leaseManager.tryAcquire(testContext()));
  t.is(leaseIn(f)?.holder, 'host-a');
  await leaseManager.releaseInherited(testContext());
  t.is(leaseIn(f)?.holder, '');
});

test('a lease whose acquisition was cut off is released, and where the table cannot be read the log says so', async (t) => {
  const f = fixture();
  const leaseManager = f.leaseManagerOf('host-a');
  f.wire.script('checkpoint.fence', table());
  await t.throwsAsync(leaseManager.tryAcquire(testContext()));
  t.is(leaseIn(f)?.holder, 'host-a');
  f.wire.script('lease.read', table());
  await leaseManager.releaseInherited(testContext());
  t.like(f.logged('lease.releaseFailed'), [{ level: 'warn', stream: 'conversations' }]);
  await leaseManager.releaseInherited(testContext());
  t.is(leaseIn(f)?.holder, '');
});
