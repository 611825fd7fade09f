import timers from 'node:timers/promises';
import type { Clock } from '../ports/clock.ts';

/** Above this a timer of Node fires after one millisecond (2^31 - 1, nodejs.org/api/timers.html). */
const MAX_TIMER_MS = 2_147_483_647;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    let left = ms;
    try {
      do {
        const piece = Math.min(left, MAX_TIMER_MS);
        await timers.setTimeout(piece, undefined, signal ? { signal } : {});
        left -= piece;
      } while (left > 0);
    } catch (error) {
      // Node rejects with an AbortError of its own; callers are promised the signal's reason.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
