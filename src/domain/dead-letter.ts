import type { BusEntry } from './envelope.ts';
import type { Flaw } from './event.ts';
import type { Instant } from './instant.ts';

/** What could not be published, kept whole for the operator. */
export interface DeadLetter {
  /** The event's deduplication ID, or the SHA-256 of the flawed record. */
  readonly id: string;
  /** When the fact happened, as far as that is known, else the epoch: part of the key, so it must not depend on when it was seen. */
  readonly time: Instant;
  readonly kind: 'event' | 'record';
  readonly reason: string;
  /** How often publishing was tried: 0 for what never could be. */
  readonly attempts: number;
  readonly recordedAt: Instant;
  readonly conversationId?: string;
  /** JSON: for an event `{source, detailType, time, detail}` ready to be published again, else the raw record. */
  readonly content: string;
}

/** The letter for an entry that the bus refused for good. */
export function letterOfEntry(entry: BusEntry, reason: string, attempts: number, now: Instant): DeadLetter {
  const conversationId = entry.event.data.conversationId;
  return {
    id: entry.event.id,
    time: entry.event.timestamp,
    kind: 'event',
    reason,
    attempts,
    recordedAt: now,
    ...(typeof conversationId === 'string' && { conversationId }),
    content: JSON.stringify({
      source: entry.source,
      detailType: entry.event.eventType,
      time: entry.event.data.timestamp,
      detail: JSON.parse(entry.detail),
    }),
  };
}

/** The letter for a record that cannot be identified. */
export function letterOfFlaw(flaw: Flaw, now: Instant): DeadLetter {
  return {
    id: flaw.id,
    time: flaw.time ?? 0,
    kind: 'record',
    reason: flaw.reason,
    attempts: 0,
    recordedAt: now,
    ...(flaw.conversationId !== undefined && { conversationId: flaw.conversationId }),
    content: JSON.stringify(flaw.record) ?? 'null',
  };
}
