import { Failure } from '../domain/failure.ts';
import { type Lease, watchInterval } from '../domain/lease.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { StateTable } from '../ports/state-store.ts';
import { type AcquiredLease, LeaseManager } from './lease-manager.ts';

export interface WithLeaseOptions {
  readonly state: StateTable;
  /** Names this process. */
  readonly holder: string;
  readonly durationMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Works on a stream while no poller does: takes its lease, renews it meanwhile, and gives it back. Waits for as long as a
 * crashed poller could still hold it; rejects with a Failure (lease.held) as soon as one is seen to be alive.
 */
export async function withLease<T>(
  stream: string,
  options: WithLeaseOptions,
  context: RequestContext,
  work: (acquired: AcquiredLease) => Promise<T>,
): Promise<T> {
  const leaseManager = new LeaseManager({ ...options, stream });
  const acquired = await acquire(leaseManager, stream, options, context);
  const done = new AbortController();
  const holding = leaseManager.hold(acquired.heldLease, { ...context, signal: done.signal });
  try {
    return await work(acquired);
  } finally {
    done.abort();
    await holding;
    // Not under the call's signal: an interrupted command, too, leaves the lease free.
    await leaseManager.release({ ...context, signal: new AbortController().signal });
  }
}

async function acquire(
  leaseManager: LeaseManager,
  stream: string,
  { state, clock, holder }: WithLeaseOptions,
  context: RequestContext,
): Promise<AcquiredLease> {
  let seen: Lease | undefined;
  let until = Number.POSITIVE_INFINITY;
  for (;;) {
    const acquired = await leaseManager.tryAcquire(context);
    if (acquired) return acquired;
    const lease = await state.readLease(stream, context);
    if (!lease) continue;
    if (!seen) until = clock.monotonic() + lease.durationMs * 1.5;
    // A version that another moves is a poller that lives.
    const isAlive = seen && seen.version !== lease.version && lease.holder !== '' && lease.holder !== holder;
    if (isAlive || clock.monotonic() >= until) throw held(stream, lease);
    seen = lease;
    await clock.sleep(watchInterval(lease.durationMs), context.signal);
  }
}

function held(stream: string, { holder }: Lease): Failure {
  return new Failure({
    code: 'lease.held',
    what: `A poller is at work on the stream ${stream}`,
    why: `${holder} goes on renewing its lease`,
    remedy: 'Stop that poller, standbys included, and try again',
  });
}
