import pRetry from 'p-retry';
import { type Backoff, backoffDelay } from '../domain/backoff.ts';
import type { Failure } from '../domain/failure.ts';
import type { Clock } from '../ports/clock.ts';

/** Attempts altogether, the first included: enough for a deployment or a blip; an outage is the next cycle's business. */
const ATTEMPTS = 5;
/** Milliseconds. */
const BACKOFF: Backoff = { first: 1_000, longest: 20_000 };

/** Thrown by an attempt that is worth repeating. */
export class Retryable extends Error {
  /** What the operator is told once the attempts are used up. */
  readonly failure: Failure;
  /** The next attempt waits at least this long, milliseconds. */
  readonly wait: number;

  constructor(failure: Failure, wait = 0) {
    super(failure.message);
    this.failure = failure;
    this.wait = wait;
  }
}

/**
 * Tries until an attempt resolves, throws anything but a Retryable, or the attempts are used up. Rejects with a
 * Retryable's failure, with what else was thrown, or with the signal's reason. Waits on the injected clock:
 * p-retry asks `shouldRetry` only while attempts are left, and its own delay is nought.
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<T> {
  try {
    return await pRetry(attempt, {
      retries: ATTEMPTS - 1,
      minTimeout: 0,
      signal,
      async shouldRetry({ error, attemptNumber }) {
        if (!(error instanceof Retryable)) return false;
        await clock.sleep(Math.max(error.wait, backoffDelay(attemptNumber, BACKOFF, clock.random())), signal);
        return true;
      },
    });
  } catch (error) {
    // p-retry wraps a reason that is no Error in a TypeError; callers are promised the reason itself.
    signal.throwIfAborted();
    throw error instanceof Retryable ? error.failure : error;
  }
}
