import { failedCycle } from '../domain/cycle-report.ts';
import { Failure } from '../domain/failure.ts';
import { backoffDelay, PAUSES } from '../domain/retry-policy.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { StreamObserver } from '../ports/stream-observer.ts';

export interface ClaimOptions {
  /** See Connections. */
  readonly claim: (context: RequestContext) => Promise<void>;
  /** The streams that wait for it. */
  readonly streams: readonly string[];
  readonly clock: Clock;
  readonly observer: StreamObserver;
  readonly signal: AbortSignal;
}

/**
 * Claims the name of the poller for its organisation, before a lease is taken. Trouble is logged and
 * outlasted, as it is while polling. Resolves when that has succeeded, or the signal has aborted; rejects
 * only with `organisation.mismatch`.
 */
export async function claimPatiently({ claim, streams, clock, observer, signal }: ClaimOptions): Promise<void> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      return await claim({ signal, count: () => undefined });
    } catch (error) {
      if (signal.aborted) return;
      for (const stream of streams) observer.onCycle(failedCycle(stream, clock.now(), error));
      if (error instanceof Failure && error.code === 'organisation.mismatch') throw error;
    }
    await clock.sleep(backoffDelay(failures, PAUSES.outage, clock.random()), signal).catch(() => undefined);
  }
}
