import pRetry from 'p-retry';
import { backoffDelay, type RetryPolicy } from '../domain/retry-policy.ts';
import type { Clock } from '../ports/clock.ts';

interface RetryOptions extends RetryPolicy {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Tries until `attempt` resolves, its error is final, or the attempts are used up. Then rejects with the last
 * error, or with the signal's reason once that has aborted.
 *
 * `judge` says of an error whether to try again, or how long to wait at least, milliseconds. All waits use
 * the injected clock, so that a test can advance it. p-retry's own delay is 0.
 */
export async function retrying<T>(
  attempt: (number: number) => Promise<T>,
  judge: (error: Error) => boolean | { readonly after: number },
  { attempts, backoff, clock, signal }: RetryOptions,
): Promise<T> {
  try {
    return await pRetry(attempt, {
      retries: attempts - 1,
      minTimeout: 0,
      signal,
      async shouldRetry({ error, attemptNumber }) {
        const verdict = judge(error);
        if (verdict === false) return false;
        const delay = backoffDelay(attemptNumber, backoff, clock.random());
        await clock.sleep(verdict === true ? delay : Math.max(delay, verdict.after), signal);
        return true;
      },
    });
  } catch (error) {
    // p-retry wraps a reason that is not an Error in a TypeError; callers are promised the reason itself.
    signal.throwIfAborted();
    throw error;
  }
}

/**
 * Tries on and on, with a pause after each failure, until `attempt` resolves. Resolves as well when the signal
 * aborts, which ends the pause but no attempt. `onFailure` is told of each error, and ends it by throwing.
 */
export async function untilSucceeded(
  attempt: () => Promise<void>,
  {
    backoff,
    clock,
    signal,
    onFailure,
  }: Pick<RetryOptions, 'backoff' | 'clock' | 'signal'> & { readonly onFailure: (error: unknown) => void },
): Promise<void> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted) return;
      onFailure(error);
    }
    // The pause rejects only because the signal aborts, which ends the loop.
    await clock.sleep(backoffDelay(failures, backoff, clock.random()), signal).catch(() => undefined);
  }
}
