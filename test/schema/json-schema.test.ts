import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import test from 'ava';
import { EVENT_TYPES } from '../../src/domain/catalogue.ts';
import { EXAMPLES } from '../../src/schema/examples.ts';
import { SCHEMA_FILES, schemaFile } from '../../src/schema/files.ts';
import { definitions, detailSchema, eventSchema, type JsonSchema } from '../../src/schema/json-schema.ts';
import { closed, demandDocumented, undocumented, validator } from '../support/documented.ts';
import { DRAFT_04_AND_07 } from './support/draft-04.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const isEvent = validator(eventSchema());
const isEventAndNoMore = validator(closed(eventSchema()));

/** The example of a disposition, with a change to its detail. */
function changed(change: (detail: { metadata: Loose; data: Loose; names: Loose }) => void) {
  const event = structuredClone(EXAMPLES.get('dispositionSet')) as unknown as {
    detail: { metadata: Loose; data: Loose; names: Loose };
  };
  change(event.detail);
  return event;
}
type Loose = Record<string, unknown>;

for (const eventType of EVENT_TYPES) {
  test(`the example of ${eventType} is one, and of no other type`, (t) => {
    const example = EXAMPLES.get(eventType);
    t.is(example?.['detail-type'], eventType);
    t.true(isEventAndNoMore(example), JSON.stringify(isEventAndNoMore.errors));
    t.deepEqual(undocumented({ detailType: eventType, detail: JSON.stringify(example?.detail) }), []);
    for (const other of EVENT_TYPES.filter((one) => one !== eventType)) {
      t.false(isEvent({ ...example, 'detail-type': other }), other);
      t.not(undocumented({ detailType: other, detail: JSON.stringify(example?.detail) }).length, 0, other);
    }
  });
}

for (const [name, change] of [
  ['an ID in capitals', ({ metadata }) => Object.assign(metadata, { id: 'A'.repeat(64) })],
  ['a time to the second', ({ data }) => Object.assign(data, { segmentEnd: '2026-01-31T08:00:00Z' })],
  ['a null', ({ data }) => Object.assign(data, { agentId: null })],
  ['an empty text', ({ data }) => Object.assign(data, { agentId: '' })],
  ['no disposition', ({ data }) => delete data.disposition],
  ['no metadata.stream', ({ metadata }) => delete metadata.stream],
  ['another version of the form', ({ metadata }) => Object.assign(metadata, { schemaVersion: '2' })],
  ['another type in its data', ({ data }) => Object.assign(data, { eventType: 'conversationEnded' })],
  ['a name that is not text', ({ names }) => Object.assign(names, { disposition: 1 })],
] as const satisfies readonly (readonly [string, Parameters<typeof changed>[0]])[]) {
  test(`${name} is not an event of ours`, (t) => {
    t.false(isEvent(changed(change)));
  });
}

for (const [name, change] of [
  ['in the data', ({ data }) => Object.assign(data, { wrapUpNote: 'a note' })],
  ['in the metadata', ({ metadata }) => Object.assign(metadata, { host: 'h' })],
  ['in the names', ({ names }) => Object.assign(names, { queue: 'Renewals' })],
] as const satisfies readonly (readonly [string, Parameters<typeof changed>[0]])[]) {
  test(`a member that is new ${name} fits a consumer's schema; in our tests it is an error`, (t) => {
    const event = changed(change);
    t.true(isEvent(event));
    t.false(isEventAndNoMore(event));
    t.is(undocumented({ detailType: 'dispositionSet', detail: JSON.stringify(event.detail) }).length, 1);
  });
}

test('a value that Genesys adds to one of its lists fits', (t) => {
  const news = { purpose: 'robot', mediaType: 'hologram', disconnectType: 'teleport', direction: 'sideways' };
  t.true(isEventAndNoMore(changed(({ data }) => Object.assign(data, news))));
});

test('an undocumented event fails the tests; an ID that is a name does only where IDs are hashes', (t) => {
  const failures: string[] = [];
  const fail = (error: Error) => failures.push(error.message);
  const named = changed(({ metadata }) => Object.assign(metadata, { id: 'e1', idempotencyKey: 'e1' }));
  const published = { detailType: 'dispositionSet', detail: JSON.stringify(named.detail) };
  demandDocumented(published, 'named', fail);
  t.deepEqual(failures, []);
  demandDocumented(published, 'hashes', fail);
  t.regex(failures.join(), /\/metadata\/id must match pattern/);
  demandDocumented({ ...published, detailType: 'agentSneezed' }, 'named', fail);
  t.regex(failures.join(), /there is no type agentSneezed/);
});

test('all is written in what draft-04 and draft-07 have in common', (t) => {
  const isCommon = new Ajv({ strict: true, allErrors: true }).compile(DRAFT_04_AND_07);
  const schemas: readonly JsonSchema[] = [
    eventSchema(),
    ...EVENT_TYPES.map(detailSchema),
    ...Object.values(definitions('#/definitions')),
  ];
  for (const schema of schemas) t.true(isCommon(schema), JSON.stringify(isCommon.errors));
  for (const beyond of [
    { const: 1 },
    { examples: [] },
    { if: {} },
    { exclusiveMinimum: 1 },
    { required: [] },
    { type: 'any' },
  ]) {
    t.false(isCommon({ properties: { a: beyond } }), JSON.stringify(beyond));
  }
});

test('the schema registry takes each file: it says that it is draft-04, and has at most 100,000 characters', (t) => {
  for (const name of SCHEMA_FILES.filter((one) => one.endsWith('.json'))) {
    const text = schemaFile(name);
    t.is(JSON.parse(text).$schema, 'http://json-schema.org/draft-04/schema#');
    t.true(text.length <= 100_000, `${name}: ${text.length}`);
  }
});

test('what is committed of the folder schema is what the program prints: `npm run schema` writes it anew', (t) => {
  const committed = execFileSync('git', ['ls-files', 'schema'], { cwd: PROJECT, encoding: 'utf8' })
    .trimEnd()
    .split('\n');
  t.deepEqual(committed, ['schema/asyncapi.yaml', 'schema/event.json']);
  for (const name of ['asyncapi.yaml', 'event.json'] as const) {
    t.is(readFileSync(`${PROJECT}/schema/${name}`, 'utf8'), schemaFile(name), name);
  }
});
