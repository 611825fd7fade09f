import {
  CATALOGUE,
  type ConversationRule,
  EVENT_TYPES,
  type EventEntry,
  type EventType,
  type LogEntryRule,
  type SegmentRule,
  type SessionRule,
  type TypesOf,
} from './catalogue.ts';
import { type Conversation, type Participant, readConversation, type Segment, type Session } from './conversation.ts';
import type { Derivation, DerivedEvent } from './event.ts';
import { factMaker, type Readers } from './fact.ts';
import { deduplicationId } from './identity.ts';
import { formatInstant, type Instant } from './instant.ts';
import { canonicalJson } from './json.ts';
import { boundedText, type Time } from './piece.ts';
import { type PhoneNumbers, redactPhoneNumber } from './privacy.ts';

/**
 * The events of a conversation as Genesys served it, by the rules of the catalogue, and the pieces of it that
 * cannot be identified. Accepts any JSON and never throws. The order of events follows the catalogue, and
 * means nothing.
 */
export function deriveConversation(record: unknown, phoneNumbers: PhoneNumbers): Derivation {
  const { conversation, malformed } = readConversation(record);
  if (!conversation) return { events: [], malformed };
  const events = DERIVERS.flatMap((derive) => derive(conversation, phoneNumbers));
  return { events: onceEach(events, rankOf), malformed: onceEach(malformed, canonicalJson) };
}

/** Where a rule found a fact: a segment with all that it belongs to. */
interface Occurrence {
  readonly timestamp: Instant;
  readonly conversation: Conversation;
  readonly participant: Participant;
  readonly session: Session;
  readonly segment: Segment;
  /** Tells the fact apart from another one of its session or segment, where the rule names such a value. */
  readonly qualifier: string | undefined;
}

/** What a fact of a whole conversation has in place of a participant, a session and a segment: no members. */
const NO_SEGMENT = { type: undefined, start: 'absent', end: 'absent', fields: {} } as const satisfies Segment;
const NO_SESSION = { fields: {}, segments: [] } as const satisfies Session;
const NO_PARTICIPANT = { role: undefined, fields: {}, sessions: [] } as const satisfies Participant;

/**
 * How members are read. The catalogue says which of them a type has: a member that can still change after an
 * event was derived is not in its entry.
 */
const READERS: Readers<Exclude<EventType, TypesOf<LogEntryRule>>, Occurrence> = {
  conversationId: ({ conversation }) => conversation.id,
  conversationStart: ({ conversation }) => timeText(conversation.start),
  originatingDirection: ({ conversation }) => boundedText(conversation.fields.originatingDirection),
  divisionIds: ({ conversation: { divisionIds } }) => (divisionIds.length > 0 ? divisionIds : undefined),
  participantId: ({ participant }) => boundedText(participant.fields.participantId),
  purpose: ({ participant }) => purposeOf(participant),
  agentId: ({ participant }) => (participant.role === 'agent' ? boundedText(participant.fields.userId) : undefined),
  sessionId: ({ session }) => boundedText(session.fields.sessionId),
  peerId: ({ session }) => boundedText(session.fields.peerId),
  mediaType: ({ session }) => boundedText(session.fields.mediaType),
  direction: ({ session }) => boundedText(session.fields.direction),
  outboundCampaignId: ({ session }) => boundedText(session.fields.outboundCampaignId),
  outboundContactId: ({ session }) => boundedText(session.fields.outboundContactId),
  outboundContactListId: ({ session }) => boundedText(session.fields.outboundContactListId),
  ani: ({ session }, phoneNumbers) => redactPhoneNumber(boundedText(session.fields.ani), phoneNumbers),
  dnis: ({ session }, phoneNumbers) => redactPhoneNumber(boundedText(session.fields.dnis), phoneNumbers),
  // Genesys gives a contact's segment its queue minutes after it began. A queue's and an agent's has it from
  // the start.
  queueId: ({ participant: { role }, segment }) =>
    role === 'queue' || role === 'agent' ? boundedText(segment.fields.queueId) : undefined,
  segmentStart: ({ segment }) => timeText(segment.start),
  segmentEnd: ({ segment }) => timeText(segment.end),
  disconnectType: ({ segment }) => boundedText(segment.fields.disconnectType),
  disposition: ({ qualifier }) => qualifier,
  dispositionSource: ({ qualifier }) => qualifier && dispositionSourceOf(qualifier),
  callAnalysisDisposition: ({ qualifier }) => qualifier,
  dispositionAnalyzer: ({ session }) => boundedText(session.fields.dispositionAnalyzer),
};

const DERIVERS = EVENT_TYPES.flatMap((eventType) => {
  const { rule }: EventEntry = CATALOGUE[eventType];
  if (rule.each === 'log entry') return [];
  const toData = factMaker(eventType, READERS);
  return (conversation: Conversation, phoneNumbers: PhoneNumbers): readonly DerivedEvent[] =>
    occurrencesOf(rule, conversation).map((occurrence) => {
      const { timestamp, participant, session, qualifier } = occurrence;
      const id = deduplicationId({
        conversationId: conversation.id,
        eventType,
        timestamp,
        participantId: boundedText(participant.fields.participantId),
        sessionId: boundedText(session.fields.sessionId),
        qualifier,
      });
      return { id, eventType, timestamp, data: toData(timestamp, occurrence, phoneNumbers) };
    });
});

function occurrencesOf(
  rule: ConversationRule | SessionRule | SegmentRule,
  conversation: Conversation,
): readonly Occurrence[] {
  if (rule.each === 'conversation') {
    const timestamp = conversation[rule.at];
    const place = { conversation, participant: NO_PARTICIPANT, session: NO_SESSION };
    return typeof timestamp === 'number' ? [occurrenceAt(place, NO_SEGMENT, timestamp, undefined)] : [];
  }
  return conversation.participants
    .filter((participant) => rule.of === undefined || participant.role === rule.of)
    .flatMap((participant) =>
      participant.sessions.flatMap((session) => {
        const place = { conversation, participant, session };
        return rule.each === 'session' ? ofSession(rule, place) : ofSegments(rule, place);
      }),
    );
}

/** Written out member by member: to spread `place` took as long as all the rest of deriving. */
function occurrenceAt(place: Place, segment: Segment, timestamp: Instant, qualifier: string | undefined): Occurrence {
  const { conversation, participant, session } = place;
  return { timestamp, conversation, participant, session, segment, qualifier };
}

/** A session with all that it belongs to. */
type Place = Pick<Occurrence, 'conversation' | 'participant' | 'session'>;

function ofSession(rule: SessionRule, place: Place): readonly Occurrence[] {
  const { fields, segments } = place.session;
  const qualifier = rule.qualifier && boundedText(fields[rule.qualifier]);
  if (rule.qualifier && !qualifier) return [];
  const candidates = segments.filter((segment) => rule.among === undefined || segment.type === rule.among);
  // Which segment is the earliest cannot be known while one of them has a start that cannot be read.
  if (candidates.some((segment) => segment.start === 'unreadable')) return [];
  const segment = earliest(candidates);
  return typeof segment?.start === 'number' ? [occurrenceAt(place, segment, segment.start, qualifier)] : [];
}

function ofSegments(rule: SegmentRule, place: Place): readonly Occurrence[] {
  return place.session.segments.flatMap((segment) => {
    const timestamp = segment[rule.at];
    const qualifier = rule.qualifier && boundedText(segment.fields[rule.qualifier]);
    const derives =
      typeof timestamp === 'number' &&
      (rule.types === undefined || rule.types.some((type) => type === segment.type)) &&
      (rule.needs === undefined || boundedText(segment.fields[rule.needs]) !== undefined) &&
      (rule.qualifier === undefined || qualifier !== undefined);
    return derives ? [occurrenceAt(place, segment, timestamp, qualifier)] : [];
  });
}

/**
 * The segment that started first. Of segments that start together, it is the one that ended first, because it
 * was there first: what a growing record gains later must not take its place. If both ended together, it is
 * the one with the smaller queueId. Their order in the record means nothing.
 */
function earliest(segments: readonly Segment[]): Segment | undefined {
  let first: Segment | undefined;
  for (const segment of segments) {
    if (typeof segment.start === 'number' && (!first || order(segment, first) < 0)) first = segment;
  }
  return first;
}

function order(a: Segment, b: Segment): number {
  return compare(a.start, b.start) || compare(endOf(a), endOf(b)) || compare(queueOf(a), queueOf(b));
}

function endOf(segment: Segment): Instant {
  return typeof segment.end === 'number' ? segment.end : Number.POSITIVE_INFINITY;
}

function queueOf(segment: Segment): string {
  return boundedText(segment.fields.queueId) ?? '';
}

function compare<T extends Time | string>(a: T, b: T): number {
  return a < b ? -1 : Number(a > b);
}

/** The query calls `external` what the archive calls `customer`: the same leg must have one purpose. */
function purposeOf({ fields }: Participant): string | undefined {
  const purpose = boundedText(fields.purpose);
  return purpose === 'external' ? 'customer' : purpose;
}

/**
 * Genesys sets codes with these beginnings by itself. They also stand on agents' segments, so the participant
 * tells nothing.
 */
function dispositionSourceOf(wrapUpCode: string): 'system' | 'agent' {
  return wrapUpCode.startsWith('ININ-') || wrapUpCode.startsWith('OUTBOUND-') ? 'system' : 'agent';
}

function timeText(time: Segment['start']): string | undefined {
  return typeof time === 'number' ? formatInstant(time) : undefined;
}

/**
 * Two of the same ID are the same fact. If they differ in a detail, the one whose segment started first
 * stands for both, because a growing record showed it first. If both started together, the one with the
 * smaller JSON does.
 */
function onceEach<T extends { readonly id: string }>(all: readonly T[], rankOf: (one: T) => string): readonly T[] {
  const byId = new Map<string, T>();
  /** The ranks of those that have met another: each may be large, and is made once. */
  const ranks = new Map<string, string>();
  for (const one of all) {
    const kept = byId.get(one.id);
    if (!kept) {
      byId.set(one.id, one);
      continue;
    }
    const rank = rankOf(one);
    const lowest = ranks.get(one.id) ?? rankOf(kept);
    const isLower = rank < lowest;
    ranks.set(one.id, isLower ? rank : lowest);
    if (isLower) byId.set(one.id, one);
  }
  return [...byId.values()];
}

function rankOf(event: DerivedEvent): string {
  return `${event.data.segmentStart ?? ''} ${canonicalJson(event)}`;
}
