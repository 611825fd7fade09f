import { CATALOGUE, type ConversationRule, type Rule, type SegmentRule, type SessionRule } from './catalogue.ts';
import { type Conversation, type Participant, readConversation, type Segment, type Session } from './conversation.ts';
import type { Derivation, DerivedEvent } from './event.ts';
import { factOf, type Given } from './fact.ts';
import { deduplicationId } from './identity.ts';
import { formatInstant, type Instant } from './instant.ts';
import { canonicalJson } from './json.ts';
import { repeatable, type Time } from './piece.ts';
import { guardPhoneNumber, type PhoneNumbers } from './privacy.ts';

/**
 * The events of a conversation as Genesys served it, by the rules of the catalogue, and the pieces of it that
 * cannot be identified. Accepts any JSON and never throws. The order of events follows the catalogue, and
 * means nothing.
 */
export function deriveConversation(record: unknown, phoneNumbers: PhoneNumbers): Derivation {
  const { conversation, malformed } = readConversation(record);
  if (!conversation) return { events: [], malformed };
  const events = CATALOGUE.flatMap((rule) => eventsOf(rule, conversation, phoneNumbers));
  return { events: onceEach(events, rankOf), malformed: onceEach(malformed, canonicalJson) };
}

function eventsOf(rule: Rule, conversation: Conversation, phoneNumbers: PhoneNumbers): readonly DerivedEvent[] {
  switch (rule.each) {
    case 'conversation':
      return ofConversation(rule, conversation);
    case 'session':
      return sessionsOf(conversation, rule).flatMap((at) => ofSession(rule, at, phoneNumbers));
    case 'segment':
      return sessionsOf(conversation, rule).flatMap((at) => ofSegments(rule, at, phoneNumbers));
  }
}

/** A session with all that it belongs to. */
interface Place {
  readonly conversation: Conversation;
  readonly participant: Participant;
  readonly session: Session;
}

function sessionsOf(conversation: Conversation, rule: SessionRule | SegmentRule): readonly Place[] {
  return conversation.participants
    .filter((participant) => rule.of === undefined || participant.role === rule.of)
    .flatMap((participant) => participant.sessions.map((session) => ({ conversation, participant, session })));
}

function ofConversation(rule: ConversationRule, conversation: Conversation): readonly DerivedEvent[] {
  const timestamp = conversation[rule.at];
  if (typeof timestamp !== 'number') return [];
  const { eventType } = rule;
  const { divisionIds } = conversation;
  const data = factOf(eventType, timestamp, conversationMembers(conversation), {
    divisionIds: eventType === 'conversationEnded' && divisionIds.length > 0 ? divisionIds : undefined,
  });
  return [
    { id: deduplicationId({ conversationId: conversation.id, eventType, timestamp }), eventType, timestamp, data },
  ];
}

function ofSession(rule: SessionRule, at: Place, phoneNumbers: PhoneNumbers): readonly DerivedEvent[] {
  const qualifier = rule.qualifier && repeatable(at.session.fields[rule.qualifier]);
  if (rule.qualifier && !qualifier) return [];
  const candidates = at.session.segments.filter((segment) => rule.among === undefined || segment.type === rule.among);
  // Which segment is the earliest cannot be known while one of them has a start that cannot be read.
  if (candidates.some((segment) => segment.start === 'unreadable')) return [];
  const first = earliest(candidates);
  if (typeof first?.start !== 'number') return [];
  return [eventAt(rule, at, first, first.start, qualifier, phoneNumbers)];
}

function ofSegments(rule: SegmentRule, at: Place, phoneNumbers: PhoneNumbers): readonly DerivedEvent[] {
  return at.session.segments.flatMap((segment) => {
    const timestamp = segment[rule.at];
    const qualifier = rule.qualifier && repeatable(segment.fields[rule.qualifier]);
    const derives =
      typeof timestamp === 'number' &&
      (rule.types === undefined || rule.types.some((type) => type === segment.type)) &&
      (rule.needs === undefined || repeatable(segment.fields[rule.needs]) !== undefined) &&
      (rule.qualifier === undefined || qualifier !== undefined);
    return derives ? [eventAt(rule, at, segment, timestamp, qualifier, phoneNumbers)] : [];
  });
}

/**
 * Of segments that start together the one that ended first, for it was there first: what comes later to a
 * growing record must not take its place. Only then the one of the smaller queueId; their order in the record
 * means nothing.
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
  return repeatable(segment.fields.queueId) ?? '';
}

function compare<T extends Time | string>(a: T, b: T): number {
  return a < b ? -1 : Number(a > b);
}

/**
 * Members that can still change after the event was derived are left out: hence the conditions on type and
 * time.
 */
function eventAt(
  rule: SessionRule | SegmentRule,
  { conversation, participant, session }: Place,
  segment: Segment,
  timestamp: Instant,
  qualifier: string | undefined,
  phoneNumbers: PhoneNumbers,
): DerivedEvent {
  const { eventType } = rule;
  const participantId = repeatable(participant.fields.participantId);
  const sessionId = repeatable(session.fields.sessionId);
  const ended = rule.each === 'segment' && rule.at === 'end';
  const analyzed = eventType === 'callAnalyzed';
  const disposed = eventType === 'dispositionSet';
  const data = factOf(eventType, timestamp, conversationMembers(conversation), {
    participantId,
    purpose: purposeOf(participant),
    agentId: participant.role === 'agent' ? repeatable(participant.fields.userId) : undefined,
    sessionId,
    peerId: repeatable(session.fields.peerId),
    mediaType: repeatable(session.fields.mediaType),
    direction: repeatable(session.fields.direction),
    outboundCampaignId: repeatable(session.fields.outboundCampaignId),
    outboundContactId: repeatable(session.fields.outboundContactId),
    outboundContactListId: repeatable(session.fields.outboundContactListId),
    ani: guardPhoneNumber(repeatable(session.fields.ani), phoneNumbers),
    dnis: guardPhoneNumber(repeatable(session.fields.dnis), phoneNumbers),
    queueId: tellsQueue(rule, participant) ? repeatable(segment.fields.queueId) : undefined,
    segmentStart: timeText(segment.start),
    segmentEnd: ended ? timeText(segment.end) : undefined,
    disconnectType: ended ? repeatable(segment.fields.disconnectType) : undefined,
    disposition: disposed ? qualifier : undefined,
    dispositionSource: disposed && qualifier ? sourceOf(qualifier) : undefined,
    callAnalysisDisposition: analyzed ? qualifier : undefined,
    dispositionAnalyzer: analyzed ? repeatable(session.fields.dispositionAnalyzer) : undefined,
  });
  const id = deduplicationId({
    conversationId: conversation.id,
    eventType,
    timestamp,
    participantId,
    sessionId,
    qualifier,
  });
  return { id, eventType, timestamp, data };
}

function conversationMembers(conversation: Conversation): Given {
  return {
    conversationId: conversation.id,
    conversationStart: timeText(conversation.start),
    originatingDirection: repeatable(conversation.fields.originatingDirection),
  };
}

/** The query calls `external` what the archive calls `customer`: the same leg must have one purpose. */
function purposeOf({ fields }: Participant): string | undefined {
  const purpose = repeatable(fields.purpose);
  return purpose === 'external' ? 'customer' : purpose;
}

/**
 * Genesys gives a contact's segment its queue minutes after it began: only a queue's and an agent's is known
 * from the start.
 */
function tellsQueue(rule: SessionRule | SegmentRule, { role }: Participant): boolean {
  const of = rule.eventType === 'dispositionSet' ? role : rule.of;
  return of === 'queue' || of === 'agent';
}

/**
 * Codes that Genesys sets by itself. They stand on agents' segments too, so that who bears them tells
 * nothing.
 */
function sourceOf(wrapUpCode: string): 'system' | 'agent' {
  return wrapUpCode.startsWith('ININ-') || wrapUpCode.startsWith('OUTBOUND-') ? 'system' : 'agent';
}

function timeText(time: Segment['start']): string | undefined {
  return typeof time === 'number' ? formatInstant(time) : undefined;
}

/**
 * Two of the same ID are the same fact. Should they differ in a detail, the one whose segment started first
 * stands for both, for a growing record told it first; only then the one of the smaller JSON.
 */
function onceEach<T extends { readonly id: string }>(all: readonly T[], rank: (one: T) => string): readonly T[] {
  const byId = new Map<string, T>();
  for (const one of all) {
    const other = byId.get(one.id);
    if (!other || rank(one) < rank(other)) byId.set(one.id, one);
  }
  return [...byId.values()];
}

function rankOf(event: DerivedEvent): string {
  return `${event.data.segmentStart ?? ''} ${canonicalJson(event)}`;
}
