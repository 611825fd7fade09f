import { createHash } from 'node:crypto';

/**
 * How a fact came into the record: `prompt`, in the course of the conversation; `late`, well after the
 * timestamp it bears; `changed`, in place of an earlier value.
 */
export type Lateness = 'prompt' | 'late' | 'changed';

/**
 * A fact of the world, as the simulated world knows it: what a faithful poller must publish once. Times in
 * epoch milliseconds; absent parts are the empty string.
 */
export interface Fact {
  readonly conversationId: string;
  /** The name of a type in the event catalogue. */
  readonly eventType: string;
  readonly timestamp: number;
  readonly participantId: string;
  readonly sessionId: string;
  readonly qualifier: string;
  /** From when on the records (or the dialer's log) show it. */
  readonly visibleAt: number;
  /**
   * From when on they no longer do, because another value took its place. A reader who came in between saw
   * it.
   */
  readonly goneAt?: number;
  readonly lateness: Lateness;
  /** Of its conversation; empty for the dialer's log. */
  readonly originatingDirection: string;
  /** Whether some session of its conversation bears an outboundCampaignId, sooner or later. */
  readonly campaign: boolean;
  /** NaN for the dialer's log. */
  readonly conversationStart: number;
}

/** The parts of a fact that distinguish it from every other. */
export type FactIdentity = Pick<
  Fact,
  'conversationId' | 'eventType' | 'timestamp' | 'participantId' | 'sessionId' | 'qualifier'
>;

/**
 * The text that identifies a fact, as the event catalogue prescribes it: two facts of the same key are one.
 */
export function factKey(fact: FactIdentity): string {
  const time = new Date(fact.timestamp).toISOString();
  return [fact.conversationId, fact.eventType, time, fact.participantId, fact.sessionId, fact.qualifier].join(':');
}

/** The deduplication ID under which a fact has to arrive. */
export function factId(fact: FactIdentity): string {
  return createHash('sha256').update(factKey(fact)).digest('hex');
}
