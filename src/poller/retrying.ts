import pRetry from 'p-retry';
import { type Backoff, backoffDelay } from '../domain/backoff.ts';
import type { Clock } from '../ports/clock.ts';

/** How often and how patiently to try. */
export interface Patience {
  /** Attempts altogether, the first included. */
  readonly attempts: number;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Tries until `attempt` resolves, it throws something that `worthRetrying` declines, or the attempts are used up; then
 * rejects with the last error. Waits on the injected clock, so that a test can turn it: p-retry's own delay is nought.
 */
export function retrying<T>(
  attempt: (number: number) => Promise<T>,
  worthRetrying: (error: Error) => boolean,
  { attempts, backoff, clock, signal }: Patience,
): Promise<T> {
  return pRetry(attempt, {
    retries: attempts - 1,
    minTimeout: 0,
    signal,
    async shouldRetry({ error, attemptNumber }) {
      if (!worthRetrying(error)) return false;
      await clock.sleep(backoffDelay(attemptNumber, backoff, clock.random()), signal);
      return true;
    },
  });
}
