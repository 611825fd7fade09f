import { EVENT_TYPES } from './catalogue.ts';
import { type Cut, cutChunks, cutText, type Whole } from './cut.ts';
import type { SinkEntry } from './envelope.ts';
import type { EventData, MalformedRecord } from './event.ts';
import { formatInstant, type Instant } from './instant.ts';
import { fieldsOf, parseJson, writeJson } from './json.ts';

/**
 * Bytes. A dead letter of a record of any size costs no more than this; the table holds less, and packs or
 * cuts it.
 */
const MAX_CONTENT_BYTES = 4 * 1024 * 1024;
/** Bytes. Longer than any usable ID, or readable reason. */
const MAX_ID_BYTES = 256;
const MAX_REASON_BYTES = 2_048;

/** What could not be published, kept for the operator. */
export interface DeadLetter {
  /** The event's deduplication ID, or the ID of the malformed record. */
  readonly id: string;
  /**
   * When the fact happened, as far as that is known, else the epoch: part of the key, so it must not depend
   * on when it was seen.
   */
  readonly time: Instant;
  readonly kind: 'event' | 'record';
  readonly reason: string;
  /** How often publishing was tried: 0 for what never could be. */
  readonly attempts: number;
  readonly recordedAt: Instant;
  readonly conversationId?: string;
  /**
   * JSON: for an event `{source, detailType, time, detail}` ready to be published again, else the raw record.
   */
  readonly content: string;
  /** Where the content was too large and only its beginning is kept: what it was. */
  readonly whole?: Whole;
}

/** The dead letter for an entry that the sink refused for good. */
export function deadLetterOfEntry(entry: SinkEntry, reason: string, attempts: number, now: Instant): DeadLetter {
  const conversationId = entry.event.data.conversationId;
  return {
    id: entry.event.id,
    time: entry.event.timestamp,
    kind: 'event',
    reason: readable(reason, MAX_REASON_BYTES),
    attempts,
    recordedAt: now,
    ...(typeof conversationId === 'string' && { conversationId: readable(conversationId, MAX_ID_BYTES) }),
    ...contentOf(cutText(contentOfEntry(entry), MAX_CONTENT_BYTES)),
  };
}

/** The dead letter for a record that cannot be identified. */
export function deadLetterOfRecord(malformedRecord: MalformedRecord, now: Instant): DeadLetter {
  return {
    id: malformedRecord.id,
    time: malformedRecord.time ?? 0,
    kind: 'record',
    reason: readable(malformedRecord.reason, MAX_REASON_BYTES),
    attempts: 0,
    recordedAt: now,
    ...(malformedRecord.conversationId !== undefined && {
      conversationId: readable(malformedRecord.conversationId, MAX_ID_BYTES),
    }),
    ...contentOf(cutChunks((take) => writeJson(malformedRecord.record, 'as received', take), MAX_CONTENT_BYTES)),
  };
}

/** The dead letter with a content of at most so many bytes. */
export function withContentOf(most: number, deadLetter: DeadLetter): DeadLetter {
  const { text, whole } = cutText(deadLetter.content, most);
  return whole ? { ...deadLetter, content: text, whole: deadLetter.whole ?? whole } : deadLetter;
}

/** The detail is JSON already: what it says is repeated byte for byte. */
function contentOfEntry({ source, event, detail }: SinkEntry): string {
  const around = JSON.stringify({ source, detailType: event.eventType, time: event.data.timestamp });
  return `${around.slice(0, -1)},"detail":${detail}}`;
}

function contentOf({ text, whole }: Cut): Pick<DeadLetter, 'content' | 'whole'> {
  return { content: text, ...(whole && { whole }) };
}

/** A text for an operator. A table takes Unicode only: half a character becomes a replacement character. */
function readable(text: string, most: number): string {
  const cut = cutText(Buffer.from(text).toString(), most);
  return cut.whole ? `${cut.text}…` : cut.text;
}

/**
 * The entry that a dead letter was made of, to be sent once more from `source` at `now`: the ID, the names
 * and every byte of the fact as they were. Undefined for a record, which is not an entry yet, and for content
 * that is not an entry.
 */
export function entryOfDeadLetter(deadLetter: DeadLetter, source: string, now: Instant): SinkEntry | undefined {
  if (deadLetter.kind !== 'event') return undefined;
  const { detailType, detail } = fieldsOf(parseJson(deadLetter.content)) ?? {};
  const eventType = EVENT_TYPES.find((one) => one === detailType);
  const { metadata, data } = fieldsOf(detail) ?? {};
  if (eventType === undefined || !fieldsOf(data) || fieldsOf(metadata)?.id !== deadLetter.id) return undefined;
  const text = JSON.stringify({
    ...fieldsOf(detail),
    metadata: { ...fieldsOf(metadata), publishedAt: formatInstant(now) },
  });
  return {
    event: { id: deadLetter.id, eventType, timestamp: deadLetter.time, data: data as EventData },
    source,
    detail: text,
  };
}
