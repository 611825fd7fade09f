import type { Derivation, EventData } from './event.ts';
import { factOf } from './fact.ts';
import { deduplicationId, recordId } from './identity.ts';
import { type Fields, fieldsOf, isAbsent, textOf } from './json.ts';
import { Piece } from './piece.ts';
import { guardText, type PhoneNumbers } from './privacy.ts';

/** The event of an entry of the dialer's event log. Accepts any JSON and never throws. */
export function deriveLogEntry(record: unknown, phoneNumbers: PhoneNumbers): Derivation {
  const entry = new Piece(fieldsOf(record) ?? {});
  entry.texts(['id', 'level', 'category', 'correlationId']);
  const id = textOf(entry.fields.id);
  const timestamp = entry.time('timestamp');
  const relatedEntity = entityOf(entry.object('relatedEntity'), phoneNumbers);
  const errorEntity = entityOf(entry.object('errorEntity'), phoneNumbers);
  const message = new Piece(entry.object('eventMessage'));
  message.texts(['code', 'message']);

  const reasons = [
    ...(isAbsent(entry.fields.id) ? ['no id'] : []),
    ...(timestamp === 'absent' ? ['no timestamp'] : []),
    ...entry.reasons,
    ...message.reasons,
  ];
  const malformed = reasons.length > 0 ? [{ id: recordId(record), reason: reasons.join('; '), record }] : [];
  // The code is part of the ID: without it the event would be another one.
  const isCodeFlawed = 'code' in message.malformedPiece || 'eventMessage' in entry.malformedPiece;
  if (id === undefined || typeof timestamp !== 'number' || isCodeFlawed) return { events: [], malformed };

  const eventType = 'outboundEventLogged';
  const code = textOf(message.fields.code);
  const data = factOf(eventType, timestamp, {
    id,
    level: textOf(entry.fields.level),
    category: textOf(entry.fields.category),
    code,
    message: guardText(textOf(message.fields.message), phoneNumbers),
    correlationId: textOf(entry.fields.correlationId),
    relatedEntity,
    errorEntity,
  });
  const eventId = deduplicationId({ conversationId: id, eventType, timestamp, qualifier: code });
  return { events: [{ id: eventId, eventType, timestamp, data }], malformed };
}

/**
 * Published as they are. Every other text of an entity is written by people, and may hold a telephone number.
 */
const REFERENCES: ReadonlySet<string> = new Set(['id', 'selfUri']);

/** The textual members of an entity reference, undefined when there are none. */
function entityOf(entity: Fields, phoneNumbers: PhoneNumbers): EventData[string] | undefined {
  const members = Object.entries(entity).flatMap(([name, value]) => {
    const text = REFERENCES.has(name) ? textOf(value) : guardText(textOf(value), phoneNumbers);
    return text === undefined ? [] : [[name, text] as const];
  });
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return members.length > 0 ? Object.fromEntries(members) : undefined;
}
