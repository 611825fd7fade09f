import { getEventListeners } from 'node:events';
import test from 'ava';
import type { Failure } from '../../src/domain/failure.ts';
import { type Bench, bench, standBy } from '../pipeline/bench.ts';
import { testContext } from '../support/request-context.ts';
import { answerLost, during, fails, hangs, takes, trouble } from '../support/wire.ts';

/** A poller that has just taken the lease, at 0 ms, and holds it. */
async function holder() {
  const b = bench({ autoAdvance: false });
  const leaseManager = b.leaseManagerOf('host-a');
  const acquired = await leaseManager.tryAcquire(testContext());
  if (!acquired) throw new Error('the lease was not acquired');
  const { heldLease } = acquired;
  const done = new AbortController();
  let over = false;
  const holding = leaseManager.renewUntil(heldLease, testContext(done.signal)).then(() => {
    over = true;
  });
  return { ...b, leaseManager, heldLease, done, holding, isOver: () => over };
}

const leaseIn = ({ state }: Pick<Bench, 'state'>) => state.leases.get('conversations');
const whyLost = (signal: AbortSignal) => (signal.reason as Failure).message;
const table = () => fails(trouble('table.unavailable'));

test('a lease is renewed every third of its duration, and each renewal is time to publish in', async (t) => {
  const b = await holder();
  await b.clock.advance(9_999);
  t.is(leaseIn(b)?.version, 1);
  await b.clock.advance(1);
  t.is(leaseIn(b)?.version, 2);
  t.is(b.heldLease.remaining, 25_000);
  await b.clock.advance(50_000);
  t.is(leaseIn(b)?.version, 7);
  t.is(leaseIn(b)?.fence, 1);
  t.notThrows(b.heldLease.mayPublish);
});

test('the time to publish counts from before a renewal was sent, not from its answer', async (t) => {
  const b = await holder();
  b.wire.script('lease.write', takes(4_000, b.clock));
  await b.clock.advance(14_000);
  t.is(leaseIn(b)?.version, 2);
  t.is(b.heldLease.remaining, 21_000);
});

test('a holder that cannot renew stops publishing before its lease can be taken', async (t) => {
  const b = await holder();
  b.wire.always('lease.write', table());
  const other = b.leaseManagerOf('host-b');
  t.is(await other.tryAcquire(testContext()), undefined);
  await b.clock.advance(24_999);
  t.notThrows(b.heldLease.mayPublish);
  await b.clock.advance(1);
  t.throws(b.heldLease.mayPublish, { message: /could not be renewed in time/ });
  b.wire.always('lease.write', undefined);
  await b.clock.advance(4_999);
  t.is(await other.tryAcquire(testContext()), undefined);
  await b.clock.advance(1);
  t.truthy(await other.tryAcquire(testContext()));
});

test('a renewal that fails is tried again every tenth of the duration, and what comes of it is logged', async (t) => {
  const b = await holder();
  b.wire.script('lease.write', table(), table());
  await b.clock.advance(15_999);
  t.is(leaseIn(b)?.version, 1);
  await b.clock.advance(1);
  t.is(leaseIn(b)?.version, 2);
  t.is(b.heldLease.remaining, 25_000);
  t.like(b.logged('lease.renewalFailed'), [
    { level: 'warn', stream: 'conversations', code: 'table.unavailable', remainingMs: 15_000 },
    { remainingMs: 12_000 },
  ]);
  t.deepEqual(b.logged('lease.lost'), []);
});

test('a renewal whose answer was lost is recognised as our own, and the lease is held on', async (t) => {
  const b = await holder();
  b.wire.script('lease.write', answerLost(trouble('table.unavailable')));
  await b.clock.advance(13_000);
  t.like(leaseIn(b), { holder: 'host-a', version: 3, fence: 1 });
  t.is(b.heldLease.remaining, 25_000);
  t.deepEqual(b.logged('lease.lost'), []);
});

test('a lease that another has taken ends the right to publish at once, and says who has it', async (t) => {
  const b = await holder();
  b.state.leases.set('conversations', { holder: 'host-b', version: 2, fence: 2, durationMs: 30_000 });
  await b.clock.advance(10_000);
  await b.holding;
  t.regex(whyLost(b.heldLease.signal), /it was taken by host-b/);
  t.like(b.logged('lease.lost'), [{ level: 'warn', stream: 'conversations', fence: 1 }]);
  t.is(leaseIn(b)?.holder, 'host-b');
});

test('a lease that another has taken and released, or that was removed, ends the right to publish too', async (t) => {
  for (const stored of [{ holder: '', version: 3, fence: 2, durationMs: 30_000 }, undefined]) {
    const b = await holder();
    if (stored) b.state.leases.set('conversations', stored);
    else b.state.leases.delete('conversations');
    await b.clock.advance(10_000);
    await b.holding;
    t.regex(whyLost(b.heldLease.signal), /it was taken by an unknown holder/);
  }
});

test('a renewal that hangs is ended with the time to publish', async (t) => {
  const b = await holder();
  b.wire.always('lease.write', hangs);
  await b.clock.advance(24_999);
  t.false(b.isOver());
  await b.clock.advance(1);
  t.true(b.isOver());
  t.regex(whyLost(b.heldLease.signal), /could not be renewed in time/);
  t.is(b.logged('lease.lost').length, 1);
});

test('a holder that was paused past its time renews nothing: it stands back, even if no other has taken the lease', async (t) => {
  const b = await holder();
  b.clock.pause(25_000);
  await b.clock.advance(0);
  await b.holding;
  t.is(leaseIn(b)?.version, 1);
  t.true(b.heldLease.signal.aborted);
});

test('an answer that comes after a pause revives no right to publish', async (t) => {
  const b = await holder();
  b.wire.script(
    'lease.write',
    during(() => b.clock.pause(60_000)),
  );
  await b.clock.advance(10_000);
  t.throws(b.heldLease.mayPublish, { message: /could not be renewed in time/ });
  await b.holding;
});

test('an end that comes from elsewhere ends the renewing', async (t) => {
  const b = await holder();
  b.heldLease.end('another poller has moved the checkpoint');
  await b.holding;
  t.like(b.logged('lease.lost'), [{ fence: 1 }]);
});

test('a holder that is done stops renewing without a word, whether it waits or renews', async (t) => {
  for (const renewing of [false, true]) {
    const b = await holder();
    if (renewing) b.wire.script('lease.write', hangs);
    await b.clock.advance(10_000);
    b.done.abort(new Error('done'));
    await b.holding;
    t.false(b.heldLease.signal.aborted);
    t.deepEqual(b.logged('lease.lost'), []);
    t.deepEqual(b.logged('lease.renewalFailed'), []);
  }
});

test('a lease that is released is free at the next look', async (t) => {
  const b = await holder();
  await b.clock.advance(10_000);
  b.done.abort();
  await b.holding;
  await b.leaseManager.release(testContext());
  t.deepEqual(leaseIn(b), { holder: '', version: 3, fence: 1, durationMs: 30_000 });
  t.like(await b.leaseManagerOf('host-b').tryAcquire(testContext()), { heldLease: { fence: 2 } });
});

test('a lease is released even if it was being renewed just then, and the renewal took effect unheard', async (t) => {
  const b = await holder();
  b.wire.script('lease.write', (work, next, context) => {
    void work(next);
    return hangs(work, next, context);
  });
  await b.clock.advance(10_000);
  b.done.abort();
  await b.holding;
  await b.leaseManager.release(testContext());
  t.like(leaseIn(b), { holder: '', fence: 1 });
});

test('a lease that another holds by now is not released', async (t) => {
  const b = await holder();
  const taken = { holder: 'host-b', version: 2, fence: 2, durationMs: 30_000 };
  b.state.leases.set('conversations', taken);
  b.done.abort();
  await b.holding;
  await b.leaseManager.release(testContext());
  t.deepEqual(leaseIn(b), taken);
});

test('a lease that was lost, or released already, is not released again', async (t) => {
  const b = await holder();
  b.heldLease.end('it was taken by host-b');
  await b.holding;
  const calls = b.wire.names.length;
  await b.leaseManager.release(testContext());
  t.is(b.wire.names.length, calls);
});

test('a lease that cannot be released ends by itself, and the log says so', async (t) => {
  const b = await holder();
  b.done.abort();
  await b.holding;
  b.wire.script('lease.write', table());
  await b.leaseManager.release(testContext());
  t.like(b.logged('lease.releaseFailed'), [{ level: 'warn', stream: 'conversations' }]);
  await b.leaseManager.release(testContext());
  t.is(b.logged('lease.releaseFailed').length, 1);
});

test('a poller that lost its lease says lease.standby once more', async (t) => {
  const b = await holder();
  b.state.leases.set('conversations', { holder: 'host-b', version: 2, fence: 2, durationMs: 30_000 });
  await b.clock.advance(10_000);
  await b.holding;
  const stop = new AbortController();
  const ended = t.throwsAsync(standBy(b.leaseManager, { stop: stop.signal }));
  await b.clock.advance(10_000);
  t.like(b.logged('lease.standby'), [{ holder: 'host-b' }]);
  t.is(b.logged('lease.standby').length, 1);
  stop.abort(new Error('stopped'));
  await ended;
});

test('a lease of our own that we could not renew in time is taken again at once when the table is back', async (t) => {
  const b = await holder();
  b.wire.always('lease.write', table());
  await b.clock.advance(25_000);
  await b.holding;
  b.wire.always('lease.write', undefined);
  t.like(await b.leaseManager.tryAcquire(testContext()), { heldLease: { fence: 2 } });
});

test('an hour of renewals leaves no listener behind', async (t) => {
  const b = await holder();
  const asked = new Set<AbortSignal>([b.done.signal, b.heldLease.signal]);
  const sleep = b.clock.sleep.bind(b.clock);
  b.clock.sleep = (ms, signal) => {
    if (signal) asked.add(signal);
    return sleep(ms, signal);
  };
  await b.clock.advance(3_600_000);
  t.is(leaseIn(b)?.version, 361);
  const listeners = () => [...asked].map((signal) => getEventListeners(signal, 'abort').length);
  t.true(Math.max(...listeners()) <= 1);
  b.done.abort();
  await b.holding;
  t.is(Math.max(...listeners()), 0);
});
