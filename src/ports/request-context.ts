/**
 * What a cycle counts while calls are made; the names are those of its log line. `tooLate`: records that
 * appeared later than any reading reaches back.
 */
export type Counter = 'genesysRequests' | 'genesysThrottled' | 'putEventsCalls' | 'dynamoCalls' | 'tooLate';

/** Handed through every call that leaves the process: how to end it early, and where to count it. */
export interface RequestContext {
  /** Aborting it ends the call as soon as possible; the call then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Called once for each request that goes out on the wire, retries included, and for each late record. */
  count(what: Counter): void;
}

/** The context of a call that belongs to no cycle, such as those of the lease. It is counted nowhere. */
export function contextOf(signal: AbortSignal): RequestContext {
  return { signal, count: () => undefined };
}
