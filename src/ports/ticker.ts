/** Says when it is time to poll. */
export interface Ticker {
  /**
   * Resolves at the next scheduled time after now; times that pass while nobody waits are gone. Rejects with the
   * signal's reason once it aborts.
   */
  next(signal: AbortSignal): Promise<void>;
}
