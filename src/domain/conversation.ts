import { ROLE_OF_PURPOSE, type Role } from './catalogue.ts';
import type { Flaw } from './event.ts';
import { recordId } from './identity.ts';
import { type Instant, parseInstant } from './instant.ts';
import { type Fields, fieldsOf, textOf } from './json.ts';

/** A time of a record: absent (not yet, or never), or present but not readable. */
export type Time = Instant | 'absent' | 'unreadable';

/** The parts of Genesys's AnalyticsConversation that events are made of; every other member is of no interest. */
export interface Conversation {
  readonly id: string;
  readonly start: Time;
  readonly end: Time;
  readonly fields: Fields;
  readonly participants: readonly Participant[];
}
export interface Participant {
  readonly role: Role | undefined;
  readonly fields: Fields;
  readonly sessions: readonly Session[];
}
export interface Session {
  readonly fields: Fields;
  readonly segments: readonly Segment[];
}
export interface Segment {
  readonly type: string | undefined;
  readonly start: Time;
  readonly end: Time;
  readonly fields: Fields;
}

/**
 * Reads a record of unknown shape. What is not as expected becomes a flaw and is left out; what stands beside it is
 * read on. Without a conversationId there is nothing to identify any event by: then the conversation is undefined.
 */
export function readConversation(record: unknown): { conversation: Conversation | undefined; flaws: readonly Flaw[] } {
  const fields = fieldsOf(record);
  const id = textOf(fields?.conversationId);
  if (!fields || !id) {
    return { conversation: undefined, flaws: [{ id: recordId(record), reason: 'no conversationId', record }] };
  }
  const start = timeOf(fields.conversationStart);
  const end = timeOf(fields.conversationEnd);
  const flaws: Flaw[] = [];
  const where = { conversationId: id, ...(typeof start === 'number' && { time: start }) };

  const reasons = new Set<string>();
  if (start === 'unreadable') reasons.add('conversationStart is no timestamp');
  if (end === 'unreadable') reasons.add('conversationEnd is no timestamp');

  const participants = elements(fields, 'participants', reasons).map(
    (participant): Participant => ({
      role: ROLE_OF_PURPOSE.get(participant.purpose),
      fields: participant,
      sessions: elements(participant, 'sessions', reasons).map((session) => ({
        fields: session,
        segments: elements(session, 'segments', reasons).map((segment) => {
          const read: Segment = {
            type: textOf(segment.segmentType),
            start: timeOf(segment.segmentStart),
            end: timeOf(segment.segmentEnd),
            fields: segment,
          };
          const flaw = flawOf(read);
          if (flaw) flaws.push({ ...where, id: recordId(segment), reason: flaw, record: segment });
          return read;
        }),
      })),
    }),
  );

  if (reasons.size > 0) flaws.push({ ...where, id: recordId(record), reason: [...reasons].join('; '), record });
  return { conversation: { id, start, end, fields, participants }, flaws };
}

function timeOf(value: unknown): Time {
  if (value === undefined || value === null || value === '') return 'absent';
  return parseInstant(value) ?? 'unreadable';
}

/** What of a segment cannot be read; empty if all of it can. */
function flawOf(segment: Segment): string {
  const reasons = [
    ...(segment.start === 'unreadable' ? ['segmentStart is no timestamp'] : []),
    ...(segment.end === 'unreadable' ? ['segmentEnd is no timestamp'] : []),
  ];
  return reasons.join('; ');
}

/** The objects of a list. Absent and null lists are empty, null elements are passed over; anything else is a reason. */
function elements(parent: Fields, name: string, reasons: Set<string>): readonly Fields[] {
  const list = parent[name];
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) {
    reasons.add(`${name} is no list`);
    return [];
  }
  return list.flatMap((element: unknown) => {
    const fields = fieldsOf(element);
    if (!fields && element !== null) reasons.add(`${name} holds what is no object`);
    return fields ? [fields] : [];
  });
}
