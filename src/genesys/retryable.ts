import type { Failure } from '../domain/failure.ts';
import { RETRIES } from '../domain/retry-policy.ts';
import { retrying } from '../lib/retry.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestedWaits } from './retry-after.ts';
import type { WaitNotice } from './wait-notice.ts';

/** Thrown by an attempt that is worth repeating. */
export class Retryable extends Error {
  /** What the operator sees once the attempts are used up. */
  readonly failure: Failure;
  /** The next attempt waits at least this long, milliseconds. */
  readonly wait: number;

  constructor(failure: Failure, wait = 0) {
    super(failure.message);
    this.failure = failure;
    this.wait = wait;
  }
}

interface Retries {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly waits: RequestedWaits;
  readonly notice: WaitNotice;
}

/**
 * Tries again while an attempt throws a Retryable. Rejects with its failure once the attempts or the waits
 * are used up.
 */
export async function withRetries<T>(attempt: () => Promise<T>, retries: Retries): Promise<T> {
  const { clock, signal, waits, notice } = retries;
  const judge = (error: Error) => {
    if (!(error instanceof Retryable) || !waits.admit(error.wait)) return false;
    notice.note(error.failure, error.wait);
    return { after: error.wait };
  };
  try {
    return await retrying(attempt, judge, { ...RETRIES.genesysRequest, clock, signal });
  } catch (error) {
    throw error instanceof Retryable ? error.failure : error;
  }
}
