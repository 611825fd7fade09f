/**
 * How often each operation is retried, and with which backoff. Which errors are worth another attempt is
 * decided where they arise: genesys/client.ts, aws/failures.ts, pipeline/publisher.ts.
 */

/** How waiting grows between attempts; milliseconds. */
export interface Backoff {
  readonly first: number;
  readonly longest: number;
}

export interface RetryPolicy {
  /** Attempts altogether, the first included. */
  readonly attempts: number;
  readonly backoff: Backoff;
}

/** Work that fails after so many attempts; what needs it fails too, and the next cycle begins anew. */
export const RETRIES = {
  /** Enough for a deployment or a blip at Genesys. */
  genesysRequest: { attempts: 5, backoff: { first: 1_000, longest: 20_000 } },
  /**
   * DynamoDB's throttling passes within a second or lasts. aws/clients.ts limits the time of each attempt.
   */
  tableCall: { attempts: 3, backoff: { first: 100, longest: 1_000 } },
  /** Entries that a busy sink refused: half a minute. */
  publish: { attempts: 8, backoff: { first: 250, longest: 20_000 } },
  /** IDs that DynamoDB left unprocessed, since it was too busy for them: 20 s. */
  dedupIds: { attempts: 10, backoff: { first: 50, longest: 10_000 } },
  /** Windows of a backfill that fail one after another. */
  backfillWindow: { attempts: 5, backoff: { first: 5_000, longest: 60_000 } },
} as const satisfies Readonly<Record<string, RetryPolicy>>;

/**
 * Attempts at a query that takes too long and could be made smaller. The second tells a blip from a heavy
 * query.
 */
export const ATTEMPTS_IF_DIVISIBLE = 2;

/** How many answers 429 in a row one request, and one login, waits out, each for as long as Genesys says. */
export const THROTTLED_WAITS = { request: 10, login: 5 } as const;

const MINUTE = 60_000;

/**
 * How long one request to Genesys may wait because Genesys said so (Retry-After), all its attempts together,
 * milliseconds. Ten waits of a minute fit, the longest that its own limits ask for. A longer wait fails the
 * cycle instead, which is reported and tried again. Waiting through it would look like a hung poller. The
 * waits of DynamoDB and EventBridge are shorter.
 */
export const MAX_REQUESTED_WAIT_MS = 10 * MINUTE;

/** Pauses of what is repeated until it succeeds, or for as long as something else says. */
export const PAUSES = {
  /** An answer 429 that names no time. */
  throttled: { first: 2_000, longest: MINUTE },
  /** What a daemon needs before it can poll: a lease, its organisation, a login. */
  outage: { first: 1_000, longest: MINUTE },
  /** Trial reads of a poller that released its lease because a cycle hung. */
  trialRead: { first: 10_000, longest: 5 * MINUTE },
  /** Reading the list of names again: events go out without names meanwhile. */
  names: { first: MINUTE, longest: 15 * MINUTE },
  /** Looking whether a job of the data lake is done. */
  job: { first: 1_000, longest: 10_000 },
} as const satisfies Readonly<Record<string, Backoff>>;

/**
 * How long to wait after the `attempt`-th failed attempt (1, 2, …): doubling from `first` up to `longest`, of
 * which a random part between half and all is taken, so that callers that failed together do not come back
 * together.
 */
export function backoffDelay(attempt: number, backoff: Backoff, random: number): number {
  const full = Math.min(backoff.longest, backoff.first * 2 ** (attempt - 1));
  return Math.round(full * (0.5 + random / 2));
}
