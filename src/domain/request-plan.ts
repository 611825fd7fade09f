import { MAX_PAGE_SIZE } from './page-size.ts';

/** What the schedules ask of the request budget. */
interface RequestPlan {
  /** Polls of the live streams in a minute. */
  readonly pollsPerMinute: number;
  /**
   * Queries that one poll of conversations makes: two for `changes`, one for `interval`, none where they are
   * not polled.
   */
  readonly queries: number;
  /** Conversations that one poll reads, as far as that is known. */
  readonly conversationsPerPoll: number;
  readonly eventLog: boolean;
  readonly reconciliationsPerMinute: number;
}

/**
 * Requests in a minute that the schedules need at such a load: each query is read page by page until one
 * comes back empty, the event log takes one page where little happens, and the reconciliation asks whether
 * there is anything new.
 */
export function requestsPerMinute(plan: RequestPlan): number {
  const { pollsPerMinute, queries, conversationsPerPoll, eventLog, reconciliationsPerMinute } = plan;
  const pages = Math.ceil(conversationsPerPoll / MAX_PAGE_SIZE) + 1;
  return pollsPerMinute * (queries * pages + (eventLog ? 1 : 0)) + reconciliationsPerMinute;
}
