/** The span over which requests are counted, milliseconds. */
const BUDGET_SPAN = 60_000;

/** What is known of a budget; all times on one monotonic clock, milliseconds. */
export interface Budget {
  /** Requests allowed in any BUDGET_SPAN. */
  readonly limit: number;
  /** When the latest requests were granted, oldest first; never more than `limit` of them. */
  readonly granted: readonly number[];
  /** Nothing is granted before this. */
  readonly pausedUntil: number;
}

/** A budget of which nothing has been spent. */
export function freshBudget(limit: number): Budget {
  return { limit, granted: [], pausedUntil: Number.NEGATIVE_INFINITY };
}

/**
 * How long the next request has to wait, whole milliseconds; 0 if it may go now.
 *
 * Genesys counts requests in minutes of its own, whose beginning we do not know. So the promise is made for every
 * minute there is: wherever a span of 60 seconds is laid over the line of granted requests, it covers at most `limit` of
 * them. For that it is enough to look at one earlier request. If the one granted `limit` requests ago is 60 seconds old
 * or older, the next may go now; if not, it may go when that one has become so. A pause, imposed by Genesys itself, comes
 * on top of it: the later of the two counts.
 *
 * Time is monotonic, so that a clock set back or forth neither stops the poller nor lets it overrun. The result is
 * rounded up: who sleeps for it never wakes a fraction of a millisecond too early, to sleep for nothing.
 */
export function budgetWait({ limit, granted, pausedUntil }: Budget, now: number): number {
  const oldest = granted.length < limit ? undefined : granted[0];
  const free = oldest === undefined ? now : oldest + BUDGET_SPAN;
  return Math.max(0, Math.ceil(Math.max(free, pausedUntil) - now));
}

/** The budget after a request granted at `now`. */
export function spend(budget: Budget, now: number): Budget {
  return { ...budget, granted: [...budget.granted, now].slice(-budget.limit) };
}

/** The budget with another limit; what was granted before still counts. */
export function relimit(budget: Budget, limit: number): Budget {
  return { ...budget, limit, granted: budget.granted.slice(-limit) };
}

/** The budget under a pause; a pause is never shortened by another. */
export function pause(budget: Budget, until: number): Budget {
  return { ...budget, pausedUntil: Math.max(budget.pausedUntil, until) };
}
