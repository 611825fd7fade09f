import { setMaxListeners } from 'node:events';
import type { Clock } from '../ports/clock.ts';

/**
 * A signal that aborts when any of the given ones does, with its reason. `release` takes the listeners off
 * again: long-lived signals must not collect one for every cycle, as they would with `AbortSignal.any` on
 * Node 20.
 */
export function linkSignals(...signals: readonly AbortSignal[]): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  // Every call in flight listens to the cycle's signal; Node suspects a leak from the eleventh on.
  setMaxListeners(0, controller.signal);
  const listeners = signals.map((signal) => {
    const listener = () => controller.abort(signal.reason);
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
    return () => signal.removeEventListener('abort', listener);
  });
  return {
    signal: controller.signal,
    release() {
      for (const remove of listeners) remove();
    },
  };
}

/**
 * Waits for a promise that does not know the signal. Rejects with the signal's reason as soon as that aborts,
 * and leaves no listener behind. The promise's own result is then ignored.
 */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Without a listener its rejection would end the process.
  promise.catch(() => undefined);
  signal.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Work took longer than its time limit. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';

  constructor(limit: number) {
    super(`no answer within ${limit / 1_000} s`);
  }
}

/**
 * Runs work under a signal that aborts with `signal`, or with a TimeoutError after `limit` milliseconds.
 * Settles as the work does, or rejects with the reason as soon as its signal aborts, whatever the work does
 * then. Work under a signal that is aborted already is not begun. Leaves neither a timer nor a listener
 * behind.
 */
export async function withTimeLimit<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { clock, limit, signal }: { readonly clock: Clock; readonly limit: number; readonly signal?: AbortSignal },
): Promise<T> {
  signal?.throwIfAborted();
  const expiry = new AbortController();
  const either = linkSignals(expiry.signal, ...(signal ? [signal] : []));
  const settled = new AbortController();
  const expire = () => expiry.abort(new TimeoutError(limit));
  void clock.sleep(limit, settled.signal).then(expire, () => undefined);
  try {
    return await abortable(work(either.signal), either.signal);
  } finally {
    settled.abort();
    either.release();
  }
}
