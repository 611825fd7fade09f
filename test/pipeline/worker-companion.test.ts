import test from 'ava';
import type { StreamName } from '../../src/domain/streams.ts';
import { LeaseManager } from '../../src/lease/lease-manager.ts';
import { pollOnce, serve, type Worker } from '../../src/pipeline/worker.ts';
import type { Stream } from '../../src/ports/stream.ts';
import { FakeTicker } from '../support/fakes.ts';
import { fails, takes, trouble } from '../support/wire.ts';
import { ALLOWED, at, type Bench, bench, CHECKPOINT, conversation, MINUTE, raisable, SECOND } from './bench.ts';

const COMPANION: StreamName = 'reconciliation';

/** A poller of conversations with a companion that meets the same conversations, both on the same host. */
function pollers(prepare: (b: Bench) => void = () => undefined) {
  const b = bench({ autoAdvance: false });
  b.state.checkpoints.set('conversations', CHECKPOINT);
  b.state.checkpoints.set(COMPANION, { ...CHECKPOINT, watermark: at('09:30') });
  b.source.pagesOf = ({ start }) => [[conversation(start === at('09:45') ? 'fresh' : 'missed')]];
  prepare(b);
  const { state, clock, log } = b;
  const stream: Stream = { ...b.cycle.stream, name: COMPANION };
  const ticker = new FakeTicker(b.wire);
  const companion: Worker = {
    cycle: { ...b.cycle, stream },
    leaseManager: new LeaseManager({ state, stream: COMPANION, holder: 'host-a', durationMs: 30_000, clock, log }),
    ticker,
    allowedMs: ALLOWED,
  };
  const worker: Worker = {
    cycle: b.cycle,
    leaseManager: b.leaseManagerOf('host-a'),
    ticker: b.ticker,
    allowedMs: ALLOWED,
    companion,
  };
  const raise = raisable();
  return { ...b, ...raise, worker, companionTicker: ticker };
}

const holders = ({ state }: Pick<Bench, 'state'>) =>
  ['conversations', COMPANION].map((stream) => state.leases.get(stream)?.holder);
const cycles = ({ logged }: Pick<Bench, 'logged'>) => logged('cycle.completed').map((line) => line.stream);

test('a companion begins when the first poll is over, whether that went well or not', async (t) => {
  for (const fault of [undefined, fails(trouble('genesys.unreachable'))]) {
    const b = pollers(({ wire, clock }) => {
      wire.script('source.page', fault ?? takes(10 * SECOND, clock));
    });
    const serving = serve(b.worker, b.signals);
    await b.clock.advance(fault ? 0 : 9_999);
    if (!fault) t.deepEqual(holders(b), ['host-a', undefined]);
    await b.clock.advance(1);
    t.deepEqual(holders(b), ['host-a', 'host-a']);
    t.is(cycles(b).at(-1), COMPANION);
    t.true(b.published().includes('missed'));
    b.stop();
    await serving;
  }
});

test('each of the two polls with its own ticks', async (t) => {
  const b = pollers();
  const serving = serve(b.worker, b.signals);
  await b.clock.advance(MINUTE);
  t.deepEqual(cycles(b), ['conversations', COMPANION]);
  b.ticker.tick();
  await b.clock.advance(MINUTE);
  t.deepEqual(cycles(b), ['conversations', COMPANION, 'conversations']);
  b.companionTicker.tick();
  await b.clock.advance(0);
  t.deepEqual(cycles(b), ['conversations', COMPANION, 'conversations', COMPANION]);
  b.stop();
  await serving;
});

test('on stop both leases are released', async (t) => {
  const b = pollers();
  const serving = serve(b.worker, b.signals);
  await b.clock.advance(0);
  b.stop();
  await serving;
  t.deepEqual(holders(b), ['', '']);
});

test('when the lease above is lost the companion publishes nothing more, though its own lease stands', async (t) => {
  const b = pollers();
  const serving = serve(b.worker, b.signals);
  await b.clock.advance(9 * SECOND);
  b.state.leases.set('conversations', { holder: 'host-b', version: 9, fence: 9, durationMs: 30_000 });
  b.source.pagesOf = () => [[conversation('late')]];
  b.wire.script('ids.read', takes(5 * SECOND, b.clock));
  b.clock.step(MINUTE);
  b.companionTicker.tick();
  await b.clock.advance(10 * SECOND);
  t.false(b.published().includes('late'));
  t.like(b.logged('lease.lost'), [{ stream: 'conversations' }]);
  t.deepEqual(holders(b), ['host-b', '']);
  b.stop();
  await serving;
});

test('a companion whose own lease another holds stands by, and the poller above goes on', async (t) => {
  const b = pollers(({ state }) => {
    state.leases.set(COMPANION, { holder: 'host-b', version: 3, fence: 3, durationMs: 30_000 });
  });
  const serving = serve(b.worker, b.signals);
  await b.clock.advance(15 * SECOND);
  t.deepEqual(cycles(b), ['conversations']);
  await b.clock.advance(15 * SECOND);
  t.deepEqual(cycles(b), ['conversations', COMPANION]);
  b.stop();
  await serving;
});

test('polled once, the companion comes after, and the worst outcome counts', async (t) => {
  const well = pollers();
  t.like(await pollOnce(well.worker, well.signals), { status: 'completed' });
  t.deepEqual(cycles(well), ['conversations', COMPANION]);
  t.deepEqual(holders(well), ['', '']);

  const above = pollers(({ wire }) => wire.script('source.page', fails(trouble('genesys.unreachable'))));
  t.like(await pollOnce(above.worker, above.signals), { status: 'failed', failure: { code: 'genesys.unreachable' } });
  t.deepEqual(cycles(above), [COMPANION]);

  const below = pollers(({ wire }) => wire.script('source.page', undefined, fails(trouble('genesys.unreachable'))));
  t.like(await pollOnce(below.worker, below.signals), { status: 'failed', failure: { code: 'genesys.unreachable' } });
  t.deepEqual(cycles(below), ['conversations']);
});

test('polled once and stopped meanwhile, the companion does not begin', async (t) => {
  const b = pollers();
  b.wire.script('source.page', (work, window) => {
    b.stop();
    return work(window);
  });
  await pollOnce(b.worker, b.signals);
  t.deepEqual(holders(b), ['', undefined]);
});
