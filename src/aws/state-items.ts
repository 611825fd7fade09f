import { hash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type DeadLetter, withContentOf } from '../domain/dead-letter.ts';
import { formatInstant, type Instant, parseInstant } from '../domain/instant.ts';
import type { StoredDeadLetter } from '../ports/operator-state.ts';
import type { Checkpoint, LastCycle, Lease, StoredJob } from '../ports/state-store.ts';

/** An item, or a part of one, as DynamoDB has it. */
export type Item = Record<string, AttributeValue>;

/** DynamoDB takes items of 400 KB, names and values of all attributes counted (AWS, "Item sizes"). Bytes. */
const LARGEST_ITEM = 400 * 1024;
/**
 * A dead letter's attributes beside its content: the two keys at most 3 KB, the reason 2 KB, everything
 * else below 1 KB.
 */
const BESIDE_CONTENT = 8 * 1024;
const LARGEST_CONTENT = LARGEST_ITEM - BESIDE_CONTENT;
/** Above this a dead letter's content is stored gzipped, and cut if that is too large as well. Bytes. */
const LARGEST_PLAIN_CONTENT = 300 * 1024;

export function text(value: string): AttributeValue {
  return { S: value };
}

export function number(value: number): AttributeValue {
  return { N: String(value) };
}

export function instant(value: number): AttributeValue {
  return { S: formatInstant(value) };
}

/** Undefined for an item that is no checkpoint of ours. */
export function readCheckpointItem(item: Item): Checkpoint | undefined {
  const watermark = parseInstant(item.watermark?.S);
  const origin = parseInstant(item.origin?.S);
  const updatedAt = parseInstant(item.updatedAt?.S);
  const fence = readNumber(item.fence);
  if (watermark === undefined || origin === undefined || updatedAt === undefined || fence === undefined)
    return undefined;
  const rereadTo = parseInstant(item.rereadTo?.S);
  return { watermark, origin, fence, updatedAt, ...(rereadTo !== undefined && { rereadTo }) };
}

/** Undefined for an item that is no lease of ours. */
export function readLeaseItem(item: Item): Lease | undefined {
  const holder = item.holder?.S;
  const version = readNumber(item.version);
  const fence = readNumber(item.fence);
  const durationMs = readNumber(item.durationMs);
  if (holder === undefined || version === undefined || fence === undefined || durationMs === undefined)
    return undefined;
  return { holder, version, fence, durationMs };
}

/** When a lease was written; undefined if the item does not say so. */
export function readUpdatedAt(item: Item): Instant | undefined {
  return parseInstant(item.updatedAt?.S);
}

/** The latest cycle that a lease records; undefined if it records none. */
export function readLastCycle(item: Item): LastCycle | undefined {
  const fields = item.lastCycle?.M ?? {};
  const outcome = OUTCOMES.find((one) => one === fields.outcome?.S);
  const at = parseInstant(fields.at?.S);
  const published = readNumber(fields.published);
  if (outcome === undefined || at === undefined || published === undefined) return undefined;
  const watermark = parseInstant(fields.watermark?.S);
  const { code, reason } = { code: fields.code?.S, reason: fields.reason?.S };
  const budgetShare = readNumber(fields.budgetShare);
  const throttledMs = readNumber(fields.throttledMs);
  const nextDue = parseInstant(fields.nextDue?.S);
  return {
    outcome,
    at,
    published,
    ...(watermark !== undefined && { watermark }),
    ...(budgetShare !== undefined && { budgetShare }),
    ...(throttledMs !== undefined && { throttledMs }),
    ...(nextDue !== undefined && { nextDue }),
    ...(code !== undefined && { code }),
    ...(reason !== undefined && { reason }),
  };
}

const OUTCOMES = ['completed', 'interrupted', 'failed'] as const;

export function lastCycleAttribute(cycle: LastCycle): AttributeValue {
  return {
    M: {
      outcome: text(cycle.outcome),
      at: instant(cycle.at),
      published: number(cycle.published),
      ...(cycle.watermark !== undefined && { watermark: instant(cycle.watermark) }),
      ...(cycle.budgetShare !== undefined && { budgetShare: number(cycle.budgetShare) }),
      ...(cycle.throttledMs !== undefined && { throttledMs: number(cycle.throttledMs) }),
      ...(cycle.nextDue !== undefined && { nextDue: instant(cycle.nextDue) }),
      ...(cycle.code !== undefined && { code: text(cycle.code) }),
      ...(cycle.reason !== undefined && { reason: text(cycle.reason.slice(0, LONGEST_REASON)) }),
    },
  };
}

/** A lease is written again and again: it is to stay within one write unit, 1 KB. */
const LONGEST_REASON = 400;

/** Undefined for an item that is no job of ours. */
export function readJobItem(item: Item): StoredJob | undefined {
  const id = item.jobId?.S;
  const start = parseInstant(item.pieceStart?.S);
  const end = parseInstant(item.pieceEnd?.S);
  const windowEnd = parseInstant(item.windowEnd?.S);
  const watermark = parseInstant(item.watermark?.S);
  const checkpointAt = parseInstant(item.checkpointAt?.S);
  const known = start !== undefined && end !== undefined && windowEnd !== undefined;
  if (!id || !known || watermark === undefined || checkpointAt === undefined) return undefined;
  return { id, piece: { start, end }, windowEnd, watermark, checkpointAt };
}

export function jobAttributes(job: StoredJob): Item {
  return {
    jobId: text(job.id),
    pieceStart: instant(job.piece.start),
    pieceEnd: instant(job.piece.end),
    windowEnd: instant(job.windowEnd),
    watermark: instant(job.watermark),
    checkpointAt: instant(job.checkpointAt),
  };
}

/** Its place among a stream's dead letters, which sorts them by the time of the fact. */
export function deadLetterKey(deadLetter: DeadLetter): string {
  return `dead-letter#${formatInstant(deadLetter.time)}#${deadLetter.id}`;
}

/**
 * The attributes of a dead letter beside its key and the times at which it was seen. `contentEncoding`
 * says how `content` is to be read: `identity`, a string, or `gzip`, bytes. `contentBytes` and
 * `contentSha256` are of the whole content: where `content` is shorter, it is the beginning of that.
 */
export function deadLetterAttributes(deadLetter: DeadLetter): Item {
  return {
    id: text(deadLetter.id),
    time: instant(deadLetter.time),
    kind: text(deadLetter.kind),
    reason: text(deadLetter.reason),
    attempts: number(deadLetter.attempts),
    ...(deadLetter.conversationId !== undefined && { conversationId: text(deadLetter.conversationId) }),
    ...contentAttributes(deadLetter),
  };
}

/** Undefined for an item that is no dead letter of ours. */
export function readDeadLetterItem(item: Item): StoredDeadLetter | undefined {
  const id = item.id?.S;
  const time = parseInstant(item.time?.S);
  const kind = item.kind?.S;
  const firstSeenAt = parseInstant(item.firstSeenAt?.S);
  const recordedAt = parseInstant(item.lastSeenAt?.S);
  const content = readContent(item);
  if (id === undefined || time === undefined || content === undefined) return undefined;
  if (firstSeenAt === undefined || recordedAt === undefined || (kind !== 'event' && kind !== 'record'))
    return undefined;
  const conversationId = item.conversationId?.S;
  return {
    id,
    time,
    kind,
    reason: item.reason?.S ?? '',
    attempts: readNumber(item.attempts) ?? 0,
    firstSeenAt,
    recordedAt,
    ...(conversationId !== undefined && { conversationId }),
    content,
    ...(isCut(item, content) && {
      whole: { bytes: readNumber(item.contentBytes) ?? 0, sha256: item.contentSha256?.S ?? '' },
    }),
  };
}

/** Dead letters of earlier versions were never cut, and do not say how large they were. */
function isCut({ contentBytes }: Item, content: string): boolean {
  return (readNumber(contentBytes) ?? 0) > Buffer.byteLength(content);
}

function readContent({ content, contentEncoding }: Item): string | undefined {
  if (contentEncoding?.S !== 'gzip') return content?.S;
  try {
    return content?.B && gunzipSync(content.B).toString('utf8');
  } catch {
    return undefined;
  }
}

/** An update that sets these attributes, whatever their names. */
export function setting(attributes: Item) {
  const names = Object.keys(attributes);
  return {
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`:${name}`, value]),
    ),
  };
}

function contentAttributes(deadLetter: DeadLetter): Item {
  const { content } = deadLetter;
  const isPlain = Buffer.byteLength(content) <= LARGEST_PLAIN_CONTENT;
  const gzipped = isPlain ? undefined : gzipSync(content);
  if (gzipped && gzipped.length > LARGEST_CONTENT) {
    return contentAttributes(withContentOf(LARGEST_PLAIN_CONTENT, deadLetter));
  }
  const whole = deadLetter.whole ?? { bytes: Buffer.byteLength(content), sha256: hash('sha256', content) };
  return {
    content: gzipped ? { B: gzipped } : text(content),
    contentEncoding: text(gzipped ? 'gzip' : 'identity'),
    contentBytes: number(whole.bytes),
    contentSha256: text(whole.sha256),
  };
}

function readNumber(value: AttributeValue | undefined): number | undefined {
  return value?.N === undefined ? undefined : Number(value.N);
}
