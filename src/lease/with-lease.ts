import { backoffDelay } from '../domain/backoff.ts';
import { Failure } from '../domain/failure.ts';
import { type Lease, watchInterval } from '../domain/lease.ts';
import { brieflyOf, factsOf, messageOf } from '../pipeline/failure-report.ts';
import { contextOf } from '../ports/request-context.ts';
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
export type LeasePolicy = 'standby' | 'once' | 'exclusive';

export interface LeaseRequest {
  readonly leaseManager: LeaseManager;
  readonly policy: LeasePolicy;
  readonly signals: {
    /** Ends the waiting. Work that has begun sees to it itself. */
    readonly stop: AbortSignal;
    /** Ends the release too: the lease then ends by itself. */
    readonly abort: AbortSignal;
  };
  /** The held lease of another stream without which this one gives no right to publish. */
  readonly under?: HeldLease | undefined;
}

const TROUBLE = { first: 1_000, longest: 60_000 };

/**
 * The one way to hold a lease: acquire it, renew it while `work` goes on, release it. `work` gets the held lease, and
 * the checkpoint that no earlier holder can move any more.
 *
 * Rejects with the reason of `stop` if that aborts first, with a Failure if the lease cannot be had, or as `work` does.
 */
export async function withLease<T>(request: LeaseRequest, work: (acquired: AcquiredLease) => Promise<T>): Promise<T> {
  const { leaseManager, policy, signals } = request;
  const acquired = policy === 'standby' ? await standBy(request) : await acquireInTime(request);
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

async function standBy({ leaseManager, signals: { stop }, under }: LeaseRequest): Promise<AcquiredLease> {
  const { clock, stream, durationMs, log, observer } = leaseManager.options;
  for (let failures = 0; ; ) {
    try {
      const acquired = await leaseManager.tryAcquire(contextOf(stop), under);
      observer?.observe({ stream, outcome: acquired ? 'acquired' : 'standby' });
      if (acquired) return acquired;
      failures = 0;
    } catch (error) {
      stop.throwIfAborted();
      failures++;
      log.error('cycle.failed', messageOf(error), { stream, ...factsOf(error) });
      observer?.observe({ stream, outcome: 'failed', code: brieflyOf(error).code });
    }
    const pause = failures > 0 ? backoffDelay(failures, TROUBLE, clock.random()) : watchInterval(durationMs);
    await clock.sleep(pause, stop);
  }
}

async function acquireInTime({ leaseManager, policy, signals, under }: LeaseRequest): Promise<AcquiredLease> {
  const { clock, stream, holder, durationMs } = leaseManager.options;
  let before: Lease | undefined;
  let until: number | undefined;
  for (;;) {
    const acquired = await leaseManager.tryAcquire(contextOf(signals.stop), under);
    if (acquired) return acquired;
    const other = leaseManager.lastSeen;
    const theirMs = other?.durationMs ?? durationMs;
    // A crashed poller's lease is free after its duration, as seen by the look after that. The half is for slow looks.
    until ??= clock.monotonic() + theirMs * 1.5;
    // A version that another process moves shows that it is alive.
    const isAlive = before && other && before.version !== other.version && !['', holder].includes(other.holder);
    if (clock.monotonic() >= until || (policy === 'exclusive' && isAlive)) throw held(policy, stream, other);
    before = other;
    await clock.sleep(watchInterval(theirMs), signals.stop);
  }
}

function held(policy: LeasePolicy, stream: string, other: Lease | undefined): Failure {
  return new Failure({
    code: 'lease.held',
    what: `Another poller is at work on the stream ${stream}`,
    why: `${other?.holder || 'it'} goes on renewing its lease`,
    remedy:
      policy === 'exclusive'
        ? 'Stop that poller, standbys included, and try again'
        : 'Stop that poller first, or let it do the work; `poller.name` tells pollers of different organisations apart',
  });
}
