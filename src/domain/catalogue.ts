import type { DataMember } from './members.ts';

/** Participants by what they do, as their purpose says. */
export type Role = 'agent' | 'contact' | 'queue';

/** Genesys's purposes that make a role. Every other purpose has none: Genesys may add some. */
export const ROLE_OF_PURPOSE: ReadonlyMap<unknown, Role> = new Map([
  ['agent', 'agent'],
  ['user', 'agent'],
  ['customer', 'contact'],
  ['external', 'contact'],
  ['acd', 'queue'],
]);

/** One event for each conversation, at one of its two times. */
export interface ConversationRule {
  readonly each: 'conversation';
  readonly at: 'start' | 'end';
}

/**
 * One event for each session, at the earliest segmentStart among its segments, or among those of one type.
 */
export interface SessionRule {
  readonly each: 'session';
  readonly of?: Role;
  readonly among?: 'interact';
  /** Only sessions that have this. Its value tells apart two facts of one session. */
  readonly qualifier?: 'dispositionName';
}

/** One event for each segment, at one of its two times. */
export interface SegmentRule {
  readonly each: 'segment';
  readonly of?: Role;
  readonly types?: readonly string[];
  readonly at: 'start' | 'end';
  /** Only segments that have it. */
  readonly needs?: 'disconnectType';
  /** Only segments that have this. Its value tells apart two facts of one segment. */
  readonly qualifier?: 'wrapUpCode';
}

/** One event for each entry of the dialer's event log. domain/log-entry.ts derives it. */
export interface LogEntryRule {
  readonly each: 'log entry';
}

/** Whether a member is in every event of a type, or where Genesys gives it. */
export type Presence = 'always' | 'given';

/** A type of event: all that is known of it. */
export interface EventEntry {
  /** For consumers: it stands in the JSON Schema, the TypeScript types and the documents. */
  readonly description: string;
  /** What its timestamp is, in the words of Genesys's models. */
  readonly timestamp: string;
  /** What it is derived from. A rule yields an event only once its time is set, which makes it final. */
  readonly rule: ConversationRule | SessionRule | SegmentRule | LogEntryRule;
  /**
   * What `detail.data` holds, and nothing else. How a member is read stands in derive.ts and log-entry.ts.
   */
  readonly members: Readonly<Partial<Record<DataMember, Presence>>>;
}

const OF_ANY = { eventType: 'always', timestamp: 'always' } as const;
const OF_CONVERSATION = {
  ...OF_ANY,
  conversationId: 'always',
  conversationStart: 'given',
  originatingDirection: 'given',
} as const;
const OF_PARTICIPANT = {
  ...OF_CONVERSATION,
  participantId: 'given',
  purpose: 'given',
  sessionId: 'given',
  peerId: 'given',
  mediaType: 'given',
  direction: 'given',
  outboundCampaignId: 'given',
  outboundContactId: 'given',
  outboundContactListId: 'given',
  ani: 'given',
  dnis: 'given',
} as const;
const AT_START = { ...OF_PARTICIPANT, segmentStart: 'always' } as const;
const AT_END = { ...OF_PARTICIPANT, segmentStart: 'given', segmentEnd: 'always', disconnectType: 'given' } as const;
/** A rule that asks for a role finds only participants with a purpose. Only agents have users. */
const OF_ROLE = { purpose: 'always' } as const;
const OF_QUEUE = { ...OF_ROLE, queueId: 'given' } as const;
const OF_AGENT = { ...OF_QUEUE, agentId: 'given' } as const;

/**
 * Every type of event that can be published, in the order in which a call usually goes through them. The
 * rules, the published types, the JSON Schema, the AsyncAPI document and the tables of docs/events.md come
 * from here.
 */
export const CATALOGUE = {
  conversationStarted: {
    description: 'A conversation began.',
    timestamp: 'conversationStart',
    rule: { each: 'conversation', at: 'start' },
    members: { ...OF_CONVERSATION, conversationStart: 'always' },
  },
  contactDialed: {
    description: 'A number was being dialled.',
    timestamp: 'segmentStart of a `dialing` segment',
    rule: { each: 'segment', types: ['dialing'], at: 'start' },
    members: { ...AT_START, agentId: 'given' },
  },
  callAnalyzed: {
    description: 'Call analysis found what answered: a person, a machine, a busy line, …',
    timestamp: 'the earliest segmentStart of the session',
    rule: { each: 'session', qualifier: 'dispositionName' },
    members: { ...AT_START, agentId: 'given', callAnalysisDisposition: 'always', dispositionAnalyzer: 'given' },
  },
  contactConnected: {
    description:
      'A contact was connected, or an agent skipped a preview (mediaType `callback`) and spoke to no contact.',
    timestamp: "segmentStart of the session's earliest `interact` segment",
    rule: { each: 'session', of: 'contact', among: 'interact' },
    members: { ...AT_START, ...OF_ROLE },
  },
  queueEntered: {
    description: 'A conversation entered a queue.',
    timestamp: 'the earliest segmentStart of the session',
    rule: { each: 'session', of: 'queue' },
    members: { ...AT_START, ...OF_QUEUE },
  },
  queueExited: {
    description: 'A conversation left a queue: for an agent, or because the contact gave up.',
    timestamp: 'segmentEnd',
    rule: { each: 'segment', of: 'queue', at: 'end', needs: 'disconnectType' },
    members: { ...AT_END, ...OF_QUEUE, disconnectType: 'always' },
  },
  agentAlerted: {
    description: 'An agent was alerted; agentCallConnected says whether the agent answered.',
    timestamp: 'segmentStart of an `alert` segment',
    rule: { each: 'segment', of: 'agent', types: ['alert'], at: 'start' },
    members: { ...AT_START, ...OF_AGENT },
  },
  agentCallConnected: {
    description:
      'An agent was connected, or skipped a preview (mediaType `callback`). Direction may be `inbound` in any call.',
    timestamp: "segmentStart of the session's earliest `interact` segment",
    // A session with only an alert was never connected: it has no `interact` and yields no event.
    rule: { each: 'session', of: 'agent', among: 'interact' },
    members: { ...AT_START, ...OF_AGENT },
  },
  agentCallDisconnected: {
    description: "An agent's line ended.",
    timestamp: 'segmentEnd of an `interact` or `hold` segment',
    rule: { each: 'segment', of: 'agent', types: ['interact', 'hold'], at: 'end', needs: 'disconnectType' },
    members: { ...AT_END, ...OF_AGENT, disconnectType: 'always' },
  },
  contactDisconnected: {
    description: "A contact's line ended, or an agent skipped a preview (mediaType `callback`).",
    timestamp: 'segmentEnd of an `interact` or `hold` segment',
    rule: { each: 'segment', of: 'contact', types: ['interact', 'hold'], at: 'end', needs: 'disconnectType' },
    members: { ...AT_END, ...OF_ROLE, disconnectType: 'always' },
  },
  dispositionSet: {
    description: 'A wrap-up code was set, by an agent or by Genesys. A code that is changed later is a further event.',
    timestamp: 'segmentEnd of the segment with the code',
    rule: { each: 'segment', at: 'end', qualifier: 'wrapUpCode' },
    members: { ...AT_END, agentId: 'given', queueId: 'given', disposition: 'always', dispositionSource: 'always' },
  },
  conversationEnded: {
    description:
      'A conversation ended. An e-mail conversation may be reopened for weeks, and end again: a further event.',
    timestamp: 'conversationEnd',
    rule: { each: 'conversation', at: 'end' },
    members: { ...OF_CONVERSATION, divisionIds: 'given' },
  },
  outboundEventLogged: {
    description: 'The dialer wrote to its event log: a campaign was started or stopped, a number was invalid, …',
    timestamp: "the entry's timestamp",
    rule: { each: 'log entry' },
    members: {
      ...OF_ANY,
      id: 'always',
      level: 'given',
      category: 'given',
      code: 'given',
      message: 'given',
      correlationId: 'given',
      relatedEntity: 'given',
      errorEntity: 'given',
    },
  },
} as const satisfies Readonly<Record<string, EventEntry>>;

export type EventType = keyof typeof CATALOGUE;

export const EVENT_TYPES = Object.keys(CATALOGUE) as readonly EventType[];

/** The types of events that have such a rule. */
export type TypesOf<R extends EventEntry['rule']> = {
  [T in EventType]: (typeof CATALOGUE)[T]['rule'] extends R ? T : never;
}[EventType];

/** The members that events of these types have. */
export type MemberOf<T extends EventType> = { [One in T]: keyof (typeof CATALOGUE)[One]['members'] }[T];

/** The members of a type of event that have this presence, in the order of its entry. */
export function membersOf(eventType: EventType, presence: Presence): readonly DataMember[] {
  const members = Object.entries(CATALOGUE[eventType].members) as [DataMember, Presence][];
  return members.filter(([, one]) => one === presence).map(([name]) => name);
}
