import test from 'ava';
import { LeaseManager } from '../../src/lease/lease-manager.ts';
import { StreamRunner } from '../../src/pipeline/run-stream.ts';
import { serve } from '../../src/pipeline/worker.ts';
import type { Checkpoint, Lease } from '../../src/ports/state-store.ts';
import type { StreamObserver } from '../../src/ports/stream-observer.ts';
import { testContext } from '../support/request-context.ts';
import { fails, hangs, trouble } from '../support/wire.ts';
import { ALLOWED, at, CHECKPOINT, type Fixture, fixture, raisable, standBy } from './fixture.ts';

const OTHER: Lease = { holder: 'host-a', version: 7, fence: 3, durationMs: 30_000 };

/** An observer that writes down what it hears, a sign a line. */
function recordedObserver() {
  const signs: string[] = [];
  const note = (outcome: string, watermark: number | undefined, code?: string) => {
    const time = watermark === undefined ? '' : ` ${new Date(watermark).toISOString().slice(11, 16)}`;
    signs.push(`${outcome}${time}${code === undefined ? '' : ` ${code}`}`);
  };
  const observer: StreamObserver = {
    onCycle: (report) =>
      note(report.outcome, report.figures?.watermark, report.outcome === 'failed' ? report.failure.code : undefined),
    onSign: ({ kind, watermark }) => note(kind, watermark),
    onStopped: (stream) => void signs.push(`${stream} stopped`),
  };
  return { observer, signs };
}

function runnerOf(f: Fixture, observer: StreamObserver, checkpoint?: Checkpoint) {
  if (checkpoint) f.state.checkpoints.set('conversations', checkpoint);
  return new StreamRunner({ ...f.cycle, observer }, { heldLease: f.heldLeaseOf(), checkpoint });
}

function leaseManagerOf(f: Fixture, holder: string, more: { keepsLease?: () => boolean } = {}) {
  const { state, clock, log } = f;
  return new LeaseManager({ state, stream: 'conversations', holder, durationMs: 30_000, clock, log, ...more });
}

test('each cycle that ends is a sign of life with the checkpoint it left, each slice of a long gap too', async (t) => {
  const f = fixture();
  const { observer, signs } = recordedObserver();
  const runner = runnerOf(f, observer, { ...CHECKPOINT, watermark: at('07:30') });
  await runner.poll(raisable().signals);
  await runner.poll(raisable().signals);
  t.deepEqual(signs, ['completed 08:25', 'completed 09:20', 'completed 09:59', 'idle 09:59']);
});

test('pages of a long cycle are signs of life, ten seconds apart at the least', async (t) => {
  const f = fixture();
  const { observer, signs } = recordedObserver();
  f.source.pagesOf = () => Array.from({ length: 9 }, () => []);
  f.wire.always('source.page', async (work, input) => {
    await f.clock.sleep(4_000);
    return work(input);
  });
  await runnerOf(f, observer, CHECKPOINT).poll(raisable().signals);
  t.deepEqual(signs, ['reading', 'reading', 'reading', 'completed 09:59']);
});

test('a cycle that fails is a sign of life too, and says what failed', async (t) => {
  const f = fixture();
  const { observer, signs } = recordedObserver();
  f.source.pagesOf = () => [[]];
  f.wire.script('source.page', fails(trouble('genesys.unreachable')));
  await runnerOf(f, observer, CHECKPOINT).poll(raisable().signals);
  t.deepEqual(signs, ['failed 09:50 genesys.unreachable']);
});

test('a cycle that cannot begin, for want of a checkpoint, is a sign of life too', async (t) => {
  const f = fixture();
  const { observer, signs } = recordedObserver();
  f.wire.script('checkpoint.write', fails(trouble('table.unavailable')));
  await runnerOf(f, observer).poll(raisable().signals);
  t.deepEqual(signs, ['failed table.unavailable']);
});

test('a cycle that has nothing to begin with yet is a sign of life too', async (t) => {
  const f = fixture();
  const { observer, signs } = recordedObserver();
  const stream = { ...f.cycle.stream, startsAt: async () => undefined };
  const runner = new StreamRunner(
    { ...f.cycle, stream, observer },
    { heldLease: f.heldLeaseOf(), checkpoint: undefined },
  );
  await runner.poll(raisable().signals);
  t.deepEqual(signs, ['idle']);
});

test('a cycle in its middle gives no sign, however long it takes', async (t) => {
  const f = fixture({ autoAdvance: false });
  const { observer, signs } = recordedObserver();
  const { signals, abort } = raisable();
  f.source.pagesOf = () => [[]];
  f.wire.always('source.page', hangs);
  const polling = runnerOf(f, observer, CHECKPOINT).poll(signals);
  await f.clock.advance(3_600_000);
  t.deepEqual(signs, []);
  abort();
  await polling;
  t.deepEqual(signs, ['interrupted 09:50']);
});

test('every look of a standby is a sign of life, and so is one at a table that is down', async (t) => {
  const f = fixture({ autoAdvance: false });
  const { observer, signs } = recordedObserver();
  f.state.leases.set('conversations', OTHER);
  const acquiring = standBy(leaseManagerOf(f, 'host-b'), { observer });
  await f.clock.advance(6_000);
  t.deepEqual(signs, ['standby', 'standby', 'standby']);
  f.wire.script('lease.read', fails(trouble('table.unavailable')));
  await f.clock.advance(6_000);
  t.is(signs[3], 'failed table.unavailable');
  f.state.leases.delete('conversations');
  await f.clock.advance(60_000);
  t.truthy(await acquiring);
  t.is(signs.at(-1), 'acquired');
});

test('a standby says again that it stands by when the table is back', async (t) => {
  const f = fixture({ autoAdvance: false });
  f.state.leases.set('conversations', OTHER);
  const acquiring = standBy(leaseManagerOf(f, 'host-b'));
  await f.clock.advance(6_000);
  t.is(f.logged('lease.standby').length, 1);
  f.wire.script('lease.read', fails(trouble('table.unavailable')));
  await f.clock.advance(6_000);
  t.is(f.logged('lease.standby').length, 2);
  f.state.leases.delete('conversations');
  await f.clock.advance(60_000);
  t.truthy(await acquiring);
});

test('a worker that has ended gives no more signs, and says so', async (t) => {
  const f = fixture({ autoAdvance: false });
  const { observer, signs } = recordedObserver();
  const { signals, stop } = raisable();
  f.state.checkpoints.set('conversations', CHECKPOINT);
  f.wire.script('ticker.next', (_work, _input, context) => {
    stop();
    throw context.signal.reason;
  });
  const leaseManager = leaseManagerOf(f, 'host-a');
  await serve({ cycle: { ...f.cycle, observer }, leaseManager, ticker: f.ticker, allowedMs: ALLOWED }, signals);
  t.deepEqual(signs, ['acquired', 'completed 09:59', 'conversations stopped']);
});

test('a lease that is kept stays in the name of its holder, which takes it again at once under a higher fence', async (t) => {
  const f = fixture({ autoAdvance: false });
  const first = leaseManagerOf(f, 'host-a', { keepsLease: () => true });
  await first.tryAcquire(testContext());
  await first.release(testContext());
  t.like(f.state.leases.get('conversations'), { holder: 'host-a', version: 1 });
  t.is(await leaseManagerOf(f, 'host-b').tryAcquire(testContext()), undefined, 'no other process may have it');
  t.like(await leaseManagerOf(f, 'host-a').tryAcquire(testContext()), { heldLease: { fence: 2 } });
});

test('a lease that is not kept is released', async (t) => {
  const f = fixture();
  const leaseManager = leaseManagerOf(f, 'host-a', { keepsLease: () => false });
  await leaseManager.tryAcquire(testContext());
  await leaseManager.release(testContext());
  t.is(f.state.leases.get('conversations')?.holder, '');
});
