import { hash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type DeadLetter, withContentOf } from '../domain/dead-letter.ts';
import { formatInstant, parseInstant } from '../domain/instant.ts';
import type { StoredDeadLetter } from '../ports/state-store.ts';
import { type Item, instant, number, readNumber, setting, text } from './state-attributes.ts';
import type { Query, Update } from './state-items.ts';

/** DynamoDB takes items of 400 KB, names and values of all attributes counted (AWS, "Item sizes"). Bytes. */
const MAX_ITEM_BYTES = 400 * 1024;
/**
 * A dead letter's attributes beside its content: the two keys at most 3 KB, the reason 2 KB, everything
 * else below 1 KB.
 */
const BESIDE_CONTENT = 8 * 1024;
const MAX_CONTENT_BYTES = MAX_ITEM_BYTES - BESIDE_CONTENT;
/** Above this a dead letter's content is stored gzipped, and cut if that is too large as well. Bytes. */
const MAX_PLAIN_CONTENT_BYTES = 300 * 1024;

const PREFIX = 'dead-letter#';

/** Its place among a stream's dead letters, which sorts them by the time of the fact. */
export function deadLetterKey(deadLetter: DeadLetter): string {
  return `${PREFIX}${formatInstant(deadLetter.time)}#${deadLetter.id}`;
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

/** An update that stores it, and keeps when it was first seen. */
export function deadLetterUpdate(deadLetter: DeadLetter): Update {
  const { UpdateExpression, ExpressionAttributeNames, ExpressionAttributeValues } = setting(
    deadLetterAttributes(deadLetter),
  );
  return {
    UpdateExpression: `${UpdateExpression}, #first = if_not_exists(#first, :seen), #last = :seen`,
    ExpressionAttributeNames: { ...ExpressionAttributeNames, '#first': 'firstSeenAt', '#last': 'lastSeenAt' },
    ExpressionAttributeValues: { ...ExpressionAttributeValues, ':seen': instant(deadLetter.recordedAt) },
  };
}

/**
 * A query for the dead letters of a stream, the earliest fact first; those whose ID begins with `idPrefix`.
 */
export function deadLetterQuery(pk: AttributeValue, idPrefix?: string): Query {
  const values = { ':pk': pk, ':dead': text(PREFIX) };
  return {
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :dead)',
    ...(idPrefix !== undefined
      ? { FilterExpression: 'begins_with(id, :id)', ExpressionAttributeValues: { ...values, ':id': text(idPrefix) } }
      : { ExpressionAttributeValues: values }),
  };
}

/** Undefined for an item that is not a dead letter of ours. */
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

function contentAttributes(deadLetter: DeadLetter): Item {
  const { content } = deadLetter;
  const isPlain = Buffer.byteLength(content) <= MAX_PLAIN_CONTENT_BYTES;
  const gzipped = isPlain ? undefined : gzipSync(content);
  if (gzipped && gzipped.length > MAX_CONTENT_BYTES) {
    return contentAttributes(withContentOf(MAX_PLAIN_CONTENT_BYTES, deadLetter));
  }
  const whole = deadLetter.whole ?? { bytes: Buffer.byteLength(content), sha256: hash('sha256', content) };
  return {
    content: gzipped ? { B: gzipped } : text(content),
    contentEncoding: text(gzipped ? 'gzip' : 'identity'),
    contentBytes: number(whole.bytes),
    contentSha256: text(whole.sha256),
  };
}
