const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** One request that Genesys throttles time after time, and the waits of DynamoDB and EventBridge, milliseconds. */
const LONGEST_WAIT = 10 * MINUTE;
/** What can be paged through in a window: two queries of 1,000 pages each. */
const MOST_REQUESTS = 2_000;
/** What a job of the data lake reads, and how long it may take. */
const JOB_SPAN = 6 * HOUR;
const LONGEST_JOB = HOUR;
const DAY = 24 * HOUR;

/**
 * How long a cycle of the near-real-time streams may take, milliseconds: as long as the request budget makes it at the most.
 * Whoever takes a longer one for hung restarts a poller that is merely busy, and it begins anew.
 */
export function allowedCycle(requestsPerMinute: number): number {
  return LONGEST_WAIT + (MOST_REQUESTS / requestsPerMinute) * MINUTE;
}

/** The same for a cycle of the reconciliation, which reads the horizon and a day, job after job. */
export function allowedReconciliation(requestsPerMinute: number, horizon: number): number {
  return allowedCycle(requestsPerMinute) + Math.ceil((horizon + DAY) / JOB_SPAN) * LONGEST_JOB;
}
