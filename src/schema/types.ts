import type { EventType, FactMember } from '../domain/event.ts';
import type { EventDataByType } from '../domain/published.ts';

/** Whether a member is in every event of a type, or where Genesys gives it. */
export type Presence = 'always' | 'given';

/** What there is to say about a type of event. */
export interface TypeOfEvent {
  readonly description: string;
  /** What its timestamp is, in the words of Genesys's models. */
  readonly timestamp: string;
  readonly members: Readonly<Partial<Record<FactMember, Presence>>>;
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
/** What only a participant of a certain purpose has tells its purpose; only agents have users. */
const OF_ROLE = { purpose: 'always' } as const;
const OF_QUEUE = { ...OF_ROLE, queueId: 'given' } as const;
const OF_AGENT = { ...OF_QUEUE, agentId: 'given' } as const;

const TYPES = {
  conversationStarted: {
    description: 'A conversation began.',
    timestamp: 'conversationStart',
    members: { ...OF_CONVERSATION, conversationStart: 'always' },
  },
  contactDialed: {
    description: 'A number was being dialled.',
    timestamp: 'segmentStart of a `dialing` segment',
    members: { ...AT_START, agentId: 'given' },
  },
  callAnalyzed: {
    description: 'Call analysis found what answered: a person, a machine, a busy line, …',
    timestamp: 'the earliest segmentStart of the session',
    members: { ...AT_START, agentId: 'given', callAnalysisDisposition: 'always', dispositionAnalyzer: 'given' },
  },
  contactConnected: {
    description:
      'A contact was connected, or an agent skipped a preview (mediaType `callback`): nobody was spoken to then.',
    timestamp: "segmentStart of the session's earliest `interact` segment",
    members: { ...AT_START, ...OF_ROLE },
  },
  queueEntered: {
    description: 'A conversation entered a queue.',
    timestamp: 'the earliest segmentStart of the session',
    members: { ...AT_START, ...OF_QUEUE },
  },
  queueExited: {
    description: 'A conversation left a queue: for an agent, or because the contact gave up.',
    timestamp: 'segmentEnd',
    members: { ...AT_END, ...OF_QUEUE, disconnectType: 'always' },
  },
  agentAlerted: {
    description: 'An agent was alerted; whether the agent answered is told by agentCallConnected.',
    timestamp: 'segmentStart of an `alert` segment',
    members: { ...AT_START, ...OF_AGENT },
  },
  agentCallConnected: {
    description:
      'An agent was connected, or skipped a preview (mediaType `callback`). Direction may be `inbound` in any call.',
    timestamp: "segmentStart of the session's earliest `interact` segment",
    members: { ...AT_START, ...OF_AGENT },
  },
  agentCallDisconnected: {
    description: "An agent's line ended.",
    timestamp: 'segmentEnd of an `interact` or `hold` segment',
    members: { ...AT_END, ...OF_AGENT, disconnectType: 'always' },
  },
  contactDisconnected: {
    description: "A contact's line ended, or an agent skipped a preview (mediaType `callback`).",
    timestamp: 'segmentEnd of an `interact` or `hold` segment',
    members: { ...AT_END, ...OF_ROLE, disconnectType: 'always' },
  },
  dispositionSet: {
    description: 'A wrap-up code was set, by an agent or by Genesys. A code that is changed later is a further event.',
    timestamp: 'segmentEnd of the segment with the code',
    members: { ...AT_END, agentId: 'given', queueId: 'given', disposition: 'always', dispositionSource: 'always' },
  },
  conversationEnded: {
    description:
      'A conversation ended. An e-mail conversation may be reopened for weeks, and end again: a further event.',
    timestamp: 'conversationEnd',
    members: { ...OF_CONVERSATION, divisionIds: 'given' },
  },
  outboundEventLogged: {
    description: 'The dialer wrote to its event log: a campaign was started or stopped, a number was invalid, …',
    timestamp: "the entry's timestamp",
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
} as const satisfies { readonly [T in EventType | keyof EventDataByType]: Documented<T> };

/** What the types promise of a type of event: every member, always there unless it is optional. */
interface Documented<T extends keyof EventDataByType> extends TypeOfEvent {
  readonly members: { readonly [Name in keyof EventDataByType[T]]-?: PresenceIn<EventDataByType[T], Name> };
}
type PresenceIn<Type, Name extends keyof Type> = Record<never, never> extends Pick<Type, Name> ? 'given' : 'always';

/** Members above that the types do not have: there are none. */
type Surplus = { [T in EventType]: Exclude<keyof (typeof TYPES)[T]['members'], keyof EventDataByType[T]> }[EventType];

/** Every type of event. That it says what the types in the domain say, no less and no more, is for the compiler to see. */
export const EVENTS: [Surplus] extends [never] ? Readonly<Record<EventType, TypeOfEvent>> : Surplus = TYPES;

/** The members of a type of event that have this presence, in their documented order. */
export function membersOf(eventType: EventType, presence: Presence): readonly FactMember[] {
  const members = Object.entries(EVENTS[eventType].members) as [FactMember, Presence][];
  return members.filter(([, one]) => one === presence).map(([name]) => name);
}
