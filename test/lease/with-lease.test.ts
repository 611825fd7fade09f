import test from 'ava';
import { Failure } from '../../src/domain/failure.ts';
import { withLease } from '../../src/lease/with-lease.ts';
import type { Lease } from '../../src/ports/state-store.ts';
import { type Bench, bench } from '../pipeline/bench.ts';
import { testContext } from '../support/call.ts';
import { fails, trouble } from '../support/wire.ts';

const THEIRS: Lease = { holder: 'host-b:1:y', version: 7, fence: 3, durationMs: 30_000 };

function leaseOptions({ state, clock, log }: Bench) {
  return { state, holder: 'operator:host-a:1:x', durationMs: 30_000, clock, log };
}

test('work is done under a fresh fence, and the lease is free before and after', async (t) => {
  const b = bench({ autoAdvance: false });
  b.state.leases.set('s', { ...THEIRS, holder: '' });
  const done = await withLease('s', leaseOptions(b), testContext(), async ({ heldLease }) => {
    t.like(b.state.leases.get('s'), { holder: 'operator:host-a:1:x', fence: 4 });
    t.notThrows(heldLease.mayPublish);
    return heldLease.fence;
  });
  t.is(done, 4);
  t.is(b.state.leases.get('s')?.holder, '');
});

test('a poller that renews its lease is at work: nothing is done, and it is named', async (t) => {
  const b = bench();
  b.state.leases.set('s', THEIRS);
  b.wire.always('lease.read', (work, stream) => {
    const stored = b.state.leases.get('s');
    if (b.clock.monotonic() >= 10_000 && stored) b.state.leases.set('s', { ...stored, version: 8 });
    return work(stream);
  });
  const attempt = withLease('s', leaseOptions(b), testContext(), async () => t.fail());
  const failure = await t.throwsAsync(attempt, { instanceOf: Failure });
  t.is(failure.code, 'lease.held');
  t.regex(failure.message, /the stream s: host-b:1:y goes on renewing/);
  // As soon as it is seen to be alive, and not only when a crashed one would be dead.
  t.true(b.clock.monotonic() < 30_000);
  t.is(b.state.leases.get('s')?.holder, 'host-b:1:y');
});

test('the lease of a crashed poller is taken when its time is over', async (t) => {
  const b = bench({ autoAdvance: false });
  b.state.leases.set('s', THEIRS);
  let worked = false;
  const work = withLease('s', leaseOptions(b), testContext(), async () => {
    worked = true;
  });
  await b.clock.advance(29_999);
  t.false(worked);
  await b.clock.advance(1);
  await work;
  t.true(worked);
  t.is(b.state.leases.get('s')?.holder, '');
});

test('work that fails leaves the lease free, too', async (t) => {
  const b = bench({ autoAdvance: false });
  const error = new Error('no luck');
  const attempt = withLease('s', leaseOptions(b), testContext(), async () => {
    throw error;
  });
  t.is(await t.throwsAsync(attempt), error);
  t.is(b.state.leases.get('s')?.holder, '');
});

test('interrupted while it waits, nothing is done; interrupted at work, the lease is left free', async (t) => {
  const reason = new Error('Ctrl-C');
  const b = bench({ autoAdvance: false });
  b.state.leases.set('s', THEIRS);
  const waiting = new AbortController();
  const attempt = withLease('s', leaseOptions(b), testContext(waiting.signal), async () => t.fail());
  await b.clock.advance(3_000);
  waiting.abort(reason);
  t.is(await t.throwsAsync(attempt), reason);

  b.state.leases.set('s', { ...THEIRS, holder: '' });
  const working = new AbortController();
  const context = testContext(working.signal);
  await t.throwsAsync(
    withLease('s', leaseOptions(b), context, async () => {
      working.abort(reason);
      context.signal.throwIfAborted();
    }),
  );
  t.is(b.state.leases.get('s')?.holder, '');
});

test('a table that cannot be used is told', async (t) => {
  const b = bench();
  b.wire.always('lease.read', fails(trouble('table.unavailable')));
  const attempt = withLease('s', leaseOptions(b), testContext(), async () => t.fail());
  t.is((await t.throwsAsync<Failure>(attempt)).code, 'table.unavailable');
});
