import { CATALOGUE, EVENT_TYPES } from '../domain/catalogue.ts';
import { SCHEMA_VERSION } from '../domain/envelope.ts';
import { EXAMPLES } from './examples.ts';
import { definitions, delivered, type JsonSchema } from './json-schema.ts';

/**
 * What is published, with an example of each, as an AsyncAPI 3.0 document: for people and the tools that draw
 * pages of it.
 */
export function asyncApiDocument(): JsonSchema {
  const refs = (path: string) =>
    EVENT_TYPES.map((eventType) => [eventType, { $ref: `#/${path}/${eventType}` }] as const);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'genesys-eventbridge-poller',
      version: SCHEMA_VERSION,
      description:
        'Genesys Cloud outbound and conversation events on Amazon EventBridge. An event may come more than once, and in any order; every copy has the same `detail.metadata.idempotencyKey`.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    channels: {
      bus: {
        address: 'genesys-outbound-events',
        title: 'The event bus',
        description: 'Its name is configured: `eventBridge.bus`.',
        messages: Object.fromEntries(refs('components/messages')),
      },
    },
    operations: {
      publish: {
        action: 'send',
        channel: { $ref: '#/channels/bus' },
        summary: 'The poller publishes what it has derived from Genesys Cloud.',
        messages: refs('channels/bus/messages').map(([, ref]) => ref),
      },
    },
    components: {
      messages: Object.fromEntries(
        EVENT_TYPES.map((eventType) => [
          eventType,
          {
            name: eventType,
            title: eventType,
            summary: CATALOGUE[eventType].description,
            payload: delivered([eventType], { $ref: `#/components/schemas/${eventType}` }),
            examples: [{ payload: EXAMPLES.get(eventType) }],
          },
        ]),
      ),
      schemas: definitions('#/components/schemas'),
    },
  };
}
