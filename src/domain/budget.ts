/** The span over which Genesys counts requests, milliseconds. */
const MINUTE = 60_000;

/** A share of a budget of so many requests: 1 in this many. */
const SHARE = 20;

/** The share of a budget that reading the horizon again may take: 1 in this many. */
const REREADING_SHARE = 10;

/** What is known of a budget. All times are on one monotonic clock, milliseconds. */
export interface Budget {
  /** Requests allowed in any `span`. */
  readonly limit: number;
  readonly span: number;
  /** Requests that have been granted and whose answer has not begun. */
  readonly inFlight: number;
  /** When the answers to the latest requests began, oldest first. Those older than `span` are forgotten. */
  readonly answered: readonly number[];
  /** Nothing is granted before this. */
  readonly pausedUntil: number;
  /** How long all pauses last together, milliseconds; the present one to its end. */
  readonly pausedMs: number;
}

/** How much a budget allows. */
export type Allowance = Pick<Budget, 'limit' | 'span'>;

/** So many requests in any minute. */
export function perMinute(requests: number): Allowance {
  return { limit: requests, span: MINUTE };
}

/**
 * A twentieth of `requests` a minute, for what must not take more. A twentieth of less than 20 requests is no
 * whole number: then one request is allowed in a span that is longer than a minute.
 */
export function smallShareOf(requests: number): Allowance {
  const limit = Math.ceil(requests / SHARE);
  return { limit, span: (limit * SHARE * MINUTE) / requests };
}

/** Requests a minute, of so many, that reading the horizon again may take; a fraction where they are few. */
export function rereadingShareOf(requests: number): number {
  return requests / REREADING_SHARE;
}

/** A budget of which nothing has been spent. */
export function freshBudget(allowance: Allowance): Budget {
  return { ...allowance, inFlight: 0, answered: [], pausedUntil: Number.NEGATIVE_INFINITY, pausedMs: 0 };
}

/**
 * How long the next request has to wait, whole milliseconds: 0 if it may go now, Infinity if it must first
 * wait for the answer to an earlier one.
 *
 * Genesys counts requests when they reach it, in minutes of its own. We know neither. We know that a request
 * reaches Genesys after it was granted and before its answer begins. So a request holds a permit from the
 * grant until 60 seconds after the beginning of its answer, and there are `limit` permits. Then no 60 seconds
 * at Genesys hold more than `limit` requests, however long each of them is on its way: take any 60 seconds,
 * and of the requests that reached Genesys in them the one that was granted last. All the others had been
 * granted before, and their answers had not begun before these 60 seconds did. So each of them held a permit
 * at the time of that last grant.
 *
 * A request that gets no answer holds its permit until 60 seconds after it was given up. What of it is in the
 * network by then may still reach Genesys, later by no more than the network delays it: this is the one thing
 * that cannot be known. The price is the time that answers take. With answers after three seconds a permit
 * serves one request in 63 seconds, and 95 % of the limit can be used.
 *
 * A pause that Genesys imposes comes on top: the later of the two counts. Time is monotonic, so that a clock
 * set back or forward neither stops the poller nor lets it overrun. The wait is rounded up, because a sleep
 * that ends a fraction of a millisecond early wakes too early.
 */
export function budgetWait({ limit, span, inFlight, answered, pausedUntil }: Budget, now: number): number {
  const tooMany = inFlight + answered.length - limit + 1;
  const free = tooMany <= 0 ? now : (answered[tooMany - 1] ?? Number.POSITIVE_INFINITY) + span;
  return Math.max(0, Math.ceil(Math.max(free, pausedUntil) - now));
}

/** The budget after a request was granted. */
export function spend(budget: Budget): Budget {
  return { ...budget, inFlight: budget.inFlight + 1 };
}

/** The budget after the answer to a granted request began at `now`, or the request was given up. */
export function answered(budget: Budget, now: number): Budget {
  const recent = budget.answered.filter((time) => time > now - budget.span);
  return { ...budget, inFlight: budget.inFlight - 1, answered: [...recent, now] };
}

/** The budget after a granted request turned out not to be sent. */
export function refund(budget: Budget): Budget {
  return { ...budget, inFlight: budget.inFlight - 1 };
}

/** The budget with another allowance. What was spent before still counts. */
export function allow(budget: Budget, allowance: Allowance): Budget {
  return { ...budget, ...allowance };
}

/**
 * The budget under a pause from `now` on. A pause is never shortened by another, and what two share counts
 * once.
 */
export function pause(budget: Budget, now: number, until: number): Budget {
  const added = Math.max(0, until - Math.max(now, budget.pausedUntil));
  return {
    ...budget,
    pausedUntil: Math.max(budget.pausedUntil, until),
    pausedMs: budget.pausedMs + added,
  };
}

/** How long the budget has been under a pause up to now, milliseconds. */
export function pausedSoFar({ pausedMs, pausedUntil }: Budget, now: number): number {
  return pausedMs - Math.max(0, pausedUntil - now);
}

/**
 * The share of the budget, 0 to 1, that is taken: by requests in flight, and by those answered in the last
 * span.
 */
export function shareTaken({ limit, span, inFlight, answered }: Budget, now: number): number {
  const recent = answered.filter((time) => time > now - span).length;
  return Math.min(1, (inFlight + recent) / limit);
}
