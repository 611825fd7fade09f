import { EVENT_TYPES, type EventType } from '../domain/catalogue.ts';
import { deriveConversation } from '../domain/derive.ts';
import { toEntry } from '../domain/envelope.ts';
import type { DerivedEvent } from '../domain/event.ts';
import { deriveLogEntry } from '../domain/log-entry.ts';
import { CONVERSATIONS, EVENT_LOG } from '../domain/streams.ts';
import type { GenesysEvent } from './events.ts';

const CAMPAIGN = 'df522ea4-cf3a-47ed-b796-53febcb06c9c';
const QUEUE = 'b0c1a4de-0c67-4d4b-9d0f-2f6f4b6a51c7';
const WRAP_UP_CODE = '1c2be219-5e8a-4595-a051-8f9fb299ec78';
const OF_CAMPAIGN = {
  mediaType: 'voice',
  outboundCampaignId: CAMPAIGN,
  outboundContactId: 'd079902525774f15fe15736ae3db62e1',
  outboundContactListId: 'e99b326f-87f5-4f17-9eb4-723d0603a85e',
};

/**
 * A call of a campaign as Genesys serves it: a person answers, waits in a queue, and talks to an agent, who
 * wraps up.
 */
const CALL = {
  conversationId: '2b699f65-be70-498c-9261-061f8d39dc6c',
  conversationStart: '2026-01-31T08:00:00.000Z',
  conversationEnd: '2026-01-31T08:04:10.250Z',
  originatingDirection: 'outbound',
  divisionIds: ['6e9d4c4f-4a1b-4ad5-8d2e-0a4f3a1c8d5b'],
  participants: [
    {
      participantId: '5d2b2f0a-93a4-4f0e-8d2c-7f0a6c0f4f11',
      purpose: 'customer',
      sessions: [
        {
          ...OF_CAMPAIGN,
          sessionId: '0b6c1f58-2d3e-4a9f-b1c7-3f4e5d6a7b80',
          direction: 'outbound',
          ani: 'tel:+12025550100',
          dnis: 'tel:+12025558517',
          dispositionName: 'disposition.classification.callable.person',
          dispositionAnalyzer: 'speech.person',
          segments: [
            {
              segmentType: 'dialing',
              segmentStart: '2026-01-31T08:00:00.000Z',
              segmentEnd: '2026-01-31T08:00:08.125Z',
            },
            {
              segmentType: 'interact',
              segmentStart: '2026-01-31T08:00:08.125Z',
              segmentEnd: '2026-01-31T08:03:30.000Z',
              disconnectType: 'endpoint',
            },
          ],
        },
      ],
    },
    {
      participantId: '9a1c7e34-6f0b-4b58-a0d9-1e2f3a4b5c6d',
      purpose: 'acd',
      sessions: [
        {
          ...OF_CAMPAIGN,
          sessionId: '4f7d2c9e-8b1a-4e6f-9c3d-5a6b7c8d9e0f',
          direction: 'inbound',
          segments: [
            {
              segmentType: 'interact',
              queueId: QUEUE,
              segmentStart: '2026-01-31T08:00:09.000Z',
              segmentEnd: '2026-01-31T08:00:20.500Z',
              disconnectType: 'transfer',
            },
          ],
        },
      ],
    },
    {
      participantId: 'c6ad4f24-7181-4e23-9810-fc913c6683d0',
      purpose: 'agent',
      userId: '09445d76-bd2a-4135-8536-8e602065a148',
      sessions: [
        {
          ...OF_CAMPAIGN,
          sessionId: '7b8f6d8f-78cb-4ae9-9a3f-7d2567aae0a3',
          direction: 'inbound',
          segments: [
            {
              segmentType: 'alert',
              queueId: QUEUE,
              segmentStart: '2026-01-31T08:00:14.000Z',
              segmentEnd: '2026-01-31T08:00:20.500Z',
            },
            {
              segmentType: 'interact',
              queueId: QUEUE,
              segmentStart: '2026-01-31T08:00:20.500Z',
              segmentEnd: '2026-01-31T08:03:30.000Z',
              disconnectType: 'peer',
            },
            {
              segmentType: 'wrapup',
              queueId: QUEUE,
              wrapUpCode: WRAP_UP_CODE,
              segmentStart: '2026-01-31T08:03:30.000Z',
              segmentEnd: '2026-01-31T08:04:10.250Z',
              disconnectType: 'peer',
            },
          ],
        },
      ],
    },
  ],
};

/** An entry of the dialer's event log as Genesys serves it. */
const LOG_ENTRY = {
  id: '3c1f5a7e-2b4d-4c6e-8f90-a1b2c3d4e5f6',
  timestamp: '2026-01-31T08:05:00.000Z',
  level: 'INFO',
  category: 'CAMPAIGN',
  correlationId: '8e7d6c5b-4a39-4281-9706-f5e4d3c2b1a0',
  relatedEntity: { id: CAMPAIGN, name: 'Spring renewals' },
  eventMessage: { code: 'CAMPAIGN_STOPPED', message: 'The campaign has stopped.' },
};

/** When the records above were received and published. */
const RECEIVED = Date.parse('2026-01-31T08:06:00.114Z');
const PUBLISHED = Date.parse('2026-01-31T08:06:00.230Z');

/**
 * An example of each type as EventBridge delivers it, derived and put into its envelope as every event is.
 */
export const EXAMPLES: ReadonlyMap<EventType, GenesysEvent> = new Map(
  [...deriveConversation(CALL, 'mask').events, ...deriveLogEntry(LOG_ENTRY, 'mask').events]
    .sort((a, b) => EVENT_TYPES.indexOf(a.eventType) - EVENT_TYPES.indexOf(b.eventType))
    .map((event, index) => [event.eventType, asDelivered(event, index)]),
);

function asDelivered(event: DerivedEvent, index: number): GenesysEvent {
  const { source, detail } = toEntry(event, {
    source: 'com.genesys.cloud.outbound',
    poller: 'default',
    stream: event.eventType === 'outboundEventLogged' ? EVENT_LOG : CONVERSATIONS,
    observedAt: RECEIVED,
    publishedAt: PUBLISHED,
    ...(event.eventType === 'dispositionSet' && {
      names: { disposition: 'Sale', outboundCampaign: 'Spring renewals' },
    }),
  });
  return {
    version: '0',
    id: `6a7e8feb-b491-4cf7-a9f1-bf37034677${10 + index}`,
    'detail-type': event.eventType,
    source,
    account: '111122223333',
    time: `${event.data.timestamp.slice(0, 19)}Z`,
    region: 'us-east-1',
    resources: [],
    detail: JSON.parse(detail),
  } as GenesysEvent;
}
