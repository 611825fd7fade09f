import { SCHEMA_VERSION } from '../domain/envelope.ts';
import { type FactMember, STREAM_NAMES } from '../domain/event.ts';
import type { EventDataByType, EventMetadata, EventNames, EventType } from '../domain/published.ts';

/** A member of an event as documented. Wherever there is one it is no null, and not empty. */
export interface Member<Form = 'text' | 'time' | 'hash' | 'texts' | 'entity'> {
  /** A text; a time in the three-digit UTC form; a SHA-256; a list of texts; an object of texts. */
  readonly form: Form;
  readonly description: string;
  /** All the values there are. Only where this program decides: to lists of Genesys's own values others are added. */
  readonly values?: readonly string[];
}

/** The forms that a TypeScript type can have in JSON. */
type FormOf<Value> = Value extends string
  ? 'text' | 'time' | 'hash'
  : Value extends readonly string[]
    ? 'texts'
    : 'entity';
type MembersOf<Type> = { readonly [Name in keyof Type]-?: Member<FormOf<NonNullable<Type[Name]>>> };

/** All members of all types of events, as one type. */
type AnyData = { [Name in FactMember]: ValueOf<EventDataByType[EventType], Name> };
type ValueOf<Type, Name> = Type extends unknown ? (Name extends keyof Type ? Type[Name] : never) : never;

/** `detail.data`. That every member of the types is here, in its form, and nothing else, is for the compiler to see. */
export const DATA: MembersOf<AnyData> = {
  eventType: { form: 'text', description: "The event's type, the same as its detail-type." },
  timestamp: { form: 'time', description: "When it happened. Repeated to the second in the event's own `time`." },
  conversationId: { form: 'text', description: 'The conversation.' },
  conversationStart: { form: 'time', description: 'When the conversation began.' },
  originatingDirection: { form: 'text', description: 'Who began the conversation: `outbound` or `inbound`.' },
  participantId: { form: 'text', description: 'The participant.' },
  purpose: {
    form: 'text',
    description: "What the participant does: `agent`, `customer` (Genesys's `external` too), `acd` (a queue), …",
  },
  agentId: { form: 'text', description: 'The user that the agent is.' },
  sessionId: { form: 'text', description: 'The session: one medium of one participant.' },
  peerId: { form: 'text', description: 'The session at the other end.' },
  mediaType: { form: 'text', description: "The session's medium: `voice`, `email`, `callback`, …" },
  direction: { form: 'text', description: "The session's direction: `outbound` or `inbound`." },
  outboundCampaignId: { form: 'text', description: 'The campaign that the session belongs to.' },
  outboundContactId: { form: 'text', description: "The contact on the campaign's contact list." },
  outboundContactListId: { form: 'text', description: "The campaign's contact list." },
  ani: {
    form: 'text',
    description: "The caller's number or address; masked or left out as `privacy.phoneNumbers` says.",
  },
  dnis: {
    form: 'text',
    description: 'The number or address called; masked or left out as `privacy.phoneNumbers` says.',
  },
  segmentStart: { form: 'time', description: 'When the segment began.' },
  segmentEnd: { form: 'time', description: 'When the segment ended.' },
  disconnectType: {
    form: 'text',
    description:
      'How the segment ended: `peer` (the other side hung up), `client` or `endpoint` (this side did), `transfer`, …',
  },
  queueId: { form: 'text', description: "The segment's queue." },
  callAnalysisDisposition: {
    form: 'text',
    description: 'What call analysis found: `disposition.classification.callable.person`, …',
  },
  dispositionAnalyzer: { form: 'text', description: 'What the finding rests on: `speech.person`, …' },
  disposition: {
    form: 'text',
    description: "The wrap-up code: its ID, or a text of Genesys's own such as `ININ-OUTBOUND-PREVIEW-SKIPPED`.",
  },
  dispositionSource: {
    form: 'text',
    description: "`system` if the code begins with `ININ-` or `OUTBOUND-`, whoever's segment it is on; else `agent`.",
    values: ['agent', 'system'],
  },
  divisionIds: { form: 'texts', description: 'The divisions that the conversation belongs to, sorted.' },
  id: { form: 'text', description: 'The entry of the log.' },
  level: { form: 'text', description: 'How serious it is: `INFO`, `WARNING` or `ERROR`.' },
  category: { form: 'text', description: 'What the entry is about: `CAMPAIGN`, …' },
  code: { form: 'text', description: 'What happened: `CAMPAIGN_STOPPED`, …' },
  message: {
    form: 'text',
    description: 'The same for people; `privacy.phoneNumbers` governs the numbers in it.',
  },
  correlationId: { form: 'text', description: "What Genesys's support asks for." },
  relatedEntity: { form: 'entity', description: 'What the entry concerns: its ID, name, …' },
  errorEntity: { form: 'entity', description: 'What caused the error: its ID, name, …' },
};

/** `detail.metadata`; every member is always there. */
export const METADATA: MembersOf<EventMetadata> = {
  id: {
    form: 'hash',
    description:
      'The deduplication ID: lower-case hex SHA-256, the same in every copy of the event and in no other event.',
  },
  idempotencyKey: { form: 'hash', description: 'The same again, under the name that idempotency libraries look for.' },
  eventType: { form: 'text', description: "The event's type, the same as its detail-type." },
  schemaVersion: { form: 'text', description: 'The version of the published form.', values: [SCHEMA_VERSION] },
  poller: { form: 'text', description: 'The configured name of the poller that published it.' },
  stream: {
    form: 'text',
    description:
      "What found it: the live look at conversations, the second look at them, the dialer's event log, or a backfill.",
    values: STREAM_NAMES,
  },
  observedAt: { form: 'time', description: 'When the poller received the record from Genesys.' },
  publishedAt: { form: 'time', description: 'When the poller sent this copy.' },
};

/** `detail.names`: none of them has to be there, and others may join them. */
export const NAMES: MembersOf<EventNames> = {
  disposition: { form: 'text', description: 'The name of the wrap-up code.' },
  outboundCampaign: { form: 'text', description: 'The name of the campaign.' },
};
