import { Failure } from '../domain/failure.ts';
import type { CycleSignals } from '../pipeline/stream.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { HeldLease } from './held-lease.ts';
import type { AcquiredLease, LeaseManager } from './lease-manager.ts';

/** The lease of a stream, and who keeps it. */
export interface Post {
  readonly stream: string;
  readonly leaseManager: LeaseManager;
  readonly leaseDurationMs: number;
  readonly clock: Clock;
}

/**
 * Takes the lease. Waits for it for as long as a crashed poller could still hold it; rejects with a Failure when another goes on
 * renewing it.
 */
export async function acquireOrFail(post: Post, context: RequestContext, under?: HeldLease): Promise<AcquiredLease> {
  const { stream, leaseManager, leaseDurationMs, clock } = post;
  const until = clock.monotonic() + leaseDurationMs * 1.5;
  for (;;) {
    const acquired = await leaseManager.tryAcquire(context, under);
    if (acquired) return acquired;
    if (clock.monotonic() >= until) {
      throw new Failure({
        code: 'lease.held',
        what: `Another poller is at work on the stream ${stream}`,
        why: 'it goes on renewing its lease',
        remedy:
          'Stop that poller first, or let it do the work; `poller.name` tells pollers of different organisations apart',
      });
    }
    await clock.sleep(leaseDurationMs / 10, context.signal);
  }
}

/** Works under the lease, which is renewed meanwhile, and gives it back afterwards. */
export async function whileHolding<T>(
  leaseManager: LeaseManager,
  { heldLease }: AcquiredLease,
  signals: CycleSignals,
  work: () => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const holding = leaseManager.hold(heldLease, contextOf(done.signal));
  try {
    return await work();
  } finally {
    done.abort();
    await holding;
    await leaseManager.release(contextOf(signals.abort), heldLease);
  }
}

/** A call that belongs to no cycle, as lease traffic does, and is counted nowhere. */
export function contextOf(signal: AbortSignal): RequestContext {
  return { signal, count: () => undefined };
}
