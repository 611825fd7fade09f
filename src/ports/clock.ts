/** Time, sleep and randomness, injected so that tests control them. */
export interface Clock {
  /**
   * Wall clock, milliseconds since the epoch. May step in either direction; compare only with other wall
   * times.
   */
  now(): number;
  /** Milliseconds from an arbitrary start that never go back: for durations, leases and budgets. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). Used for jitter only, never for anything secret. */
  random(): number;
}
