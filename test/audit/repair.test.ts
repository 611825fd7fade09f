import test from 'ava';
import { repairing } from '../../src/audit/repair.ts';
import { Failure } from '../../src/domain/failure.ts';
import { LeaseManager } from '../../src/lease/lease-manager.ts';
import { CycleStats } from '../../src/pipeline/cycle-stats.ts';
import { eventOf, eventsOf, fixture, MINUTE, raisable } from '../pipeline/fixture.ts';
import { fails, refuses, takes, trouble } from '../support/wire.ts';

function desk() {
  const f = fixture({ autoAdvance: false });
  const stats = new CycleStats();
  const { signals, stop } = raisable();
  const leaseManagerOf = (holder: string) => new LeaseManager({ ...f, stream: 'backfill', holder, durationMs: 30_000 });
  const primed: string[] = [];
  const names = { prime: () => void primed.push('names'), of: () => ({ disposition: 'sold' }) };
  const options = {
    cycle: { ...f.cycle, names },
    leaseManager: leaseManagerOf('host-a'),
    stats,
  };
  return { ...f, stats, signals, stop, options, primed, leaseManagerOf };
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (reason) => reason,
  );
}

test('what is given is looked up, published and recorded, in this order, under the lease of backfill', async (t) => {
  const d = desk();
  const result = await repairing(d.options, d.signals, async (publish) => {
    t.is(d.state.leases.get('backfill')?.holder, 'host-a');
    await publish(eventsOf(3));
    t.is(d.table.items.size, 3);
    await publish([eventOf('e4')]);
    return 'done';
  });
  t.is(result, 'done');
  t.deepEqual(d.bus.acceptedIds, ['e1', 'e2', 'e3', 'e4']);
  const steps = ['ids.read', 'bus.put', 'ids.write'];
  t.deepEqual(
    d.wire.names.filter((name) => steps.includes(name)),
    [...steps, ...steps],
  );
  t.is(d.state.leases.get('backfill')?.holder, '');
  t.is(d.stats.published, 4);
  const [entry] = d.bus.accepted;
  t.like(JSON.parse(entry?.detail ?? ''), { metadata: { stream: 'backfill' }, names: { disposition: 'sold' } });
  t.deepEqual(d.primed, ['names']);
});

test('where a backfill stands is left as it is', async (t) => {
  const d = desk();
  const checkpoint = { watermark: 5, origin: 1, fence: 3, updatedAt: 7 };
  d.state.checkpoints.set('backfill', checkpoint);
  await repairing(d.options, d.signals, (publish) => publish(eventsOf(1)));
  t.like(d.state.checkpoints.get('backfill'), { watermark: 5, origin: 1, updatedAt: 7 });
});

test('what another process has published meanwhile is not published again', async (t) => {
  const d = desk();
  d.table.items.set('e2', { id: 'e2', expiresAt: Number.POSITIVE_INFINITY });
  await repairing(d.options, d.signals, (publish) => publish(eventsOf(3)));
  t.deepEqual(d.bus.acceptedIds, ['e1', 'e3']);
  t.like(d.stats, { published: 2, duplicates: 1, deadLettered: 0 });
});

test('what the bus refuses becomes a dead letter of backfill, and the rest goes on', async (t) => {
  const d = desk();
  d.wire.script(
    'bus.put',
    refuses('MalformedDetail', ({ event }) => event.id === 'e2'),
  );
  await repairing(d.options, d.signals, (publish) => publish(eventsOf(3)));
  t.deepEqual(d.bus.acceptedIds, ['e1', 'e3']);
  t.like(d.stats, { published: 2, duplicates: 0, deadLettered: 1 });
  t.deepEqual(
    [...d.state.deadLetters.values()].map(({ id }) => id),
    ['e2'],
  );
});

test('while a backfill is active nothing is read or published', async (t) => {
  const d = desk();
  const other = d.leaseManagerOf('host-b');
  const context = { signal: new AbortController().signal, count: () => undefined };
  t.truthy(await other.tryAcquire(context));
  d.wire.always('lease.read', async (work, stream) => {
    // It lives: its version moves.
    const lease = d.state.leases.get(stream);
    if (lease) d.state.leases.set(stream, { ...lease, version: lease.version + 1 });
    return work(stream);
  });
  const repair = rejection(repairing(d.options, d.signals, async () => t.fail()));
  await d.clock.advance(MINUTE);
  const failure = await repair;
  t.true(failure instanceof Failure && failure.code === 'lease.held');
});

test('a stop ends the reading, while what was given before is delivered', async (t) => {
  const d = desk();
  const failure = await rejection(
    repairing(d.options, d.signals, async (publish, context) => {
      d.stop();
      await publish(eventsOf(2));
      context.signal.throwIfAborted();
    }),
  );
  t.is(failure, d.signals.stop.reason);
  t.deepEqual(d.bus.acceptedIds, ['e1', 'e2']);
  t.is(d.table.items.size, 2);
  t.is(d.state.leases.get('backfill')?.holder, '');
});

test('without the lease nothing is published any more, and reading ends', async (t) => {
  const d = desk();
  let readingEnded = false;
  const failure = await rejection(
    repairing(d.options, d.signals, async (publish, context) => {
      d.wire.always('lease.write', fails(trouble('table.unavailable')));
      d.clock.pause(30_000);
      await publish(eventsOf(1)).finally(() => {
        readingEnded = context.signal.aborted;
      });
    }),
  );
  t.true(failure instanceof Failure && failure.code === 'lease.lost');
  t.true(readingEnded);
  t.deepEqual(d.bus.acceptedIds, []);
});

test('a bus that denies access ends it with that failure, and what was accepted before is recorded', async (t) => {
  const d = desk();
  d.wire.script('bus.put', undefined, fails(trouble('bus.denied')));
  const failure = await rejection(repairing(d.options, d.signals, (publish) => publish(eventsOf(12))));
  t.true(failure instanceof Failure && failure.code === 'bus.denied');
  t.is(d.table.items.size, 10);
  t.is(d.stats.published, 10);
});

test('of a page of many events, of which one call fails, everything that was accepted is recorded before the lease is released', async (t) => {
  const d = desk();
  const slow = takes(1_000, d.clock);
  d.wire.script('bus.put', slow, slow, fails(trouble('bus.denied')), slow);
  const repair = rejection(repairing(d.options, d.signals, (publish) => publish(eventsOf(250))));
  await d.clock.advance(MINUTE);
  const failure = await repair;
  t.true(failure instanceof Failure && failure.code === 'bus.denied');
  t.is(d.bus.accepted.length, 30);
  t.deepEqual([...d.table.items.keys()].sort(), [...d.bus.acceptedIds].sort());
  t.is(d.stats.published, 30);
  t.true(d.wire.names.lastIndexOf('ids.write') < d.wire.names.lastIndexOf('lease.write'));
  t.is(d.state.leases.get('backfill')?.holder, '');
});

test('what is on the bus and could not be recorded is recorded before the lease is released, or the log says so', async (t) => {
  for (const isHealed of [true, false]) {
    const d = desk();
    d.wire.script('ids.write', fails(trouble('table.unavailable')));
    if (!isHealed) d.wire.always('ids.write', fails(trouble('table.unavailable')));
    const failure = await rejection(repairing(d.options, d.signals, (publish) => publish(eventsOf(3))));
    t.true(failure instanceof Failure && failure.code === 'table.unavailable');
    t.is(d.table.items.size, isHealed ? 3 : 0);
    t.is(d.logged('ids.notRecorded').length, isHealed ? 0 : 1);
    t.true(d.wire.names.lastIndexOf('ids.write') < d.wire.names.lastIndexOf('lease.write'));
    t.is(d.state.leases.get('backfill')?.holder, '');
  }
});
