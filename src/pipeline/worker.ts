import type { HeldLease } from '../lease/held-lease.ts';
import { acquireOrFail, contextOf, whileHolding } from '../lease/holding.ts';
import type { AcquiredLease, LeaseManager } from '../lease/lease-manager.ts';
import { linkSignals } from '../lib/signals.ts';
import type { StreamObserver } from '../ports/stream-observer.ts';
import type { Ticker } from '../ports/ticker.ts';
import type { CycleOptions, CycleOutcome } from './cycle.ts';
import { factsOf, messageOf } from './failure-report.ts';
import { StreamRunner } from './run-stream.ts';
import type { CycleSignals } from './stream.ts';
import { stuckFailure } from './stuck.ts';
import { untilReadable } from './trial-read.ts';
import { watched } from './watchdog.ts';

/** All that one stream needs to be polled. */
export interface Worker {
  readonly cycle: CycleOptions;
  readonly leaseManager: LeaseManager;
  readonly ticker: Ticker;
  readonly leaseDurationMs: number;
  /** How long after the end of a cycle the next has to end, milliseconds: by then `health` calls the stream stale. */
  readonly allowedMs: () => number;
  /**
   * A worker that meets the same facts. It works only while this process holds the lease above too, so that no two
   * processes ever bring one fact to the bus at the same moment; within a process the dedup memory sees to that. And it
   * begins when this one has caught up, or cannot: what it finds then is what this one missed.
   */
  readonly companion?: Worker;
}

/**
 * Polls a stream until told to stop: stands by until the lease is ours, polls at once and then with every tick, and
 * stands by again when the lease is lost. Resolves when what was read has been brought to its end and the lease is given
 * back. No failure of a dependency ends it. Where no cycle ends in time the lease is released, and is acquired again after a trial
 * read. Rejects with a Failure (poller.stuck) if work cannot be cancelled.
 * `under` is the tenure of the worker that this one is the companion of.
 */
export async function serve(worker: Worker, signals: CycleSignals, under?: HeldLease): Promise<void> {
  const { stop, abort } = signals;
  while (!stop.aborted) {
    const acquired = await unlessStopped(stop, () => worker.leaseManager.acquire(contextOf(stop), under));
    if (!acquired) break;
    const { heldLease } = acquired;
    await whilePolling(worker, acquired, signals, async (runner) => {
      const broken = new AbortController();
      const ending = linkSignals(stop, heldLease.signal, broken.signal);
      await runner.poll(signals);
      // Where one of the two cannot go on, the other comes to its end before the lease is given back.
      const [polling, companion] = await Promise.allSettled(
        [
          pollWithEveryTick(worker, runner, signals, ending.signal),
          worker.companion && serve(worker.companion, { stop: ending.signal, abort }, heldLease),
        ].map((work) =>
          Promise.resolve(work).catch((failure: unknown) => {
            broken.abort(failure);
            throw failure;
          }),
        ),
      );
      ending.release();
      if (polling?.status === 'rejected') throw polling.reason;
      if (companion?.status === 'rejected') throw companion.reason;
    });
    if (heldLease.isGivenUp) await untilReadable(worker.cycle, worker.leaseDurationMs, signals);
  }
  worker.cycle.observer?.rest(worker.cycle.stream.name);
}

async function pollWithEveryTick(
  { ticker }: Worker,
  runner: StreamRunner,
  signals: CycleSignals,
  ending: AbortSignal,
): Promise<void> {
  for (;;) {
    await unlessStopped(ending, () => ticker.next(ending));
    if (ending.aborted) return;
    await runner.poll(signals);
  }
}

/**
 * Polls a stream until it is caught up, once, and then its companion's. Waits for the lease for as long as a crashed poller
 * could still hold it; when another goes on renewing it, the outcome is a failure. The outcome is the worst of them.
 */
export async function pollOnce(worker: Worker, signals: CycleSignals, under?: HeldLease): Promise<CycleOutcome> {
  try {
    const { leaseManager, leaseDurationMs, cycle } = worker;
    const post = { stream: cycle.stream.name, leaseManager, leaseDurationMs, clock: cycle.clock };
    const acquired = await acquireOrFail(post, contextOf(signals.stop), under);
    return await whilePolling(worker, acquired, signals, async (runner) => {
      const outcome = await runner.poll(signals);
      if (!worker.companion || signals.stop.aborted) return outcome;
      const other = await pollOnce(worker.companion, signals, acquired.heldLease);
      return outcome.status === 'failed' || other.status === 'idle' ? outcome : other;
    });
  } catch (failure) {
    if (signals.stop.aborted) return { status: 'interrupted' };
    const { log, stream } = worker.cycle;
    log.error('cycle.failed', messageOf(failure), { stream: stream.name, ...factsOf(failure) });
    return { status: 'failed', failure };
  }
}

/** Polls under the lease, which is renewed meanwhile, and gives it back afterwards. */
function whilePolling<T>(
  { leaseManager, cycle, allowedMs }: Worker,
  acquired: AcquiredLease,
  signals: CycleSignals,
  work: (runner: StreamRunner) => Promise<T>,
): Promise<T> {
  const { clock, observer, stream } = cycle;
  const polling = async (alive: () => void) => {
    const observe: StreamObserver['observe'] = (told) => {
      alive();
      observer?.observe(told);
    };
    const rest: StreamObserver['rest'] = (name) => observer?.rest(name);
    const runner = new StreamRunner({ ...cycle, observer: { observe, rest } }, acquired);
    const result = await work(runner);
    await runner.rest(contextOf(signals.abort));
    return result;
  };
  return whileHolding(leaseManager, acquired, signals, () =>
    watched(polling, {
      clock,
      allowed: allowedMs,
      abort: signals.abort,
      cancel: (ms) => acquired.heldLease.giveUp(`no cycle has ended for ${Math.round(ms / 1_000)} s`),
      stuck: () => stuckFailure(stream.name),
    }),
  );
}

/** Undefined if the signal aborted first; any other rejection is passed on. */
async function unlessStopped<T>(signal: AbortSignal, wait: () => Promise<T>): Promise<T | undefined> {
  try {
    return await wait();
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
