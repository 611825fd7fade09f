import { type CycleReport, failedCycle, lastCycleOf } from '../domain/cycle-report.ts';
import { Failure } from '../domain/failure.ts';
import type { HeldLease } from '../lease/held-lease.ts';
import type { AcquiredLease, LeaseManager } from '../lease/lease-manager.ts';
import { withLease } from '../lease/with-lease.ts';
import { linkSignals } from '../lib/abort.ts';
import { contextOf, type RequestContext } from '../ports/request-context.ts';
import type { CycleSignals } from '../ports/stream.ts';
import { everyObserver } from '../ports/stream-observer.ts';
import type { Ticker } from '../ports/ticker.ts';
import type { CycleOptions, CycleOutcome } from './cycle.ts';
import { StreamRunner } from './run-stream.ts';
import { untilReadable } from './trial-read.ts';
import { stuckFailure, watched } from './watchdog.ts';

/** All that one stream needs to be polled. */
export interface Worker {
  readonly cycle: CycleOptions;
  readonly leaseManager: LeaseManager;
  readonly ticker: Ticker;
  /**
   * How long after a sign of life the next has to come, milliseconds: by then `health` calls the stream
   * stale.
   */
  readonly allowedMs: () => number;
  /**
   * A worker that derives the same events. It works only while this process holds the lease above too: so no
   * two processes publish one event at the same moment, and within a process the deduplicator sees to that.
   * It begins when the worker above has caught up, or cannot: what it finds then is what the other missed.
   */
  readonly companion?: Worker;
}

/**
 * Polls a stream until told to stop: stands by until the lease is ours, polls at once and then with every
 * tick, and stands by again when the lease is lost. Resolves when what was read has been delivered and the
 * lease is released. No failure of a dependency ends it. Without a sign of life in time the lease is
 * released, and is acquired again after a trial read. Rejects with a Failure (poller.stuck) if work cannot be
 * cancelled. `parent` is the held lease of the worker above.
 */
export async function serve(worker: Worker, signals: CycleSignals, parent?: HeldLease): Promise<void> {
  const { cycle, leaseManager } = worker;
  const { stop } = signals;
  while (!stop.aborted) {
    let isAcquired = false;
    try {
      const isGivenUp = await withLease(
        { leaseManager, policy: 'standby', observer: cycle.observer, signals, parent },
        async (acquired) => {
          isAcquired = true;
          const scheduled = { ...worker, cycle: { ...cycle, nextDue: () => worker.ticker.due() } };
          await whileWatched(scheduled, acquired, signals, (runner) =>
            pollWithCompanion(worker, runner, acquired.heldLease, signals),
          );
          return acquired.heldLease.isGivenUp;
        },
      );
      if (isGivenUp) await untilReadable(cycle, leaseManager.options.durationMs, signals);
    } catch (failure) {
      // Stopped while it stood by.
      if (stop.aborted && !isAcquired) break;
      throw failure;
    }
  }
  cycle.observer.onStopped(cycle.stream.name);
}

/**
 * Polls at once and with every tick, and lets the companion serve meanwhile, until told to stop or the lease
 * is lost.
 */
async function pollWithCompanion(
  worker: Worker,
  runner: StreamRunner,
  heldLease: HeldLease,
  signals: CycleSignals,
): Promise<void> {
  const { companion } = worker;
  const { stop, abort } = signals;
  const broken = new AbortController();
  const ending = linkSignals(stop, heldLease.signal, broken.signal);
  await runner.poll(signals);
  // Where one of the two cannot go on, the other comes to its end before the lease is released.
  const works = [
    pollWithEveryTick(worker, runner, signals, ending.signal),
    companion && serve(companion, { stop: ending.signal, abort }, heldLease),
  ];
  const outcomes = await Promise.allSettled(
    works.map((work) =>
      Promise.resolve(work).catch((failure: unknown) => {
        broken.abort(failure);
        throw failure;
      }),
    ),
  );
  ending.release();
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function pollWithEveryTick(
  { ticker }: Worker,
  runner: StreamRunner,
  signals: CycleSignals,
  ending: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      await ticker.next(ending);
    } catch (error) {
      if (!ending.aborted) throw error;
    }
    if (ending.aborted) return;
    await runner.poll(signals);
  }
}

/**
 * Polls a stream until it is caught up, once, and then its companion's. Waits for the lease for as long as a
 * crashed poller could still hold it; when another goes on renewing it, the outcome is a failure. The outcome
 * is the worst of them.
 */
export async function pollOnce(worker: Worker, signals: CycleSignals, parent?: HeldLease): Promise<CycleOutcome> {
  const { leaseManager, cycle, companion } = worker;
  try {
    return await withLease({ leaseManager, policy: 'once', signals, parent }, (acquired) =>
      whileWatched(worker, acquired, signals, async (runner) => {
        const outcome = await runner.poll(signals);
        if (!companion || signals.stop.aborted) return outcome;
        const other = await pollOnce(companion, signals, acquired.heldLease);
        return outcome.status === 'failed' || other.status === 'idle' ? outcome : other;
      }),
    );
  } catch (failure) {
    if (signals.stop.aborted) return { status: 'interrupted' };
    cycle.observer.onCycle(failedCycle(cycle.stream.name, cycle.time.now(), failure));
    return { status: 'failed', failure };
  }
}

/**
 * Lets `work` poll under the watchdog: without a sign of life in time it gives the lease up, and so cancels
 * the work.
 */
function whileWatched<T>(
  { cycle, leaseManager, allowedMs }: Worker,
  acquired: AcquiredLease,
  signals: CycleSignals,
  work: (runner: StreamRunner) => Promise<T>,
): Promise<T> {
  const { clock, observer, stream } = cycle;
  const polling = async (alive: () => void) => {
    const watching = {
      onCycle(report: CycleReport) {
        alive();
        leaseManager.note(lastCycleOf(report));
      },
      onSign: alive,
    };
    const runner = new StreamRunner({ ...cycle, observer: everyObserver(watching, observer) }, acquired);
    try {
      return await work(runner);
    } finally {
      await runner.flush(contextOf(signals.abort));
    }
  };
  return watched(polling, {
    clock,
    allowed: allowedMs,
    abort: signals.abort,
    cancel: (ms) => acquired.heldLease.giveUp(`it has made no progress for ${Math.round(ms / 1_000)} s`),
    stuck: () => stuckFailure(stream.name),
  });
}

/** Releases the leases that were left to these workers and under which none of them has begun to work. */
export async function releaseInherited(workers: readonly Worker[], context: RequestContext): Promise<void> {
  const all = workers.flatMap((worker) => (worker.companion ? [worker, worker.companion] : [worker]));
  await Promise.all(all.map(({ leaseManager }) => leaseManager.releaseInherited(context)));
}

/**
 * Serves all workers until they are stopped. Resolves to whether the work of one is stuck: `onStuck` is
 * called at once and has to stop the others. Stuck work cannot be ended here, so the process has to end.
 */
export async function serveAll(
  workers: readonly Worker[],
  signals: CycleSignals,
  onStuck: (failure: Failure) => void,
): Promise<{ readonly isStuck: boolean }> {
  let isStuck = false;
  const serving = workers.map(async (worker) => {
    try {
      await serve(worker, signals);
    } catch (failure) {
      if (!(failure instanceof Failure) || failure.code !== 'poller.stuck') throw failure;
      isStuck = true;
      onStuck(failure);
    }
  });
  await Promise.all(serving);
  return { isStuck };
}
