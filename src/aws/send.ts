import pRetry from 'p-retry';
import { type Backoff, backoffDelay } from '../domain/backoff.ts';
import type { Call } from '../ports/call.ts';
import type { Clock } from '../ports/clock.ts';
import { judge, tableFailure } from './failures.ts';

/** Attempts at one DynamoDB call, the first included: enough for a blip; an outage is the next cycle's business. */
const ATTEMPTS = 3;
/** Milliseconds. DynamoDB's throttling passes within a second or lasts. */
const BACKOFF: Backoff = { first: 100, longest: 1_000 };

/** A request on the wire; the signal ends it. */
export type Request<T> = (options: { readonly abortSignal: AbortSignal }) => Promise<T>;

/**
 * Sends a request and rejects with the signal's reason as soon as it aborts, even where the SDK does not look at the signal (while it
 * fetches credentials). Other errors come through as the SDK threw them.
 */
export async function sendOnce<T>(request: Request<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([request({ abortSignal: signal }), aborted]);
  } catch (error) {
    // The SDK's own AbortError may win the race.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Sends a request to DynamoDB, up to three times while the error is transient, and counts each attempt. Every request of ours may be
 * repeated: those with a condition recognise what an earlier attempt of theirs has written.
 *
 * Rejects with a Failure (`table.*`, `aws.credentials`), or with the signal's reason.
 */
export async function sendToTable<T>(
  request: Request<T>,
  about: { readonly action: string; readonly table: string; readonly call: Call; readonly clock: Clock },
): Promise<T> {
  const { call, clock } = about;
  const attempt = () => {
    call.count('dynamoCalls');
    return sendOnce(request, call.signal);
  };
  try {
    return await pRetry(attempt, {
      retries: ATTEMPTS - 1,
      // All waiting is done on our clock, in shouldRetry, which is asked only while attempts are left.
      minTimeout: 0,
      shouldRetry: async ({ error, attemptNumber }) => {
        if (judge(error) !== 'transient') return false;
        await clock.sleep(backoffDelay(attemptNumber, BACKOFF, clock.random()), call.signal);
        return true;
      },
    });
  } catch (error) {
    call.signal.throwIfAborted();
    throw tableFailure(error, about);
  }
}
