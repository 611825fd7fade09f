import { type BusEntry, entryBytes } from './envelope.ts';
import { EVENT_TYPES, type EventData, type Flaw } from './event.ts';
import { formatInstant, type Instant } from './instant.ts';
import { fieldsOf } from './json.ts';

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

/**
 * The entry that a letter was made of, to be sent once more from `source` at `now`: the ID, the names and every byte of
 * the fact as they were. Undefined for a record, which is no entry yet, and for content that is none.
 */
export function entryOfLetter(letter: DeadLetter, source: string, now: Instant): BusEntry | undefined {
  if (letter.kind !== 'event') return undefined;
  const { detailType, detail } = fieldsOf(parsed(letter.content)) ?? {};
  const eventType = EVENT_TYPES.find((one) => one === detailType);
  const { metadata, data } = fieldsOf(detail) ?? {};
  if (eventType === undefined || !fieldsOf(data) || fieldsOf(metadata)?.id !== letter.id) return undefined;
  const text = JSON.stringify({
    ...fieldsOf(detail),
    metadata: { ...fieldsOf(metadata), publishedAt: formatInstant(now) },
  });
  return {
    event: { id: letter.id, eventType, timestamp: letter.time, data: data as EventData },
    source,
    detail: text,
    bytes: entryBytes(source, eventType, text),
  };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
