const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * How long one request to Genesys may wait because Genesys said so (Retry-After), all its attempts together,
 * milliseconds. Ten waits of a minute fit, the longest that its own limits ask for. A longer wait fails the
 * cycle instead, which is reported and tried again. Waiting through it would look like a hung poller. The
 * waits of DynamoDB and EventBridge are shorter.
 */
export const LONGEST_WAIT = 10 * MINUTE;
/** What can be paged through in a window: two queries of 1,000 pages each. */
const MOST_REQUESTS = 2_000;
/** What a job of the data lake reads, and how long it may take. */
const JOB_SPAN = 6 * HOUR;
const LONGEST_JOB = HOUR;
const DAY = 24 * HOUR;

/**
 * How long a cycle of the near-real-time streams may take, milliseconds: as long as the request budget makes
 * it at the most. A lower limit would restart a poller that is merely busy, and it would begin again.
 */
export function allowedCycle(requestsPerMinute: number): number {
  return LONGEST_WAIT + (MOST_REQUESTS / requestsPerMinute) * MINUTE;
}

/** The same for a cycle of the reconciliation, which reads the horizon and a day, job after job. */
export function allowedReconciliation(requestsPerMinute: number, horizon: number): number {
  return allowedCycle(requestsPerMinute) + Math.ceil((horizon + DAY) / JOB_SPAN) * LONGEST_JOB;
}
