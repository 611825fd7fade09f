import test from 'ava';
import { LeaseKeeper } from '../../src/lease/lease-manager.ts';
import { StreamRunner } from '../../src/pipeline/run-stream.ts';
import { serve } from '../../src/pipeline/worker.ts';
import type { Checkpoint, Lease } from '../../src/ports/state-store.ts';
import type { Beat, Pulse } from '../../src/ports/stream-observer.ts';
import { testCall } from '../support/call.ts';
import { fails, hangs, trouble } from '../support/wire.ts';
import { ALLOWED, at, type Bench, bench, CHECKPOINT, raisable } from './bench.ts';

const OTHER: Lease = { holder: 'host-a', version: 7, fence: 3, durationMs: 30_000 };

/** A pulse that is written down, a sign a line. */
function recordedPulse() {
  const signs: string[] = [];
  const pulse: Pulse = {
    beat: ({ outcome, watermark, code }: Beat) => {
      const time = watermark === undefined ? '' : ` ${new Date(watermark).toISOString().slice(11, 16)}`;
      signs.push(`${outcome}${time}${code === undefined ? '' : ` ${code}`}`);
    },
    rest: (stream) => void signs.push(`${stream} rests`),
  };
  return { pulse, signs };
}

function runnerOf(b: Bench, pulse: Pulse, checkpoint?: Checkpoint) {
  if (checkpoint) b.state.checkpoints.set('conversations', checkpoint);
  return new StreamRunner({ ...b.cycle, pulse }, { tenure: b.tenureOf(), checkpoint });
}

function keeperOf(b: Bench, holder: string, more: { pulse?: Pulse; handsOn?: () => boolean } = {}) {
  const { state, clock, log } = b;
  return new LeaseKeeper({ state, stream: 'conversations', holder, durationMs: 30_000, clock, log, ...more });
}

test('each cycle that ends is a sign of life with the checkpoint it left, each slice of a long gap too', async (t) => {
  const b = bench();
  const { pulse, signs } = recordedPulse();
  const runner = runnerOf(b, pulse, { ...CHECKPOINT, watermark: at('07:30') });
  await runner.poll(raisable().signals);
  await runner.poll(raisable().signals);
  t.deepEqual(signs, ['completed 08:25', 'completed 09:20', 'completed 09:59', 'idle 09:59']);
});

test('a cycle that fails is a sign of life too, and says what failed', async (t) => {
  const b = bench();
  const { pulse, signs } = recordedPulse();
  b.source.pagesOf = () => [[]];
  b.wire.script('source.page', fails(trouble('genesys.unreachable')));
  await runnerOf(b, pulse, CHECKPOINT).poll(raisable().signals);
  t.deepEqual(signs, ['failed 09:50 genesys.unreachable']);
});

test('so is a cycle that cannot begin, for want of a checkpoint', async (t) => {
  const b = bench();
  const { pulse, signs } = recordedPulse();
  b.wire.script('checkpoint.write', fails(trouble('table.unavailable')));
  await runnerOf(b, pulse).poll(raisable().signals);
  t.deepEqual(signs, ['failed table.unavailable']);
});

test('and one that has nothing to begin with yet', async (t) => {
  const b = bench();
  const { pulse, signs } = recordedPulse();
  const stream = { ...b.cycle.stream, startsAt: async () => undefined };
  const runner = new StreamRunner({ ...b.cycle, stream, pulse }, { tenure: b.tenureOf(), checkpoint: undefined });
  await runner.poll(raisable().signals);
  t.deepEqual(signs, ['idle']);
});

test('a cycle in its middle gives no sign, however long it takes', async (t) => {
  const b = bench({ autoAdvance: false });
  const { pulse, signs } = recordedPulse();
  const { signals, abort } = raisable();
  b.source.pagesOf = () => [[]];
  b.wire.always('source.page', hangs);
  const polling = runnerOf(b, pulse, CHECKPOINT).poll(signals);
  await b.clock.advance(3_600_000);
  t.deepEqual(signs, []);
  abort();
  await polling;
  t.deepEqual(signs, ['interrupted 09:50']);
});

test('every look of a standby is a sign of life, and so is one at a table that is down', async (t) => {
  const b = bench({ autoAdvance: false });
  const { pulse, signs } = recordedPulse();
  b.state.leases.set('conversations', OTHER);
  const acquiring = keeperOf(b, 'host-b', { pulse }).acquire(testCall());
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
  const acquiring = keeperOf(b, 'host-b').acquire(testCall());
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
  const { pulse, signs } = recordedPulse();
  const { signals, stop } = raisable();
  b.state.checkpoints.set('conversations', CHECKPOINT);
  b.wire.script('ticker.next', (_work, _input, call) => {
    stop();
    throw call.signal.reason;
  });
  const keeper = keeperOf(b, 'host-a', { pulse });
  await serve(
    { cycle: { ...b.cycle, pulse }, keeper, ticker: b.ticker, leaseDurationMs: 30_000, allowedMs: ALLOWED },
    signals,
  );
  t.deepEqual(signs, ['acquired', 'completed 09:59', 'conversations rests']);
});

test('a lease that is handed on stays in the name of its holder, who takes it again at once under a higher fence', async (t) => {
  const b = bench({ autoAdvance: false });
  const first = keeperOf(b, 'host-a', { handsOn: () => true });
  await first.tryAcquire(testCall());
  await first.giveBack(testCall());
  t.like(b.state.leases.get('conversations'), { holder: 'host-a', version: 1 });
  t.is(await keeperOf(b, 'host-b').tryAcquire(testCall()), undefined, 'nobody else may have it');
  t.like(await keeperOf(b, 'host-a').tryAcquire(testCall()), { tenure: { fence: 2 } });
});

test('a lease that is not handed on is given back', async (t) => {
  const b = bench();
  const keeper = keeperOf(b, 'host-a', { handsOn: () => false });
  await keeper.tryAcquire(testCall());
  await keeper.giveBack(testCall());
  t.is(b.state.leases.get('conversations')?.holder, '');
});
