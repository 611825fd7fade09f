import test from 'ava';
import { Failure } from '../../src/domain/failure.ts';
import { LeaseManager } from '../../src/lease/lease-manager.ts';
import { type LeasePolicy, type LeaseRequest, withLease } from '../../src/lease/with-lease.ts';
import type { Lease } from '../../src/ports/state-store.ts';
import { type Fixture, fixture } from '../pipeline/fixture.ts';
import { answerLost, fails, trouble } from '../support/wire.ts';

const THEIRS: Lease = { holder: 'host-b:1:y', version: 7, fence: 3, durationMs: 30_000 };

function request(
  { state, clock, log, cycle }: Fixture,
  policy: LeasePolicy = 'exclusive',
  stop = new AbortController(),
): LeaseRequest {
  const holder = 'operator:host-a:1:x';
  const leaseManager = new LeaseManager({ state, stream: 's', holder, durationMs: 30_000, clock, log });
  const signals = { stop: stop.signal, abort: new AbortController().signal };
  return policy === 'standby'
    ? { leaseManager, policy, observer: cycle.observer, signals }
    : { leaseManager, policy, signals };
}

/** The other poller renews its lease, seen from 10 s on. */
function renewing(f: Fixture): void {
  f.state.leases.set('s', THEIRS);
  f.wire.always('lease.read', (work, stream) => {
    const stored = f.state.leases.get('s');
    if (f.clock.monotonic() >= 10_000 && stored) f.state.leases.set('s', { ...stored, version: stored.version + 1 });
    return work(stream);
  });
}

const POLICIES: readonly LeasePolicy[] = ['standby', 'once', 'exclusive'];

test('work is done under a fresh fence, and the lease is free before and after', async (t) => {
  const f = fixture({ autoAdvance: false });
  f.state.leases.set('s', { ...THEIRS, holder: '' });
  const done = await withLease(request(f), async ({ heldLease }) => {
    t.like(f.state.leases.get('s'), { holder: 'operator:host-a:1:x', fence: 4 });
    t.notThrows(heldLease.assertMayPublish);
    return heldLease.fence;
  });
  t.is(done, 4);
  t.is(f.state.leases.get('s')?.holder, '');
});

test('exclusive: a poller that renews its lease is active: nothing is done, and it is named', async (t) => {
  const f = fixture();
  renewing(f);
  const attempt = withLease(request(f), async () => t.fail());
  const failure = await t.throwsAsync(attempt, { instanceOf: Failure });
  t.is(failure.code, 'lease.held');
  t.regex(failure.message, /the stream s: host-b:1:y goes on renewing.*Stop that poller, standbys included/);
  // As soon as it is seen to be alive, and not only when a crashed one would be dead.
  t.true(f.clock.monotonic() < 30_000);
  t.is(f.state.leases.get('s')?.holder, 'host-b:1:y');
});

test('once: another run may still end by itself, so a live one is waited for as long as a crashed one', async (t) => {
  const f = fixture();
  renewing(f);
  const failure = await t.throwsAsync(
    withLease(request(f, 'once'), async () => t.fail()),
    { instanceOf: Failure },
  );
  t.is(failure.code, 'lease.held');
  t.regex(failure.message, /host-b:1:y goes on renewing.*let it do the work/);
  t.is(f.clock.monotonic(), 45_000);
});

test('once: what counts is the duration that the other holder wrote', async (t) => {
  const f = fixture({ autoAdvance: false });
  f.state.leases.set('s', { ...THEIRS, durationMs: 120_000 });
  let worked = false;
  const work = withLease(request(f, 'once'), async () => {
    worked = true;
  });
  await f.clock.advance(119_999);
  t.false(worked);
  await f.clock.advance(1);
  await work;
  t.true(worked);
});

test('standby: a live poller is waited for until the stop', async (t) => {
  const f = fixture({ autoAdvance: false });
  renewing(f);
  const stop = new AbortController();
  const attempt = t.throwsAsync(withLease(request(f, 'standby', stop), async () => t.fail()));
  await f.clock.advance(3_600_000);
  const reason = new Error('stopped by SIGTERM');
  stop.abort(reason);
  t.is(await attempt, reason);
});

for (const policy of POLICIES) {
  test(`${policy}: the lease of a crashed poller is taken when its time is over`, async (t) => {
    const f = fixture({ autoAdvance: false });
    f.state.leases.set('s', THEIRS);
    let worked = false;
    const work = withLease(request(f, policy), async () => {
      worked = true;
    });
    await f.clock.advance(29_999);
    t.false(worked);
    await f.clock.advance(1);
    await work;
    t.true(worked);
    t.is(f.state.leases.get('s')?.holder, '');
  });

  test(`${policy}: work that fails leaves the lease free, too`, async (t) => {
    const f = fixture({ autoAdvance: false });
    const error = new Error('no luck');
    const attempt = withLease(request(f, policy), async () => {
      throw error;
    });
    t.is(await t.throwsAsync(attempt), error);
    t.is(f.state.leases.get('s')?.holder, '');
  });
}

for (const policy of ['once', 'exclusive'] as const) {
  test(`${policy}: interrupted while the lease is written, the lease is left free`, async (t) => {
    const f = fixture();
    f.state.leases.set('s', { ...THEIRS, holder: '' });
    const reason = new Error('Ctrl-C');
    const stop = new AbortController();
    f.wire.script('lease.write', (work, lease) => {
      stop.abort(reason);
      return answerLost(reason)(work, lease);
    });
    t.is(await t.throwsAsync(withLease(request(f, policy, stop), async () => t.fail())), reason);
    t.like(f.state.leases.get('s'), { holder: '', fence: 4 });
  });
}

test('interrupted while it waits, nothing is done; interrupted while it works, the lease is left free', async (t) => {
  const reason = new Error('Ctrl-C');
  const f = fixture({ autoAdvance: false });
  f.state.leases.set('s', THEIRS);
  const waiting = new AbortController();
  const attempt = withLease(request(f, 'exclusive', waiting), async () => t.fail());
  await f.clock.advance(3_000);
  waiting.abort(reason);
  t.is(await t.throwsAsync(attempt), reason);

  f.state.leases.set('s', { ...THEIRS, holder: '' });
  const working = new AbortController();
  const interrupted = withLease(request(f, 'exclusive', working), async () => {
    working.abort(reason);
    working.signal.throwIfAborted();
  });
  t.is(await t.throwsAsync(interrupted), reason);
  t.is(f.state.leases.get('s')?.holder, '');
});

for (const policy of ['once', 'exclusive'] as const) {
  test(`${policy}: a table that cannot be used is a failure at once`, async (t) => {
    const f = fixture();
    f.wire.always('lease.read', fails(trouble('table.unavailable')));
    const attempt = withLease(request(f, policy), async () => t.fail());
    t.is((await t.throwsAsync<Failure>(attempt)).code, 'table.unavailable');
    t.is(f.clock.monotonic(), 0);
  });
}

test('a bounded wait says for which holder and for how long, once', async (t) => {
  for (const policy of ['once', 'exclusive'] as const) {
    const f = fixture();
    f.state.leases.set('s', THEIRS);
    await withLease(request(f, policy), async () => undefined);
    t.like(f.logged('lease.standby'), [
      {
        level: 'warn',
        msg: 'Another poller (host-b:1:y) holds the lease of s; waiting for it, 45 s at most',
        holder: 'host-b:1:y',
        fence: 3,
        leaseMs: 30_000,
        waitMs: 45_000,
      },
    ]);
    t.is(f.logged('lease.standby').length, 1);
  }
});

test('a lease that is free is taken without a word', async (t) => {
  for (const policy of POLICIES) {
    const f = fixture({ autoAdvance: false });
    await withLease(request(f, policy), async () => undefined);
    t.deepEqual(f.logged('lease.standby'), []);
  }
});

test('standby: a note is left at once, then hourly; none is left by a poller that works at once or only waits for a crashed one', async (t) => {
  const notes: unknown[] = [];
  const standbys = {
    noteStandby: async (...[stream, standby]: readonly unknown[]) => void notes.push([stream, standby]),
  };
  const f = fixture({ autoAdvance: false });
  renewing(f);
  const requestOf = (policy: LeasePolicy, stop = new AbortController()) => {
    const made = request(f, policy, stop);
    const options = { ...made.leaseManager.options, standbys, programVersion: '1.2.3' };
    return { ...made, leaseManager: new LeaseManager(options) };
  };
  const stop = new AbortController();
  const waiting = withLease(requestOf('standby', stop), async () => t.fail());
  await f.clock.advance(0);
  const at = f.clock.now();
  t.deepEqual(notes, [['s', { holder: 'operator:host-a:1:x', at, programVersion: '1.2.3' }]]);
  await f.clock.advance(3_599_999);
  t.is(notes.length, 1);
  await f.clock.advance(3_001);
  t.is(notes.length, 2);
  stop.abort(new Error('stopped'));
  await t.throwsAsync(waiting, { message: 'stopped' });

  const once = withLease(requestOf('once'), async () => t.fail()).catch((failure: unknown) => failure);
  await f.clock.advance(100_000);
  t.is(((await once) as Failure).code, 'lease.held');
  f.state.leases.set('s', { ...THEIRS, holder: '' });
  f.wire.always('lease.read', (work, stream) => work(stream));
  await withLease(requestOf('standby'), async ({ heldLease }) => {
    t.true(heldLease.remaining > 0);
    t.is(f.state.leases.get('s')?.programVersion, '1.2.3');
  });
  t.is(notes.length, 2);
});

test('standby: a note that cannot be written is trouble like any other with the table, and is tried again', async (t) => {
  const f = fixture({ autoAdvance: false });
  renewing(f);
  let tries = 0;
  const standbys = {
    noteStandby: async () => {
      if (++tries === 1) throw new Error('the table is full');
    },
  };
  const stop = new AbortController();
  const made = request(f, 'standby', stop);
  const leaseManager = new LeaseManager({ ...made.leaseManager.options, standbys });
  const waiting = withLease({ ...made, leaseManager }, async () => t.fail());
  await f.clock.advance(20_000);
  t.like(f.logged('cycle.failed'), [{ stream: 's', msg: 'the table is full' }]);
  t.is(tries, 2);
  stop.abort(new Error('stopped'));
  await t.throwsAsync(waiting);
});
