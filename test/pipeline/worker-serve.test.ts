import test from 'ava';
import { serve } from '../../src/pipeline/worker.ts';
import { testContext } from '../support/request-context.ts';
import { fails, hangs, takes, trouble } from '../support/wire.ts';
import { ALLOWED, at, type Bench, bench, CHECKPOINT, conversation, MINUTE, raisable, SECOND } from './bench.ts';

/** A poller that serves the stream from ten o'clock on, up to date until ten to ten. */
function poller(prepare: (b: Bench) => void = () => undefined) {
  const b = bench({ autoAdvance: false });
  b.state.checkpoints.set('conversations', CHECKPOINT);
  prepare(b);
  const { cycle, ticker } = b;
  const raise = raisable();
  let over = false;
  const serving = serve(
    { cycle, leaseManager: b.leaseManagerOf('host-a'), ticker, allowedMs: ALLOWED },
    raise.signals,
  ).then(() => {
    over = true;
  });
  /** It is time to poll, a minute later. */
  const tick = async () => {
    await b.clock.advance(MINUTE);
    ticker.tick();
    await b.clock.advance(0);
  };
  return { ...b, ...raise, serving, tick, isOver: () => over };
}

const leaseIn = ({ state }: Pick<Bench, 'state'>) => state.leases.get('conversations');
const windows = ({ logged }: Pick<Bench, 'logged'>) =>
  logged('cycle.completed').map((line) => String(line.windowEnd).slice(11, 16));

test('it polls at once when the lease is its own, and then with every tick', async (t) => {
  const b = poller();
  await b.clock.advance(0);
  t.deepEqual(windows(b), ['09:59']);
  t.like(b.logged('cycle.completed'), [{ nextDue: '2026-11-20T10:00:30.000Z' }]);
  await b.tick();
  t.deepEqual(windows(b), ['09:59', '10:00']);
  await b.tick();
  t.deepEqual(windows(b), ['09:59', '10:00', '10:01']);
  b.stop();
  await b.serving;
});

test('between ticks it renews its lease and polls nothing', async (t) => {
  const b = poller();
  await b.clock.advance(10 * MINUTE);
  t.is(windows(b).length, 1);
  t.is(leaseIn(b)?.version, 61);
  b.stop();
  await b.serving;
});

test('a failed cycle ends nothing: the next tick reads the same window again', async (t) => {
  const b = poller(({ source, wire }) => {
    source.pagesOf = () => [[conversation('c1')]];
    wire.script('source.page', fails(trouble('genesys.unreachable')), fails(new TypeError('a defect')));
  });
  await b.clock.advance(0);
  await b.tick();
  t.is(b.logged('cycle.failed').length, 2);
  t.is(b.state.checkpoints.get('conversations')?.watermark, at('09:50'));
  await b.tick();
  t.deepEqual(b.published(), ['c1']);
  b.stop();
  await b.serving;
});

test('trouble with the state table is logged and outlasted with growing pauses', async (t) => {
  const b = poller(({ wire }) => wire.always('lease.read', fails(trouble('table.unavailable'))));
  await b.clock.advance(48 * SECOND);
  t.is(b.logged('cycle.failed').length, 7);
  await b.clock.advance(9 * MINUTE);
  t.is(b.logged('cycle.failed').length, 19);
  t.false(b.isOver());
  b.wire.always('lease.read', undefined);
  await b.clock.advance(MINUTE);
  t.deepEqual(windows(b), ['10:09']);
  b.stop();
  await b.serving;
});

test('a standby polls nothing until the lease is its own', async (t) => {
  const b = poller(({ state }) => {
    state.leases.set('conversations', { holder: 'host-b', version: 5, fence: 2, durationMs: 30_000 });
  });
  await b.clock.advance(29 * SECOND);
  t.deepEqual(b.wire.sent('source.page'), []);
  t.is(b.logged('lease.standby').length, 1);
  await b.clock.advance(SECOND);
  t.is(windows(b).length, 1);
  t.like(leaseIn(b), { holder: 'host-a', fence: 3 });
  b.stop();
  await b.serving;
});

test('a poller whose lease was taken stands by again, and polls again when it is free', async (t) => {
  const b = poller();
  await b.clock.advance(0);
  const taken = { holder: 'host-b', version: 9, fence: 3, durationMs: 30_000 };
  b.state.leases.set('conversations', taken);
  await b.clock.advance(11 * SECOND);
  t.is(b.logged('lease.lost').length, 1);
  t.is(b.logged('lease.standby').length, 1);
  b.state.leases.set('conversations', { ...taken, holder: '', version: 10 });
  await b.clock.advance(3 * SECOND);
  t.like(b.logged('lease.acquired'), [{ fence: 2 }, { fence: 4 }]);
  t.is(windows(b).length, 2);
  b.stop();
  await b.serving;
});

test('a poller that comes back goes on from the checkpoint that others have moved meanwhile', async (t) => {
  const b = poller();
  await b.clock.advance(0);
  b.state.leases.set('conversations', { holder: '', version: 9, fence: 2, durationMs: 30_000 });
  b.state.checkpoints.set('conversations', { ...CHECKPOINT, watermark: at('09:59:05'), fence: 2 });
  await b.clock.advance(15 * SECOND);
  t.is(b.logged('cycle.completed').at(-1)?.windowStart, '2026-11-20T09:54:05.000Z');
  b.stop();
  await b.serving;
});

test('on stop between two polls the lease is released, and a standby has it with its next look', async (t) => {
  const b = poller();
  await b.clock.advance(0);
  b.stop();
  await b.serving;
  t.is(leaseIn(b)?.holder, '');
  t.truthy(await b.leaseManagerOf('host-b').tryAcquire(testContext()));
});

test('on stop in the middle of a cycle what was read is delivered before the lease is released', async (t) => {
  const b = poller(({ source, wire, clock }) => {
    source.pagesOf = () => [[conversation('c1')], [conversation('c2')]];
    wire.script('source.page', undefined, hangs);
    wire.always('bus.put', takes(40 * SECOND, clock));
  });
  await b.clock.advance(0);
  b.stop();
  await b.clock.advance(39 * SECOND);
  t.false(b.isOver());
  t.is(leaseIn(b)?.holder, 'host-a');
  await b.clock.advance(SECOND);
  await b.serving;
  t.deepEqual(b.published(), ['c1']);
  t.is(b.table.items.size, 1);
  t.is(b.state.checkpoints.get('conversations')?.watermark, at('09:50'));
  t.is(leaseIn(b)?.holder, '');
});

test('on stop while standing by nothing is written', async (t) => {
  const other = { holder: 'host-b', version: 5, fence: 2, durationMs: 30_000 };
  const b = poller(({ state }) => void state.leases.set('conversations', other));
  await b.clock.advance(5 * SECOND);
  b.stop();
  await b.serving;
  t.deepEqual(leaseIn(b), other);
});

test('on abort it ends at once, whatever hangs; the lease ends by itself', async (t) => {
  const b = poller(({ source, wire }) => {
    source.pagesOf = () => [[conversation('c1')]];
    wire.script('bus.put', hangs);
  });
  await b.clock.advance(0);
  b.stop();
  b.abort();
  await b.serving;
  t.is(leaseIn(b)?.holder, 'host-a');
  t.is(b.logged('lease.releaseFailed').length, 1);
  t.is(b.state.checkpoints.get('conversations')?.watermark, at('09:50'));
});

test('a poller stopped before it began does nothing', async (t) => {
  const b = bench();
  const { signals, stop } = raisable();
  stop();
  await serve(
    {
      cycle: b.cycle,
      leaseManager: b.leaseManagerOf('host-a'),
      ticker: b.ticker,
      allowedMs: ALLOWED,
    },
    signals,
  );
  t.deepEqual(b.wire.names, []);
});

test('a ticker that breaks is a defect that comes out, and the lease is released', async (t) => {
  const b = poller(({ wire }) => wire.always('ticker.next', fails(new Error('no such schedule'))));
  await t.throwsAsync(b.serving, { message: 'no such schedule' });
  t.is(leaseIn(b)?.holder, '');
});

test('work that breaks while IDs are unrecorded records them before the lease is released', async (t) => {
  const b = poller(({ wire, source }) => {
    source.pagesOf = () => [[conversation('c1')]];
    wire.script('ids.write', fails(trouble('table.unavailable')));
    wire.always('ticker.next', fails(new Error('no such schedule')));
  });
  await t.throwsAsync(b.serving, { message: 'no such schedule' });
  t.is(b.table.items.size, 1);
  t.true(b.wire.names.lastIndexOf('ids.write') < b.wire.names.lastIndexOf('lease.write'));
});
