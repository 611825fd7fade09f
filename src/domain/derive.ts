import { CATALOGUE, type ConversationRule, type Rule, type SegmentRule, type SessionRule } from './catalogue.ts';
import {
  type Conversation,
  type Participant,
  readConversation,
  type Segment,
  type Session,
  type Time,
} from './conversation.ts';
import type { Derivation, DerivedEvent, EventData, EventType, FactMember } from './event.ts';
import { deduplicationId, recordId } from './identity.ts';
import { formatInstant, type Instant, parseInstant } from './instant.ts';
import { canonicalJson, fieldsOf, listOf, textOf } from './json.ts';
import { guardPhoneNumber, type PhoneNumbers } from './privacy.ts';

/**
 * The events of a conversation as Genesys served it, by the rules of the catalogue, and the pieces of it that cannot be
 * identified. Accepts any JSON and never throws. The order of events follows the catalogue, and means nothing.
 */
export function deriveConversation(record: unknown, phoneNumbers: PhoneNumbers): Derivation {
  const { conversation, flaws } = readConversation(record);
  if (!conversation) return { events: [], flaws };
  const events = CATALOGUE.flatMap((rule) => eventsOf(rule, conversation, phoneNumbers));
  return { events: onceEach(events, rankOf), flaws: onceEach(flaws, canonicalJson) };
}

/** The event of an entry of the dialer's event log. Accepts any JSON and never throws. */
export function deriveLogEntry(record: unknown): Derivation {
  const entry = fieldsOf(record);
  const entryId = textOf(entry?.id);
  const timestamp = parseInstant(entry?.timestamp);
  if (!entry || !entryId || timestamp === undefined) {
    const reason = entryId ? 'timestamp is absent or no timestamp' : 'no id';
    return { events: [], flaws: [{ id: recordId(record), reason, record }] };
  }
  const message = fieldsOf(entry.eventMessage);
  const code = textOf(message?.code);
  const data = factOf('outboundEventLogged', timestamp, {
    id: entryId,
    level: textOf(entry.level),
    category: textOf(entry.category),
    code,
    message: textOf(message?.message),
    correlationId: textOf(entry.correlationId),
    relatedEntity: entityOf(entry.relatedEntity),
    errorEntity: entityOf(entry.errorEntity),
  });
  const id = deduplicationId({
    conversationId: entryId,
    eventType: 'outboundEventLogged',
    timestamp,
    qualifier: code,
  });
  return { events: [{ id, eventType: 'outboundEventLogged', timestamp, data }], flaws: [] };
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
  const data = factOf(eventType, timestamp, conversationMembers(conversation), {
    divisionIds: eventType === 'conversationEnded' ? textsOf(conversation.fields.divisionIds) : undefined,
  });
  return [
    { id: deduplicationId({ conversationId: conversation.id, eventType, timestamp }), eventType, timestamp, data },
  ];
}

function ofSession(rule: SessionRule, at: Place, phoneNumbers: PhoneNumbers): readonly DerivedEvent[] {
  const qualifier = rule.qualifier && textOf(at.session.fields[rule.qualifier]);
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
    const qualifier = rule.qualifier && textOf(segment.fields[rule.qualifier]);
    const derives =
      typeof timestamp === 'number' &&
      (rule.types === undefined || rule.types.some((type) => type === segment.type)) &&
      (rule.needs === undefined || textOf(segment.fields[rule.needs]) !== undefined) &&
      (rule.qualifier === undefined || qualifier !== undefined);
    return derives ? [eventAt(rule, at, segment, timestamp, qualifier, phoneNumbers)] : [];
  });
}

/**
 * Of segments that start together the one that ended first, for it was there first: what comes later to a growing record
 * must not take its place. Only then the one of the smaller queueId; their order in the record means nothing.
 */
function earliest(segments: readonly Segment[]): Segment | undefined {
  return segments
    .filter((segment) => typeof segment.start === 'number')
    .sort((a, b) => compare(a.start, b.start) || compare(endOf(a), endOf(b)) || compare(queueOf(a), queueOf(b)))[0];
}

function endOf(segment: Segment): Instant {
  return typeof segment.end === 'number' ? segment.end : Number.POSITIVE_INFINITY;
}

function queueOf(segment: Segment): string {
  return textOf(segment.fields.queueId) ?? '';
}

function compare<T extends Time | string>(a: T, b: T): number {
  return a < b ? -1 : Number(a > b);
}

/** Members that can still change after the event was derived are left out: hence the conditions on type and time. */
function eventAt(
  rule: SessionRule | SegmentRule,
  { conversation, participant, session }: Place,
  segment: Segment,
  timestamp: Instant,
  qualifier: string | undefined,
  phoneNumbers: PhoneNumbers,
): DerivedEvent {
  const { eventType } = rule;
  const participantId = textOf(participant.fields.participantId);
  const sessionId = textOf(session.fields.sessionId);
  const ended = rule.each === 'segment' && rule.at === 'end';
  const analyzed = eventType === 'callAnalyzed';
  const data = factOf(eventType, timestamp, conversationMembers(conversation), {
    participantId,
    purpose: textOf(participant.fields.purpose),
    agentId: participant.role === 'agent' ? textOf(participant.fields.userId) : undefined,
    sessionId,
    mediaType: textOf(session.fields.mediaType),
    direction: textOf(session.fields.direction),
    outboundCampaignId: textOf(session.fields.outboundCampaignId),
    outboundContactId: textOf(session.fields.outboundContactId),
    outboundContactListId: textOf(session.fields.outboundContactListId),
    ani: guardPhoneNumber(textOf(session.fields.ani), phoneNumbers),
    dnis: guardPhoneNumber(textOf(session.fields.dnis), phoneNumbers),
    queueId: textOf(segment.fields.queueId),
    segmentStart: timeText(segment.start),
    segmentEnd: ended ? timeText(segment.end) : undefined,
    disconnectType: ended ? textOf(segment.fields.disconnectType) : undefined,
    disposition: eventType === 'dispositionSet' ? qualifier : undefined,
    callAnalysisDisposition: analyzed ? qualifier : undefined,
    dispositionAnalyzer: analyzed ? textOf(session.fields.dispositionAnalyzer) : undefined,
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

/** What a record gives to a fact: members that are not in the published types do not compile. */
type Given = { readonly [Name in FactMember]?: EventData[string] | undefined };

function conversationMembers(conversation: Conversation): Given {
  return {
    conversationId: conversation.id,
    conversationStart: timeText(conversation.start),
    originatingDirection: textOf(conversation.fields.originatingDirection),
  };
}

/**
 * The published form of a fact: what is absent in Genesys is absent here. Put together member by member, since spreading one object
 * into the next took longer than all the rest of deriving.
 */
function factOf(eventType: EventType, timestamp: Instant, ...parts: readonly Given[]): EventData {
  const fact: { eventType: EventType; timestamp: string; [member: string]: EventData[string] } = {
    eventType,
    timestamp: formatInstant(timestamp),
  };
  for (const members of parts) {
    for (const name in members) {
      const value = members[name as FactMember];
      if (value !== undefined) fact[name] = value;
    }
  }
  return fact;
}

function timeText(time: Segment['start']): string | undefined {
  return typeof time === 'number' ? formatInstant(time) : undefined;
}

/** The texts of a list, in an order that does not depend on the record's; undefined when there are none. */
function textsOf(value: unknown): readonly string[] | undefined {
  const texts = [...new Set(listOf(value).filter((element) => textOf(element) !== undefined) as string[])].sort();
  return texts.length > 0 ? texts : undefined;
}

/** The textual members of an entity reference, undefined when there are none. */
function entityOf(value: unknown): Readonly<Record<string, string>> | undefined {
  const members = Object.entries(fieldsOf(value) ?? {})
    .filter(([, member]) => textOf(member) !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1)) as [string, string][];
  return members.length > 0 ? Object.fromEntries(members) : undefined;
}

/**
 * Two of the same ID are the same fact. Should they differ in a detail, the one whose segment started first stands for
 * both, for a growing record told it first; only then the one of the smaller JSON.
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
