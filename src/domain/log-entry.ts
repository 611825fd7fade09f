import type { LogEntryRule, TypesOf } from './catalogue.ts';
import type { Derivation, EventData } from './event.ts';
import { factMaker, type Readers } from './fact.ts';
import { deduplicationId, recordId } from './identity.ts';
import { type Fields, fieldsOf, isAbsent, textOf } from './json.ts';
import { Piece } from './piece.ts';
import { type PhoneNumbers, redactText } from './privacy.ts';

/** The objects of an entry that its event is made of. */
interface LogEntry {
  readonly entry: Fields;
  readonly message: Fields;
  readonly relatedEntity: Fields;
  readonly errorEntity: Fields;
}

const EVENT_TYPE: TypesOf<LogEntryRule> = 'outboundEventLogged';

const READERS: Readers<typeof EVENT_TYPE, LogEntry> = {
  id: ({ entry }) => textOf(entry.id),
  level: ({ entry }) => textOf(entry.level),
  category: ({ entry }) => textOf(entry.category),
  code: ({ message }) => textOf(message.code),
  message: ({ message }, phoneNumbers) => redactText(textOf(message.message), phoneNumbers),
  correlationId: ({ entry }) => textOf(entry.correlationId),
  relatedEntity: ({ relatedEntity }, phoneNumbers) => entityOf(relatedEntity, phoneNumbers),
  errorEntity: ({ errorEntity }, phoneNumbers) => entityOf(errorEntity, phoneNumbers),
};
const toData = factMaker(EVENT_TYPE, READERS);

/** The event of an entry of the dialer's event log. Accepts any JSON and never throws. */
export function deriveLogEntry(record: unknown, phoneNumbers: PhoneNumbers): Derivation {
  const entry = new Piece(fieldsOf(record) ?? {});
  entry.texts(['id', 'level', 'category', 'correlationId']);
  const id = textOf(entry.fields.id);
  const timestamp = entry.time('timestamp');
  const relatedEntity = entry.object('relatedEntity');
  const errorEntity = entry.object('errorEntity');
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
  const isCodeMalformed = 'code' in message.malformedPiece || 'eventMessage' in entry.malformedPiece;
  if (id === undefined || typeof timestamp !== 'number' || isCodeMalformed) return { events: [], malformed };

  const parts = { entry: entry.fields, message: message.fields, relatedEntity, errorEntity };
  const event = {
    id: deduplicationId({
      conversationId: id,
      eventType: EVENT_TYPE,
      timestamp,
      qualifier: textOf(message.fields.code),
    }),
    eventType: EVENT_TYPE,
    timestamp,
    data: toData(timestamp, parts, phoneNumbers),
  };
  return { events: [event], malformed };
}

/**
 * Published as they are. Every other text of an entity is written by people, and may hold a telephone number.
 */
const REFERENCES: ReadonlySet<string> = new Set(['id', 'selfUri']);

/**
 * The textual members of an entity reference, undefined when there are none. In the order of their names, so
 * that copies are the same to the byte in whichever order Genesys serves them.
 */
function entityOf(entity: Fields, phoneNumbers: PhoneNumbers): EventData[string] | undefined {
  const members = Object.keys(entity)
    .sort()
    .flatMap((name) => {
      const text = textOf(entity[name]);
      const shown = REFERENCES.has(name) ? text : redactText(text, phoneNumbers);
      return shown === undefined ? [] : [[name, shown] as const];
    });
  return members.length > 0 ? Object.fromEntries(members) : undefined;
}
