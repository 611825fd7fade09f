/*
 * The events as consumers receive them: types alone, without an import, published as `genesys-eventbridge-poller/events`. What is
 * optional is absent where Genesys does not give it; nothing is ever null or the empty string. Values that Genesys chooses from a
 * list of its own (mediaType, disconnectType, …) are texts here, for it keeps adding to these lists. All times are UTC, written
 * `2026-01-31T08:00:00.000Z`.
 */

/** What every event derived from a conversation says. */
interface OfConversation {
  /** The conversation. */
  readonly conversationId: string;
  /** When the conversation began. */
  readonly conversationStart?: string;
  /** Who began the conversation: `outbound` or `inbound`. */
  readonly originatingDirection?: string;
}

/** What every event of a participant says: of its session, and of the segment that gives the event its timestamp. */
interface OfParticipant extends OfConversation {
  /** The participant. */
  readonly participantId?: string;
  /** What the participant does: `agent`, `customer` (Genesys's `external` too), `acd` (a queue), … */
  readonly purpose?: string;
  /** The session: one medium of one participant. */
  readonly sessionId?: string;
  /** The session at the other end. */
  readonly peerId?: string;
  /** The session's medium: `voice`, `email`, `callback`, … */
  readonly mediaType?: string;
  /** The session's direction: `outbound` or `inbound`. */
  readonly direction?: string;
  /** The campaign that the session belongs to. */
  readonly outboundCampaignId?: string;
  /** The contact on the campaign's contact list. */
  readonly outboundContactId?: string;
  /** The campaign's contact list. */
  readonly outboundContactListId?: string;
  /** The caller's number or address; masked or left out as `privacy.phoneNumbers` says. */
  readonly ani?: string;
  /** The number or address called; masked or left out as `privacy.phoneNumbers` says. */
  readonly dnis?: string;
  /** When the segment began. */
  readonly segmentStart?: string;
}

/** An event of a queue or of an agent. Of others Genesys tells the queue too late, or only afterwards. */
interface InQueue {
  /** The segment's queue. */
  readonly queueId?: string;
}

/** An event at the beginning of a segment. */
interface AtStart extends OfParticipant {
  readonly segmentStart: string;
}

/** An event at the end of a segment. */
interface AtEnd extends OfParticipant {
  /** When the segment ended. */
  readonly segmentEnd: string;
  /** How the segment ended: `peer` (the other side hung up), `client` or `endpoint` (this side did), `transfer`, … */
  readonly disconnectType?: string;
}

/** An event that may be an agent's. */
interface MaybeOfAgent {
  /** The user that the agent is. */
  readonly agentId?: string;
}

/** What every event says. */
interface Fact<T> {
  /** The event's type, the same as its detail-type. */
  readonly eventType: T;
  /** When it happened. Repeated to the second in the event's own `time`. */
  readonly timestamp: string;
}

/** A conversation began. */
export interface ConversationStarted extends Fact<'conversationStarted'>, OfConversation {
  readonly conversationStart: string;
}

/** A number was being dialled. */
export interface ContactDialed extends Fact<'contactDialed'>, AtStart, MaybeOfAgent {}

/** Call analysis found what answered: a person, a machine, a busy line, … */
export interface CallAnalyzed extends Fact<'callAnalyzed'>, AtStart, MaybeOfAgent {
  /** What call analysis found: `disposition.classification.callable.person`, … */
  readonly callAnalysisDisposition: string;
  /** What the finding rests on: `speech.person`, … */
  readonly dispositionAnalyzer?: string;
}

/** A contact was connected, or an agent skipped a preview (mediaType `callback`): nobody was spoken to then. */
export interface ContactConnected extends Fact<'contactConnected'>, AtStart {
  readonly purpose: string;
}

/** A conversation entered a queue. */
export interface QueueEntered extends Fact<'queueEntered'>, AtStart, InQueue {
  readonly purpose: string;
}

/** A conversation left a queue: for an agent, or because the contact gave up. */
export interface QueueExited extends Fact<'queueExited'>, AtEnd, InQueue {
  readonly purpose: string;
  readonly disconnectType: string;
}

/** An agent was alerted; whether the agent answered is told by agentCallConnected. */
export interface AgentAlerted extends Fact<'agentAlerted'>, AtStart, InQueue, MaybeOfAgent {
  readonly purpose: string;
}

/** An agent was connected, or skipped a preview (mediaType `callback`). Direction may be `inbound` in any call. */
export interface AgentCallConnected extends Fact<'agentCallConnected'>, AtStart, InQueue, MaybeOfAgent {
  readonly purpose: string;
}

/** An agent's line ended. */
export interface AgentCallDisconnected extends Fact<'agentCallDisconnected'>, AtEnd, InQueue, MaybeOfAgent {
  readonly purpose: string;
  readonly disconnectType: string;
}

/** A contact's line ended, or an agent skipped a preview (mediaType `callback`). */
export interface ContactDisconnected extends Fact<'contactDisconnected'>, AtEnd {
  readonly purpose: string;
  readonly disconnectType: string;
}

/** A wrap-up code was set, by an agent or by Genesys. A code that is changed later is a further event. */
export interface DispositionSet extends Fact<'dispositionSet'>, AtEnd, MaybeOfAgent, InQueue {
  /** The wrap-up code: its ID, or a text of Genesys's own such as `ININ-OUTBOUND-PREVIEW-SKIPPED`. */
  readonly disposition: string;
  /** `system` if the code begins with `ININ-` or `OUTBOUND-`, whoever's segment it is on; else `agent`. */
  readonly dispositionSource: 'agent' | 'system';
}

/** A conversation ended. An e-mail conversation may be reopened for weeks, and end again: a further event. */
export interface ConversationEnded extends Fact<'conversationEnded'>, OfConversation {
  /** The divisions that the conversation belongs to, sorted. */
  readonly divisionIds?: readonly string[];
}

/** The dialer wrote to its event log: a campaign was started or stopped, a number was invalid, … */
export interface OutboundEventLogged extends Fact<'outboundEventLogged'> {
  /** The entry of the log. */
  readonly id: string;
  /** How serious it is: `INFO`, `WARNING` or `ERROR`. */
  readonly level?: string;
  /** What the entry is about: `CAMPAIGN`, … */
  readonly category?: string;
  /** What happened: `CAMPAIGN_STOPPED`, … */
  readonly code?: string;
  /** The same for people; `privacy.phoneNumbers` governs the numbers in it. */
  readonly message?: string;
  /** What Genesys's support asks for. */
  readonly correlationId?: string;
  /** What the entry concerns: its ID, name, … */
  readonly relatedEntity?: Readonly<Record<string, string>>;
  /** What caused the error: its ID, name, … */
  readonly errorEntity?: Readonly<Record<string, string>>;
}

/** What `detail.data` is, by type of event. */
export interface EventDataByType {
  readonly conversationStarted: ConversationStarted;
  readonly contactDialed: ContactDialed;
  readonly callAnalyzed: CallAnalyzed;
  readonly contactConnected: ContactConnected;
  readonly queueEntered: QueueEntered;
  readonly queueExited: QueueExited;
  readonly agentAlerted: AgentAlerted;
  readonly agentCallConnected: AgentCallConnected;
  readonly agentCallDisconnected: AgentCallDisconnected;
  readonly contactDisconnected: ContactDisconnected;
  readonly dispositionSet: DispositionSet;
  readonly conversationEnded: ConversationEnded;
  readonly outboundEventLogged: OutboundEventLogged;
}

/** Every type of event. */
export type EventType = keyof EventDataByType;

/** The fact: the same in every copy of an event, unless Genesys changed the record, or the operator the privacy settings, in between. */
export type EventData<T extends EventType = EventType> = EventDataByType[T];

/** About this copy of an event: all but the IDs, eventType and schemaVersion may differ in another copy. */
export interface EventMetadata<T extends EventType = EventType> {
  /** The deduplication ID: lower-case hex SHA-256, the same in every copy of the event and in no other event. */
  readonly id: string;
  /** The same again, under the name that idempotency libraries look for. */
  readonly idempotencyKey: string;
  /** The event's type, the same as its detail-type. */
  readonly eventType: T;
  /** The version of the published form. */
  readonly schemaVersion: '1';
  /** The configured name of the poller that published it. */
  readonly poller: string;
  /** What found it: the live look at conversations, the second look at them, the dialer's event log, or a backfill. */
  readonly stream: 'conversations' | 'reconciliation' | 'event-log' | 'backfill';
  /** When the poller received the record from Genesys. */
  readonly observedAt: string;
  /** When the poller sent this copy. */
  readonly publishedAt: string;
}

/** Names for IDs in the data, as far as they were known when this copy was published: never rely on their presence. */
export interface EventNames {
  /** The name of the wrap-up code. */
  readonly disposition?: string;
  /** The name of the campaign. */
  readonly outboundCampaign?: string;
}

/** The detail of an event. */
export interface EventDetail<T extends EventType = EventType> {
  readonly metadata: EventMetadata<T>;
  readonly data: EventData<T>;
  readonly names?: EventNames;
}

/** An event of one type as EventBridge delivers it. */
export interface DeliveredEvent<T extends EventType> {
  readonly version: string;
  /** EventBridge's own: another one for every copy. */
  readonly id: string;
  readonly 'detail-type': T;
  readonly source: string;
  readonly account: string;
  /** The timestamp, to the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: string[];
  readonly detail: EventDetail<T>;
}

/**
 * An event as EventBridge delivers it: of these types, or of any. `switch (event['detail-type'])` tells the types apart, and
 * narrows `event.detail` with them.
 */
export type GenesysEvent<T extends EventType = EventType> = { [One in T]: DeliveredEvent<One> }[T];
