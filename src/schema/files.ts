import { stringify } from 'yaml';
import { EVENT_TYPES, type EventType } from '../domain/catalogue.ts';
import { asyncApiDocument } from './asyncapi.ts';
import { detailSchema, eventSchema, type JsonSchema } from './json-schema.ts';

/** `event.json`: the whole event. `dispositionSet.json` and so on: the detail of one type. */
type SchemaFile = 'event.json' | `${EventType}.json` | 'asyncapi.yaml';

/** The documents that describe what is published, by the names under which the package has them. */
export const SCHEMA_FILES: readonly SchemaFile[] = [
  'event.json',
  ...EVENT_TYPES.map((eventType) => `${eventType}.json` as const),
  'asyncapi.yaml',
];

/** The text of one of them. */
export function schemaFile(name: SchemaFile): string {
  // YAML 1.1 takes an unquoted time for a date, so times are quoted.
  if (name === 'asyncapi.yaml') return stringify(asyncApiDocument(), { version: '1.1', aliasDuplicateObjects: false });
  const eventType = EVENT_TYPES.find((one) => name === `${one}.json`);
  return json(eventType ? detailSchema(eventType) : eventSchema());
}

function json(schema: JsonSchema): string {
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
