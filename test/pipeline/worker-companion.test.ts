import test from 'ava';
import type { StreamName } from '../../src/domain/streams.ts';
import { LeaseManager } from '../../src/lease/lease-manager.ts';
import { pollOnce, serve, type Worker } from '../../src/pipeline/worker.ts';
import type { Stream } from '../../src/ports/stream.ts';
import { FakeTicker } from '../support/fakes.ts';
import { fails, takes, trouble } from '../support/wire.ts';
import { ALLOWED, at, CHECKPOINT, conversation, type Fixture, fixture, MINUTE, raisable, SECOND } from './fixture.ts';

const COMPANION: StreamName = 'reconciliation';

/** A poller of conversations with a companion that meets the same conversations, both on the same host. */
function pollers(prepare: (f: Fixture) => void = () => undefined) {
  const f = fixture({ autoAdvance: false });
  f.state.checkpoints.set('conversations', CHECKPOINT);
  f.state.checkpoints.set(COMPANION, { ...CHECKPOINT, watermark: at('09:30') });
  f.source.pagesOf = ({ start }) => [[conversation(start === at('09:45') ? 'fresh' : 'missed')]];
  prepare(f);
  const { state, clock, log } = f;
  const stream: Stream = { ...f.cycle.stream, name: COMPANION };
  const ticker = new FakeTicker(f.wire);
  const companion: Worker = {
    cycle: { ...f.cycle, stream },
    leaseManager: new LeaseManager({ state, stream: COMPANION, holder: 'host-a', durationMs: 30_000, clock, log }),
    ticker,
    allowedMs: ALLOWED,
  };
  const worker: Worker = {
    cycle: f.cycle,
    leaseManager: f.leaseManagerOf('host-a'),
    ticker: f.ticker,
    allowedMs: ALLOWED,
    companion,
  };
  const raise = raisable();
  return { ...f, ...raise, worker, companionTicker: ticker };
}

const holders = ({ state }: Pick<Fixture, 'state'>) =>
  ['conversations', COMPANION].map((stream) => state.leases.get(stream)?.holder);
const cycles = ({ logged }: Pick<Fixture, 'logged'>) => logged('cycle.completed').map((line) => line.stream);

test('a companion begins when the first poll is over, whether that went well or not', async (t) => {
  for (const fault of [undefined, fails(trouble('genesys.unreachable'))]) {
    const f = pollers(({ wire, clock }) => {
      wire.script('source.page', fault ?? takes(10 * SECOND, clock));
    });
    const serving = serve(f.worker, f.signals);
    await f.clock.advance(fault ? 0 : 9_999);
    if (!fault) t.deepEqual(holders(f), ['host-a', undefined]);
    await f.clock.advance(1);
    t.deepEqual(holders(f), ['host-a', 'host-a']);
    t.is(cycles(f).at(-1), COMPANION);
    t.true(f.published().includes('missed'));
    f.stop();
    await serving;
  }
});

test('each of the two polls with its own ticks', async (t) => {
  const f = pollers();
  const serving = serve(f.worker, f.signals);
  await f.clock.advance(MINUTE);
  t.deepEqual(cycles(f), ['conversations', COMPANION]);
  f.ticker.tick();
  await f.clock.advance(MINUTE);
  t.deepEqual(cycles(f), ['conversations', COMPANION, 'conversations']);
  f.companionTicker.tick();
  await f.clock.advance(0);
  t.deepEqual(cycles(f), ['conversations', COMPANION, 'conversations', COMPANION]);
  f.stop();
  await serving;
});

test('on stop both leases are released', async (t) => {
  const f = pollers();
  const serving = serve(f.worker, f.signals);
  await f.clock.advance(0);
  f.stop();
  await serving;
  t.deepEqual(holders(f), ['', '']);
});

test('when the lease above is lost the companion publishes nothing more, though its own lease stands', async (t) => {
  const f = pollers();
  const serving = serve(f.worker, f.signals);
  await f.clock.advance(9 * SECOND);
  f.state.leases.set('conversations', { holder: 'host-b', version: 9, fence: 9, durationMs: 30_000 });
  f.source.pagesOf = () => [[conversation('late')]];
  f.wire.script('ids.read', takes(5 * SECOND, f.clock));
  f.clock.step(MINUTE);
  f.companionTicker.tick();
  await f.clock.advance(10 * SECOND);
  t.false(f.published().includes('late'));
  t.like(f.logged('lease.lost'), [{ stream: 'conversations' }]);
  t.deepEqual(holders(f), ['host-b', '']);
  f.stop();
  await serving;
});

test('a companion whose own lease another holds stands by, and the poller above goes on', async (t) => {
  const f = pollers(({ state }) => {
    state.leases.set(COMPANION, { holder: 'host-b', version: 3, fence: 3, durationMs: 30_000 });
  });
  const serving = serve(f.worker, f.signals);
  await f.clock.advance(15 * SECOND);
  t.deepEqual(cycles(f), ['conversations']);
  await f.clock.advance(15 * SECOND);
  t.deepEqual(cycles(f), ['conversations', COMPANION]);
  f.stop();
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
  const f = pollers();
  f.wire.script('source.page', (work, window) => {
    f.stop();
    return work(window);
  });
  await pollOnce(f.worker, f.signals);
  t.deepEqual(holders(f), ['', undefined]);
});
