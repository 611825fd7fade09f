import { Failure } from '../domain/failure.ts';
import type { Clock } from '../ports/clock.ts';

/**
 * Work that has to show signs of life, and what happens when it shows none.
 *
 *   alive    each sign restarts the allowed time
 *   overdue  the allowed time has passed without a sign: the work is cancelled, once
 *   settled  the work has ended, by itself or because it was cancelled: its result is the result
 *   stuck    cancelled work has not ended within its grace: its result is awaited no longer
 *
 * The watchdog knows nothing of what the work waits for. A promise that never settles, a call that ignores
 * its signal and a loop that waits for itself all look alike from here, and that is the point: the causes of
 * a hang cannot be listed. Only code that blocks the event loop stops the watchdog too. Then nothing renews
 * the lease either, and it ends by itself.
 */
export interface WatchOptions {
  readonly clock: Clock;
  /** How long after a sign of life the next is overdue; milliseconds. Asked at each sign. */
  readonly allowed: () => number;
  /** Called once when a sign is overdue. It has to make the work end. */
  readonly cancel: (allowedMs: number) => void;
  /** Cancels the work as well, from outside. */
  readonly abort: AbortSignal;
  /** The failure when cancelled work does not end. */
  readonly stuck: () => Failure;
}

/**
 * The waiting is done in sleeps of at most this length, milliseconds, and a sleep counts as no more than
 * that. A process that was stopped for an hour has worked for none of it, and is not blamed for it.
 */
const MAX_SLEEP_MS = 60_000;
/**
 * Work that was cancelled may still record what it has published, ten attempts with their pauses;
 * milliseconds.
 */
export const GRACE_MS = 60_000;
/** Work that was aborted from outside has nothing left to do; milliseconds. */
const GRACE_AFTER_ABORT_MS = 5_000;

/**
 * Resolves or rejects as the work does, or rejects with `stuck`. `work` receives a function to call at
 * each sign of life.
 */
export async function watched<T>(work: (alive: () => void) => Promise<T>, options: WatchOptions): Promise<T> {
  const { clock, allowed, cancel, abort, stuck } = options;
  const settled = new AbortController();
  const signOfLife = () => ({ allowedMs: allowed(), passedMs: 0, countedTo: clock.monotonic() });
  let sign = signOfLife();

  const overdue = async () => {
    while (sign.passedMs < sign.allowedMs) {
      const sleep = Math.min(MAX_SLEEP_MS, sign.allowedMs - sign.passedMs);
      await clock.sleep(sleep, settled.signal);
      const now = clock.monotonic();
      sign.passedMs += Math.min(sleep, now - sign.countedTo);
      sign.countedTo = now;
    }
    cancel(sign.allowedMs);
    await clock.sleep(GRACE_MS, settled.signal);
  };
  const dropAll = async () => {
    await aborted(abort, settled.signal);
    await clock.sleep(GRACE_AFTER_ABORT_MS, settled.signal);
  };
  const outlasted = async (): Promise<never> => {
    await Promise.race([overdue(), dropAll()]);
    throw stuck();
  };

  const alive = () => {
    sign = signOfLife();
  };
  try {
    return await Promise.race([work(alive), outlasted()]);
  } finally {
    settled.abort();
  }
}

/** Resolves when the signal aborts, rejects when `until` does first. */
function aborted(signal: AbortSignal, until: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true, signal: until });
    until.addEventListener('abort', () => reject(until.reason), { once: true });
  });
}

/** Work that still hangs after it was cancelled. Only the end of the process ends it. */
export function stuckFailure(stream: string): Failure {
  return new Failure({
    code: 'poller.stuck',
    what: `The work on the stream ${stream} hangs`,
    why: 'it was cancelled and has not ended',
    remedy: 'The process ends with exit code 1, to be restarted by systemd or the container runtime',
  });
}
