import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE, EVENT_TYPES, type EventType } from '../../src/domain/catalogue.ts';
import { METADATA, NAMES } from '../../src/domain/envelope.ts';
import { DATA, type DataMember, type Member } from '../../src/domain/members.ts';
import { PROJECT } from '../package/project.ts';

/** The line of src/schema/events.ts that brings the inferred types, and the one that hands them on. */
const INFERRED = /^import type \{.*\} from '\.\/event-data\.ts';\n\nexport type \{.*\};\n/;
const OPENING = `/*
 * The events as consumers receive them: types alone, without an import, published as \`genesys-eventbridge-poller/events\`. What is
 * optional is absent where Genesys does not give it; nothing is ever null or the empty string. Values that Genesys chooses from a
 * list of its own (mediaType, disconnectType, …) are texts here, for it keeps adding to these lists. All times are UTC, written
 * \`2026-01-31T08:00:00.000Z\`.
 */
`;

/**
 * The types that consumers import, as one declaration file without an import: src/schema/events.ts, with the types that
 * are inferred there written out, named and explained.
 */
export function typeDeclarations(): string {
  const source = readFileSync(join(PROJECT, 'src/schema/events.ts'), 'utf8');
  if (!INFERRED.test(source)) throw new Error('src/schema/events.ts does not begin with the inferred types');
  const members = (names: Readonly<Record<string, Member>>) =>
    Object.entries(names).map(([name, { description, ...type }]) => ({ name, description, type: typeOf(type) }));
  const written = [
    ...EVENT_TYPES.map((eventType) =>
      declaration(CATALOGUE[eventType].description, interfaceOf(eventType), dataOf(eventType)),
    ),
    declaration(
      'What `detail.data` is, by type of event.',
      'EventDataByType',
      EVENT_TYPES.map((eventType) => ({ name: eventType, type: interfaceOf(eventType) })),
    ),
    declaration(
      'About this copy of an event: all but the IDs, eventType and schemaVersion may differ in another copy.',
      'EventMetadata<T extends EventType = EventType>',
      members(METADATA).map((one) => (one.name === 'eventType' ? { ...one, type: 'T' } : one)),
    ),
    declaration(
      'Names for IDs in the data, as far as they were known when this copy was published: never rely on their presence.',
      'EventNames',
      members(NAMES).map((one) => ({ ...one, name: `${one.name}?` })),
    ),
  ];
  return OPENING + source.replace(INFERRED, `\n${written.join('\n')}`);
}

interface Property {
  readonly name: string;
  readonly type: string;
  readonly description?: string;
}

function dataOf(eventType: EventType): readonly Property[] {
  const { members } = CATALOGUE[eventType];
  return (Object.entries(members) as [DataMember, string][]).map(([name, presence]) => ({
    name: presence === 'always' ? name : `${name}?`,
    type: name === 'eventType' ? `'${eventType}'` : typeOf(DATA[name]),
    description: DATA[name].description,
  }));
}

function interfaceOf(eventType: EventType): string {
  return eventType.charAt(0).toUpperCase() + eventType.slice(1);
}

function typeOf({ form, values }: Pick<Member, 'form' | 'values'>): string {
  if (values) return values.map((value) => `'${value}'`).join(' | ');
  if (form === 'texts') return 'readonly string[]';
  return form === 'entity' ? 'Readonly<Record<string, string>>' : 'string';
}

function declaration(description: string, name: string, properties: readonly Property[]): string {
  const lines = properties.flatMap(({ name, type, description }) => [
    ...(description === undefined ? [] : [`  /** ${description} */`]),
    `  readonly ${name}: ${type};`,
  ]);
  return `/** ${description} */\nexport interface ${name} {\n${lines.join('\n')}\n}\n`;
}
