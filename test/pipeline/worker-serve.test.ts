import test from 'ava';
import { LeaseManager } from '../../src/lease/lease-manager.ts';
import { releaseInherited, serve } from '../../src/pipeline/worker.ts';
import { testContext } from '../support/request-context.ts';
import { fails, hangs, takes, trouble } from '../support/wire.ts';
import { ALLOWED, at, CHECKPOINT, conversation, type Fixture, fixture, MINUTE, raisable, SECOND } from './fixture.ts';

/** A poller that serves the stream from ten o'clock on, up to date until ten to ten. */
function poller(prepare: (f: Fixture) => void = () => undefined) {
  const f = fixture({ autoAdvance: false });
  f.state.checkpoints.set('conversations', CHECKPOINT);
  prepare(f);
  const { cycle, ticker } = f;
  const raise = raisable();
  let over = false;
  const serving = serve(
    { cycle, leaseManager: f.leaseManagerOf('host-a'), ticker, allowedMs: ALLOWED },
    raise.signals,
  ).then(() => {
    over = true;
  });
  /** It is time to poll, a minute later. */
  const tick = async () => {
    await f.clock.advance(MINUTE);
    ticker.tick();
    await f.clock.advance(0);
  };
  return { ...f, ...raise, serving, tick, isOver: () => over };
}

const leaseIn = ({ state }: Pick<Fixture, 'state'>) => state.leases.get('conversations');
const windows = ({ logged }: Pick<Fixture, 'logged'>) =>
  logged('cycle.completed').map((line) => String(line.windowEnd).slice(11, 16));

test('it polls at once when the lease is its own, and then with every tick', async (t) => {
  const f = poller();
  await f.clock.advance(0);
  t.deepEqual(windows(f), ['09:59']);
  t.like(f.logged('cycle.completed'), [{ nextDue: '2026-11-20T10:00:30.000Z' }]);
  await f.tick();
  t.deepEqual(windows(f), ['09:59', '10:00']);
  await f.tick();
  t.deepEqual(windows(f), ['09:59', '10:00', '10:01']);
  f.stop();
  await f.serving;
});

test('between ticks it renews its lease and polls nothing', async (t) => {
  const f = poller();
  await f.clock.advance(10 * MINUTE);
  t.is(windows(f).length, 1);
  t.is(leaseIn(f)?.version, 61);
  f.stop();
  await f.serving;
});

test('a failed cycle ends nothing: the next tick reads the same window again', async (t) => {
  const f = poller(({ source, wire }) => {
    source.pagesOf = () => [[conversation('c1')]];
    wire.script('source.page', fails(trouble('genesys.unreachable')), fails(new TypeError('a defect')));
  });
  await f.clock.advance(0);
  await f.tick();
  t.is(f.logged('cycle.failed').length, 2);
  t.is(f.state.checkpoints.get('conversations')?.watermark, at('09:50'));
  await f.tick();
  t.deepEqual(f.published(), ['c1']);
  f.stop();
  await f.serving;
});

test('trouble with the state table is logged and outlasted with growing pauses', async (t) => {
  const f = poller(({ wire }) => wire.always('lease.read', fails(trouble('table.unavailable'))));
  await f.clock.advance(48 * SECOND);
  t.is(f.logged('cycle.failed').length, 7);
  await f.clock.advance(9 * MINUTE);
  t.is(f.logged('cycle.failed').length, 19);
  t.false(f.isOver());
  f.wire.always('lease.read', undefined);
  await f.clock.advance(MINUTE);
  t.deepEqual(windows(f), ['10:09']);
  f.stop();
  await f.serving;
});

test('a standby polls nothing until the lease is its own', async (t) => {
  const f = poller(({ state }) => {
    state.leases.set('conversations', { holder: 'host-b', version: 5, fence: 2, durationMs: 30_000 });
  });
  await f.clock.advance(29 * SECOND);
  t.deepEqual(f.wire.sent('source.page'), []);
  t.is(f.logged('lease.standby').length, 1);
  await f.clock.advance(SECOND);
  t.is(windows(f).length, 1);
  t.like(leaseIn(f), { holder: 'host-a', fence: 3 });
  f.stop();
  await f.serving;
});

test('a poller whose lease was taken stands by again, and polls again when it is free', async (t) => {
  const f = poller();
  await f.clock.advance(0);
  const taken = { holder: 'host-b', version: 9, fence: 3, durationMs: 30_000 };
  f.state.leases.set('conversations', taken);
  await f.clock.advance(11 * SECOND);
  t.is(f.logged('lease.lost').length, 1);
  t.is(f.logged('lease.standby').length, 1);
  f.state.leases.set('conversations', { ...taken, holder: '', version: 10 });
  await f.clock.advance(3 * SECOND);
  t.like(f.logged('lease.acquired'), [{ fence: 2 }, { fence: 4 }]);
  t.is(windows(f).length, 2);
  f.stop();
  await f.serving;
});

test('a poller that comes back goes on from the checkpoint that others have moved meanwhile', async (t) => {
  const f = poller();
  await f.clock.advance(0);
  f.state.leases.set('conversations', { holder: '', version: 9, fence: 2, durationMs: 30_000 });
  f.state.checkpoints.set('conversations', { ...CHECKPOINT, watermark: at('09:59:05'), fence: 2 });
  await f.clock.advance(15 * SECOND);
  t.is(f.logged('cycle.completed').at(-1)?.windowStart, '2026-11-20T09:54:05.000Z');
  f.stop();
  await f.serving;
});

test('on stop between two polls the lease is released, and a standby has it with its next look', async (t) => {
  const f = poller();
  await f.clock.advance(0);
  f.stop();
  await f.serving;
  t.is(leaseIn(f)?.holder, '');
  t.truthy(await f.leaseManagerOf('host-b').tryAcquire(testContext()));
});

test('on stop in the middle of a cycle what was read is delivered before the lease is released', async (t) => {
  const f = poller(({ source, wire, clock }) => {
    source.pagesOf = () => [[conversation('c1')], [conversation('c2')]];
    wire.script('source.page', undefined, hangs);
    wire.always('bus.put', takes(40 * SECOND, clock));
  });
  await f.clock.advance(0);
  f.stop();
  await f.clock.advance(39 * SECOND);
  t.false(f.isOver());
  t.is(leaseIn(f)?.holder, 'host-a');
  await f.clock.advance(SECOND);
  await f.serving;
  t.deepEqual(f.published(), ['c1']);
  t.is(f.table.items.size, 1);
  t.is(f.state.checkpoints.get('conversations')?.watermark, at('09:50'));
  t.is(leaseIn(f)?.holder, '');
});

test('on stop while standing by nothing is written', async (t) => {
  const other = { holder: 'host-b', version: 5, fence: 2, durationMs: 30_000 };
  const f = poller(({ state }) => void state.leases.set('conversations', other));
  await f.clock.advance(5 * SECOND);
  f.stop();
  await f.serving;
  t.deepEqual(leaseIn(f), other);
});

test('on abort it ends at once, whatever hangs; the lease ends by itself', async (t) => {
  const f = poller(({ source, wire }) => {
    source.pagesOf = () => [[conversation('c1')]];
    wire.script('bus.put', hangs);
  });
  await f.clock.advance(0);
  f.stop();
  f.abort();
  await f.serving;
  t.is(leaseIn(f)?.holder, 'host-a');
  t.is(f.logged('lease.releaseFailed').length, 1);
  t.is(f.state.checkpoints.get('conversations')?.watermark, at('09:50'));
});

test('a poller stopped before it began does nothing', async (t) => {
  const f = fixture();
  const { signals, stop } = raisable();
  stop();
  await serve(
    {
      cycle: f.cycle,
      leaseManager: f.leaseManagerOf('host-a'),
      ticker: f.ticker,
      allowedMs: ALLOWED,
    },
    signals,
  );
  t.deepEqual(f.wire.names, []);
});

test('a ticker that breaks is a defect that comes out, and the lease is released', async (t) => {
  const f = poller(({ wire }) => wire.always('ticker.next', fails(new Error('no such schedule'))));
  await t.throwsAsync(f.serving, { message: 'no such schedule' });
  t.is(leaseIn(f)?.holder, '');
});

test('work that breaks while IDs are unrecorded records them before the lease is released', async (t) => {
  const f = poller(({ wire, source }) => {
    source.pagesOf = () => [[conversation('c1')]];
    wire.script('ids.write', fails(trouble('table.unavailable')));
    wire.always('ticker.next', fails(new Error('no such schedule')));
  });
  await t.throwsAsync(f.serving, { message: 'no such schedule' });
  t.is(f.table.items.size, 1);
  t.true(f.wire.names.lastIndexOf('ids.write') < f.wire.names.lastIndexOf('lease.write'));
});

test('leases left to workers that never began are released, those of their companions too', async (t) => {
  const f = fixture();
  const { options } = f.leaseManagerOf('host-a');
  const lease = { holder: 'host-a', version: 1, fence: 1, durationMs: 30_000 };
  const workerOf = (stream: string) => {
    f.state.leases.set(stream, lease);
    const leaseManager = new LeaseManager({ ...options, stream, mayBeInherited: true });
    return { cycle: f.cycle, leaseManager, ticker: f.ticker, allowedMs: ALLOWED };
  };
  const companion = workerOf('reconciliation');
  await releaseInherited([{ ...workerOf('conversations'), companion }, workerOf('event-log')], testContext());
  t.deepEqual(
    [...f.state.leases.values()].map(({ holder }) => holder),
    ['', '', ''],
  );
});
