/** How waiting grows between attempts; milliseconds. */
export interface Backoff {
  readonly first: number;
  readonly longest: number;
}

/**
 * How long to wait after the `attempt`-th failed attempt (1, 2, …): doubling from `first` up to `longest`, of
 * which a random part between half and all is taken, so that callers that failed together do not come back
 * together.
 */
export function backoffDelay(attempt: number, backoff: Backoff, random: number): number {
  const full = Math.min(backoff.longest, backoff.first * 2 ** (attempt - 1));
  return Math.round(full * (0.5 + random / 2));
}
