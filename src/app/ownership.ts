import { failedCycle } from '../domain/cycle-report.ts';
import { Failure } from '../domain/failure.ts';
import { PAUSES } from '../domain/retry-policy.ts';
import { untilSucceeded } from '../lib/retry.ts';
import type { Clock } from '../ports/clock.ts';
import { contextOf, type RequestContext } from '../ports/request-context.ts';
import type { StreamObserver } from '../ports/stream-observer.ts';

export interface OwnershipOptions {
  /** See Connections. */
  readonly assertOwnership: (context: RequestContext) => Promise<void>;
  /** The streams that wait for it. */
  readonly streams: readonly string[];
  readonly clock: Clock;
  readonly observer: StreamObserver;
  readonly signal: AbortSignal;
  /**
   * Whether this process has already polled with an earlier configuration. Files that were replaced while it
   * runs can be put right while it waits; a process that ends with 78 is started again by hand only.
   */
  readonly isReload: boolean;
}

/**
 * Demands that the name of the poller belongs to its organisation, before a lease is taken. Trouble is
 * logged and outlasted, as it is while polling. Resolves when that has succeeded, or the signal has aborted;
 * rejects only with `organisation.mismatch`, and only in the first round.
 */
export async function awaitOwnership(options: OwnershipOptions): Promise<void> {
  const { assertOwnership, streams, clock, observer, signal, isReload } = options;
  await untilSucceeded(() => assertOwnership(contextOf(signal)), {
    backoff: PAUSES.outage,
    clock,
    signal,
    onFailure(error) {
      for (const stream of streams) observer.onCycle(failedCycle(stream, clock.now(), error));
      if (!isReload && error instanceof Failure && error.code === 'organisation.mismatch') throw error;
    },
  });
}
