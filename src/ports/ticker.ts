import type { Instant } from '../domain/instant.ts';

/** Says when it is time to poll. */
export interface Ticker {
  /**
   * Resolves at the next scheduled time after now; times that pass during a poll are skipped. Rejects with
   * the signal's reason once it aborts.
   */
  next(signal: AbortSignal): Promise<void>;
  /**
   * The next scheduled time after now, by the wall clock of this host; undefined if the schedule has none.
   */
  due(): Instant | undefined;
}
