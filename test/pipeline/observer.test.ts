import test from 'ava';
import { LeaseManager } from '../../src/lease/lease-manager.ts';
import { StreamRunner } from '../../src/pipeline/run-stream.ts';
import { serve } from '../../src/pipeline/worker.ts';
import type { Checkpoint, Lease } from '../../src/ports/state-store.ts';
import type { StreamObserver } from '../../src/ports/stream-observer.ts';
import { testContext } from '../support/request-context.ts';
import { fails, hangs, trouble } from '../support/wire.ts';
import { ALLOWED, at, type Bench, bench, CHECKPOINT, raisable, standBy } from './bench.ts';

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

function runnerOf(b: Bench, observer: StreamObserver, checkpoint?: Checkpoint) {
  if (checkpoint) b.state.checkpoints.set('conversations', checkpoint);
  return new StreamRunner({ ...b.cycle, observer }, { heldLease: b.heldLeaseOf(), checkpoint });
}

function leaseManagerOf(b: Bench, holder: string, more: { keepsLease?: () => boolean } = {}) {
  const { state, clock, log } = b;
  return new LeaseManager({ state, stream: 'conversations', holder, durationMs: 30_000, clock, log, ...more });
}

test('each cycle that ends is a sign of life with the checkpoint it left, each slice of a long gap too', async (t) => {
  const b = bench();
  const { observer, signs } = recordedObserver();
  const runner = runnerOf(b, observer, { ...CHECKPOINT, watermark: at('07:30') });
  await runner.poll(raisable().signals);
  await runner.poll(raisable().signals);
  t.deepEqual(signs, ['completed 08:25', 'completed 09:20', 'completed 09:59', 'idle 09:59']);
});

test('a cycle that fails is a sign of life too, and says what failed', async (t) => {
  const b = bench();
  const { observer, signs } = recordedObserver();
  b.source.pagesOf = () => [[]];
  b.wire.script('source.page', fails(trouble('genesys.unreachable')));
  await runnerOf(b, observer, CHECKPOINT).poll(raisable().signals);
  t.deepEqual(signs, ['failed 09:50 genesys.unreachable']);
});

test('a cycle that cannot begin, for want of a checkpoint, is a sign of life too', async (t) => {
  const b = bench();
  const { observer, signs } = recordedObserver();
  b.wire.script('checkpoint.write', fails(trouble('table.unavailable')));
  await runnerOf(b, observer).poll(raisable().signals);
  t.deepEqual(signs, ['failed table.unavailable']);
});

test('a cycle that has nothing to begin with yet is a sign of life too', async (t) => {
  const b = bench();
  const { observer, signs } = recordedObserver();
  const stream = { ...b.cycle.stream, startsAt: async () => undefined };
  const runner = new StreamRunner(
    { ...b.cycle, stream, observer },
    { heldLease: b.heldLeaseOf(), checkpoint: undefined },
  );
  await runner.poll(raisable().signals);
  t.deepEqual(signs, ['idle']);
});

test('a cycle in its middle gives no sign, however long it takes', async (t) => {
  const b = bench({ autoAdvance: false });
  const { observer, signs } = recordedObserver();
  const { signals, abort } = raisable();
  b.source.pagesOf = () => [[]];
  b.wire.always('source.page', hangs);
  const polling = runnerOf(b, observer, CHECKPOINT).poll(signals);
  await b.clock.advance(3_600_000);
  t.deepEqual(signs, []);
  abort();
  await polling;
  t.deepEqual(signs, ['interrupted 09:50']);
});

test('every look of a standby is a sign of life, and so is one at a table that is down', async (t) => {
  const b = bench({ autoAdvance: false });
  const { observer, signs } = recordedObserver();
  b.state.leases.set('conversations', OTHER);
  const acquiring = standBy(leaseManagerOf(b, 'host-b'), { observer });
  await b.clock.advance(6_000);
  t.deepEqual(signs, ['standby', 'standby', 'standby']);
  b.wire.script('lease.read', fails(trouble('table.unavailable')));
  await b.clock.advance(6_000);
  t.is(signs[3], 'failed table.unavailable');
  b.state.leases.delete('conversations');
  await b.clock.advance(60_000);
  t.truthy(await acquiring);
  t.is(signs.at(-1), 'acquired');
});

test('a standby says again that it stands by when the table is back', async (t) => {
  const b = bench({ autoAdvance: false });
  b.state.leases.set('conversations', OTHER);
  const acquiring = standBy(leaseManagerOf(b, 'host-b'));
  await b.clock.advance(6_000);
  t.is(b.logged('lease.standby').length, 1);
  b.wire.script('lease.read', fails(trouble('table.unavailable')));
  await b.clock.advance(6_000);
  t.is(b.logged('lease.standby').length, 2);
  b.state.leases.delete('conversations');
  await b.clock.advance(60_000);
  t.truthy(await acquiring);
});

test('a worker that has ended gives no more signs, and says so', async (t) => {
  const b = bench({ autoAdvance: false });
  const { observer, signs } = recordedObserver();
  const { signals, stop } = raisable();
  b.state.checkpoints.set('conversations', CHECKPOINT);
  b.wire.script('ticker.next', (_work, _input, context) => {
    stop();
    throw context.signal.reason;
  });
  const leaseManager = leaseManagerOf(b, 'host-a');
  await serve({ cycle: { ...b.cycle, observer }, leaseManager, ticker: b.ticker, allowedMs: ALLOWED }, signals);
  t.deepEqual(signs, ['acquired', 'completed 09:59', 'conversations stopped']);
});

test('a lease that is kept stays in the name of its holder, which takes it again at once under a higher fence', async (t) => {
  const b = bench({ autoAdvance: false });
  const first = leaseManagerOf(b, 'host-a', { keepsLease: () => true });
  await first.tryAcquire(testContext());
  await first.release(testContext());
  t.like(b.state.leases.get('conversations'), { holder: 'host-a', version: 1 });
  t.is(await leaseManagerOf(b, 'host-b').tryAcquire(testContext()), undefined, 'no other process may have it');
  t.like(await leaseManagerOf(b, 'host-a').tryAcquire(testContext()), { heldLease: { fence: 2 } });
});

test('a lease that is not kept is released', async (t) => {
  const b = bench();
  const leaseManager = leaseManagerOf(b, 'host-a', { keepsLease: () => false });
  await leaseManager.tryAcquire(testContext());
  await leaseManager.release(testContext());
  t.is(b.state.leases.get('conversations')?.holder, '');
});
