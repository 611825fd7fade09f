import { Ajv } from 'ajv';
import test from 'ava';
import { parse } from 'yaml';
import { EVENT_TYPES } from '../../src/domain/catalogue.ts';
import { asyncApiDocument } from '../../src/schema/asyncapi.ts';
import { EXAMPLES } from '../../src/schema/examples.ts';
import { schemaFile } from '../../src/schema/files.ts';

const document = JSON.parse(JSON.stringify(asyncApiDocument()));

const ref = {
  type: 'object',
  required: ['$ref'],
  additionalProperties: false,
  properties: { $ref: { type: 'string' } },
};
const text = { type: 'string', minLength: 1 };
const refs = { type: 'object', additionalProperties: ref };

/**
 * AsyncAPI 3.0.0 (asyncapi.com/docs/reference/specification/v3.0.0) as far as the document makes use of it.
 */
const ASYNCAPI = {
  type: 'object',
  required: ['asyncapi', 'info'],
  additionalProperties: false,
  properties: {
    asyncapi: { const: '3.0.0' },
    info: {
      type: 'object',
      required: ['title', 'version'],
      additionalProperties: false,
      properties: {
        title: text,
        version: text,
        description: text,
        license: { type: 'object', required: ['name'], additionalProperties: false, properties: { name: text } },
      },
    },
    defaultContentType: text,
    channels: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: { address: text, title: text, description: text, messages: refs },
      },
    },
    operations: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['action', 'channel'],
        additionalProperties: false,
        properties: {
          action: { enum: ['send', 'receive'] },
          channel: ref,
          summary: text,
          messages: { type: 'array', items: ref },
        },
      },
    },
    components: {
      type: 'object',
      additionalProperties: false,
      properties: {
        schemas: { type: 'object' },
        messages: {
          type: 'object',
          additionalProperties: {
            type: 'object',
            additionalProperties: false,
            properties: {
              name: text,
              title: text,
              summary: text,
              payload: { type: 'object' },
              examples: {
                type: 'array',
                items: { type: 'object', minProperties: 1, properties: { payload: { type: 'object' } } },
              },
            },
          },
        },
      },
    },
  },
};

test('it is an AsyncAPI 3.0 document', (t) => {
  const isDocument = new Ajv({ strict: true, allErrors: true }).compile(ASYNCAPI);
  t.true(isDocument(document), JSON.stringify(isDocument.errors));
});

/** What stands at a path such as `#/components/messages`. */
function at(path: string) {
  return path
    .slice(2)
    .split('/')
    .reduce((part, name) => part?.[name], document);
}

test('every reference leads somewhere, as those of the operation do to messages of its channel', (t) => {
  const found = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, path = '']) => path);
  t.true(found.length > 3 * EVENT_TYPES.length);
  for (const path of found) t.truthy(at(path), path);
  const { channel, messages } = document.operations.publish;
  for (const { $ref } of messages) t.true($ref.startsWith(`${channel.$ref}/messages/`), $ref);
});

test('it has each type of event, with an example that fits it', (t) => {
  t.deepEqual(Object.keys(document.channels.bus.messages), [...EVENT_TYPES]);
  t.deepEqual(
    document.operations.publish.messages.map(({ $ref }: { $ref: string }) => at($ref)),
    Object.values(document.channels.bus.messages),
  );
  for (const [eventType, { payload, examples }] of Object.entries<{ payload: object; examples: { payload: object }[] }>(
    document.components.messages,
  )) {
    const { components } = document;
    const ajv = new Ajv({ strict: true, formats: { 'date-time': true }, keywords: ['components'] });
    const fits = ajv.compile({ ...payload, components });
    t.deepEqual(
      examples.map((one) => one.payload),
      [EXAMPLES.get(eventType as (typeof EVENT_TYPES)[number])],
    );
    for (const { payload: example } of examples) t.true(fits(example), JSON.stringify(fits.errors));
  }
});

test('as YAML it says the same, to readers of YAML 1.1 as of 1.2', (t) => {
  const yaml = schemaFile('asyncapi.yaml');
  t.deepEqual(parse(yaml), document);
  t.deepEqual(parse(yaml, { version: '1.1' }), document);
});
