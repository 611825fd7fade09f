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
 * Tries until `attempt` resolves, it throws something that is not worth another attempt, or the attempts are
 * used up; then rejects with the last error, or with the signal's reason once that has aborted.
 *
 * `worth` judges an error: whether to try again, or how long to wait for it at least, milliseconds. All
 * waiting is done on the injected clock, so that a test can turn it: p-retry's own delay is nought.
 */
export async function retrying<T>(
  attempt: (number: number) => Promise<T>,
  worth: (error: Error) => boolean | { readonly after: number },
  { attempts, backoff, clock, signal }: Patience,
): Promise<T> {
  try {
    return await pRetry(attempt, {
      retries: attempts - 1,
      minTimeout: 0,
      signal,
      async shouldRetry({ error, attemptNumber }) {
        const verdict = worth(error);
        if (verdict === false) return false;
        const delay = backoffDelay(attemptNumber, backoff, clock.random());
        await clock.sleep(verdict === true ? delay : Math.max(delay, verdict.after), signal);
        return true;
      },
    });
  } catch (error) {
    // p-retry wraps a reason that is no Error in a TypeError; callers are promised the reason itself.
    signal.throwIfAborted();
    throw error;
  }
}
