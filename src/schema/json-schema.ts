import { CATALOGUE, EVENT_TYPES, type EventType, membersOf } from '../domain/catalogue.ts';
import { METADATA, NAMES } from '../domain/envelope.ts';
import { DATA, type Member } from '../domain/members.ts';

/**
 * A JSON Schema. Only what draft-04 and draft-07 have in common and mean alike is used: the first is the
 * newest that EventBridge's schema registry takes (as JSONSchemaDraft4), the second is what AsyncAPI and most
 * validators read. Members that are not mentioned are allowed, so that a consumer's schema still fits when
 * some are added.
 */
export type JsonSchema = { readonly [keyword: string]: unknown };

const DRAFT_04 = 'http://json-schema.org/draft-04/schema#';
const TEXT = { type: 'string', minLength: 1 };
const FORMS: Readonly<Record<Member['form'], JsonSchema>> = {
  text: TEXT,
  time: {
    type: 'string',
    format: 'date-time',
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$',
  },
  hash: { type: 'string', pattern: '^[0-9a-f]{64}$' },
  texts: { type: 'array', minItems: 1, uniqueItems: true, items: TEXT },
  entity: { type: 'object', additionalProperties: TEXT },
};

/** The schema of `detail` for events of this type. */
export function detailSchema(eventType: EventType): JsonSchema {
  return { $schema: DRAFT_04, title: eventType, ...detailOf(eventType, partsOf([eventType])) };
}

/** The schema of the whole event as EventBridge delivers it, whatever its type. */
export function eventSchema(): JsonSchema {
  return {
    $schema: DRAFT_04,
    title: 'GenesysEvent',
    description: 'An event of Genesys Cloud as Amazon EventBridge delivers it: outbound and conversation events.',
    ...delivered(EVENT_TYPES, { type: 'object' }),
    oneOf: EVENT_TYPES.map((eventType) => ({
      properties: { 'detail-type': { enum: [eventType] }, detail: { $ref: `#/definitions/${eventType}` } },
    })),
    definitions: definitions('#/definitions'),
  };
}

/**
 * The schema of each type's detail by the type's name, and of what they share, all for `path` of one
 * document.
 */
export function definitions(path: string): Readonly<Record<string, JsonSchema>> {
  const parts = partsOf(EVENT_TYPES);
  const refs = { metadata: { $ref: `${path}/metadata` }, names: { $ref: `${path}/names` } };
  return { ...Object.fromEntries(EVENT_TYPES.map((eventType) => [eventType, detailOf(eventType, refs)])), ...parts };
}

/** The schema of an event of these types as EventBridge delivers it, with a detail of this schema. */
export function delivered(eventTypes: readonly EventType[], detail: JsonSchema): JsonSchema {
  return object({
    version: TEXT,
    id: { ...TEXT, description: "EventBridge's own: another one for every copy." },
    'detail-type': { type: 'string', enum: eventTypes },
    source: { ...TEXT, description: 'As configured: `eventBridge.source`.' },
    account: TEXT,
    time: { type: 'string', format: 'date-time', description: 'The timestamp, to the second.' },
    region: TEXT,
    resources: { type: 'array', items: { type: 'string' } },
    detail,
  });
}

/** What the details of all types have in common, or references to it. */
interface Parts {
  readonly metadata: JsonSchema;
  readonly names: JsonSchema;
}

function partsOf(eventTypes: readonly EventType[]): Parts {
  return {
    metadata: {
      description:
        'About this copy of the event: all but the IDs, eventType and schemaVersion may differ in another copy.',
      ...object({ ...schemasOf(METADATA), eventType: schemaOf({ ...METADATA.eventType, values: eventTypes }) }),
    },
    names: {
      description:
        'Names for IDs in the data, as far as they were known when this copy was published: never rely on their presence.',
      type: 'object',
      properties: schemasOf(NAMES),
      additionalProperties: TEXT,
    },
  };
}

function detailOf(eventType: EventType, { metadata, names }: Parts): JsonSchema {
  const always = membersOf(eventType, 'always');
  const members = [...always, ...membersOf(eventType, 'given')];
  const data = {
    description:
      'The fact: the same in every copy of the event, unless Genesys changed the record, or the operator the privacy settings, in between.',
    ...object(
      {
        ...Object.fromEntries(members.map((name) => [name, schemaOf(DATA[name])])),
        eventType: schemaOf({ ...DATA.eventType, values: [eventType] }),
      },
      always,
    ),
  };
  return { description: CATALOGUE[eventType].description, ...object({ metadata, data, names }, ['metadata', 'data']) };
}

function object(properties: JsonSchema, required: readonly string[] = Object.keys(properties)): JsonSchema {
  return { type: 'object', required, properties };
}

function schemasOf(members: Readonly<Record<string, Member>>): JsonSchema {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, schemaOf(member)]));
}

function schemaOf({ form, description, values }: Member): JsonSchema {
  return { description, ...(values ? { type: 'string', enum: values } : FORMS[form]) };
}
