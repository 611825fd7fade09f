import { Ajv, type ValidateFunction } from 'ajv';
import { EVENT_TYPES, type EventType } from '../../src/domain/catalogue.ts';
import { detailSchema, type JsonSchema } from '../../src/schema/json-schema.ts';

/** What of an event on a bus the schema is about. */
export interface Published {
  readonly detailType: string;
  /** JSON. */
  readonly detail: string;
}

/**
 * A schema for which what it does not mention is an error: consumers allow more than is documented, we
 * publish no more.
 */
export function closed(schema: JsonSchema): JsonSchema {
  return mapped(schema, (one) => ('properties' in one ? { ...one, additionalProperties: false } : one));
}

/** A schema for which any text will do for a hash: some tests name their events for people. */
function named(schema: JsonSchema): JsonSchema {
  return mapped(schema, (one) => (one.pattern === '^[0-9a-f]{64}$' ? { type: 'string' } : one));
}

function mapped(schema: JsonSchema, change: (one: JsonSchema) => JsonSchema): JsonSchema {
  const inner = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? mapped(value as JsonSchema, change) : value;
  return change(Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, inner(value)])));
}

/** A validator of our schemas, which keep to what draft-04 and draft-07 have in common. */
export function validator({ $schema, ...schema }: JsonSchema): ValidateFunction {
  return new Ajv({ strict: true, allErrors: true, formats: { 'date-time': true } }).compile(schema);
}

const known = new Map<string, ValidateFunction>();

/** In what an event is not as documented; `ids: 'named'` passes over that an ID is no hash. */
export function undocumented({ detailType, detail }: Published, ids: 'hashes' | 'named' = 'hashes'): readonly string[] {
  const eventType = EVENT_TYPES.find((one) => one === detailType);
  if (!eventType) return [`there is no type ${detailType}`];
  const validate = known.get(ids + eventType) ?? compiled(eventType, ids);
  if (validate(JSON.parse(detail))) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${eventType} ${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

function compiled(eventType: EventType, ids: 'hashes' | 'named'): ValidateFunction {
  const schema = closed(detailSchema(eventType));
  const validate = validator(ids === 'named' ? named(schema) : schema);
  known.set(ids + eventType, validate);
  return validate;
}

/**
 * Fails the tests of this process if an event is not as documented: beside all that is going on, so that
 * nothing under test can take the error for one of its own.
 */
export function demandDocumented(event: Published, ids?: 'hashes' | 'named', fail = uncaught): void {
  const problems = undocumented(event, ids);
  if (problems.length > 0) fail(new Error(`published, but not as documented: ${problems.join('; ')}\n${event.detail}`));
}

function uncaught(error: Error): void {
  queueMicrotask(() => {
    throw error;
  });
}
