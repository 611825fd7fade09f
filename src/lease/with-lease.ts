import { failedCycle } from '../domain/cycle-report.ts';
import { Failure } from '../domain/failure.ts';
import { type Lease, watchInterval } from '../domain/lease.ts';
import { backoffDelay, PAUSES } from '../domain/retry-policy.ts';
import { contextOf } from '../ports/request-context.ts';
import type { StreamObserver } from '../ports/stream-observer.ts';
import type { HeldLease } from './held-lease.ts';
import type { AcquiredLease, LeaseManager } from './lease-manager.ts';

/**
 * How long to wait for a lease that another process holds.
 *
 *   standby    until it is free. Trouble with the table is logged and outlasted.
 *   once       for as long as a crashed poller could still hold it. Then it fails with `lease.held`.
 *   exclusive  like `once`, and it fails as soon as the other is seen to be alive.
 *
 * With `once` and `exclusive`, trouble with the table is a failure at once.
 */
export type LeasePolicy = LeaseRequest['policy'];

export type LeaseRequest = {
  readonly leaseManager: LeaseManager;
  readonly signals: {
    /** Ends the wait. Work that has begun watches it itself. */
    readonly stop: AbortSignal;
    /** Ends the release too: the lease then ends by itself. */
    readonly abort: AbortSignal;
  };
  /** The held lease of another stream without which this one gives no right to publish. */
  readonly parent?: HeldLease | undefined;
} & (
  | {
      readonly policy: 'standby';
      /** Gets each attempt to acquire the lease. */
      readonly observer: StreamObserver;
    }
  | { readonly policy: 'once' | 'exclusive' }
);

/**
 * The one way to hold a lease: acquire it, renew it while `work` goes on, release it. `work` gets the held
 * lease, and the checkpoint that no earlier holder can move any more.
 *
 * Rejects with the reason of `stop` if that aborts first, with a Failure if the lease cannot be had, or as
 * `work` does.
 */
export async function withLease<T>(request: LeaseRequest, work: (acquired: AcquiredLease) => Promise<T>): Promise<T> {
  const { leaseManager, signals } = request;
  const acquired = await acquire(request);
  const done = new AbortController();
  const renewing = leaseManager.renewUntil(acquired.heldLease, contextOf(done.signal));
  try {
    return await work(acquired);
  } finally {
    done.abort();
    await renewing;
    await leaseManager.release(contextOf(signals.abort), acquired.heldLease);
  }
}

async function acquire(request: LeaseRequest): Promise<AcquiredLease> {
  if (request.policy === 'standby') return standBy(request);
  const { leaseManager, signals } = request;
  try {
    return await acquireInTime(request);
  } catch (error) {
    // A daemon does so once, after its last worker.
    await leaseManager.releaseInherited(contextOf(signals.abort));
    throw error;
  }
}

async function standBy(request: Extract<LeaseRequest, { policy: 'standby' }>): Promise<AcquiredLease> {
  const { leaseManager, observer, signals, parent } = request;
  const { stop } = signals;
  const { clock, stream, durationMs } = leaseManager.options;
  let isLogged = false;
  for (let failures = 0; ; ) {
    try {
      const acquired = await leaseManager.tryAcquire(contextOf(stop), parent);
      observer.onSign({ stream, kind: acquired ? 'acquired' : 'standby' });
      if (acquired) return acquired;
      if (!isLogged) logStandby(leaseManager);
      isLogged = true;
      await leaseManager.noteStandby(contextOf(stop));
      failures = 0;
    } catch (error) {
      stop.throwIfAborted();
      failures++;
      // When the trouble is over, it is worth a line again that this process stands by.
      isLogged = false;
      observer.onCycle(failedCycle(stream, clock.now(), error));
    }
    const pause = failures > 0 ? backoffDelay(failures, PAUSES.outage, clock.random()) : watchInterval(durationMs);
    await clock.sleep(pause, stop);
  }
}

async function acquireInTime({ leaseManager, policy, signals, parent }: LeaseRequest): Promise<AcquiredLease> {
  const { clock, stream, holder, durationMs } = leaseManager.options;
  let before: Lease | undefined;
  let until: number | undefined;
  for (;;) {
    const acquired = await leaseManager.tryAcquire(contextOf(signals.stop), parent);
    if (acquired) return acquired;
    const other = leaseManager.lastSeen;
    const theirMs = other?.durationMs ?? durationMs;
    // A crashed poller's lease is free after its duration, as seen by the look after that. The half is for
    // slow looks.
    const longestMs = theirMs * 1.5;
    if (until === undefined) logStandby(leaseManager, longestMs);
    until ??= clock.monotonic() + longestMs;
    // A version that another process moves shows that it is alive.
    const isAlive = before && other && before.version !== other.version && !['', holder].includes(other.holder);
    if (clock.monotonic() >= until || (policy === 'exclusive' && isAlive)) throw held(policy, stream, other);
    before = other;
    await clock.sleep(watchInterval(theirMs), signals.stop);
  }
}

/**
 * Says who holds the lease, and how long this process waits, so that a waiting command does not look hung.
 */
function logStandby({ options, lastSeen }: LeaseManager, longestMs?: number): void {
  const { log, stream, holder, durationMs } = options;
  const other = lastSeen && !['', holder].includes(lastSeen.holder) ? lastSeen : undefined;
  const leaseMs = other?.durationMs ?? durationMs;
  const who = other ? `Another poller (${other.holder})` : 'Another poller';
  const fields = { stream, ...(other && { holder: other.holder, fence: other.fence }), leaseMs };
  if (longestMs === undefined) {
    const until = `until it stops, or has not renewed it for ${leaseMs / 1_000} s`;
    log.info('lease.standby', `${who} holds the lease of ${stream}; standing by ${until}`, fields);
  } else {
    const wait = `waiting for it, ${longestMs / 1_000} s at most`;
    log.warn('lease.standby', `${who} holds the lease of ${stream}; ${wait}`, { ...fields, waitMs: longestMs });
  }
}

function held(policy: LeasePolicy, stream: string, other: Lease | undefined): Failure {
  return new Failure({
    code: 'lease.held',
    what: `Another poller is running the stream ${stream}`,
    why: `${other?.holder || 'it'} goes on renewing its lease`,
    remedy:
      policy === 'exclusive'
        ? 'Stop that poller, standbys included, and try again'
        : 'Stop that poller first, or let it do the work; `poller.name` tells pollers of different organisations apart',
  });
}
