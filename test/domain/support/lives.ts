import fc from 'fast-check';
import { CONVERSATION_ID, type Conversation, type Participant, type Segment, type Session } from './records.ts';

/**
 * The life of a conversation as its record tells it while it goes on: segments are opened and closed one
 * after the other, may be of zero length, and end at the same time as others; participants join; a wrap-up
 * code comes late and is changed. Nothing that has once been final changes, except that code.
 */
export type Life = readonly Step[];

/**
 * What happens next: `kind` and `who` choose among what is possible, `wait` is how much later it is, seconds.
 */
export interface Step {
  readonly kind: 'join' | 'open' | 'close' | 'dispose' | 'wrapUp' | 'change' | 'end';
  readonly who: number;
  readonly wait: number;
  readonly how: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(
    'join',
    'open',
    'open',
    'open',
    'close',
    'close',
    'close',
    'dispose',
    'wrapUp',
    'change',
    'end',
  ),
  who: fc.nat(),
  // Often no time at all passes: zero-length segments, and segments that end or begin together.
  wait: fc.constantFrom(0, 0, 0, 1, 7, 60),
  how: fc.nat(),
});

export const life: fc.Arbitrary<Life> = fc.array(step, { minLength: 12, maxLength: 80, size: 'max' });

const BEGIN = Date.parse('2026-11-20T23:58:00Z');
const PURPOSES = ['customer', 'acd', 'agent', 'user', 'external', 'outbound'];
const SEGMENT_TYPES: Readonly<Record<string, readonly string[]>> = {
  customer: ['dialing', 'interact', 'hold', 'interact'],
  external: ['interact', 'interact'],
  acd: ['interact', 'delay', 'interact'],
  agent: ['alert', 'interact', 'hold', 'interact', 'wrapup'],
  user: ['alert', 'interact', 'wrapup'],
  outbound: ['dialing', 'system'],
};
const DISCONNECTS = [undefined, 'client', 'peer', 'transfer', 'error'];

/** What one poll after each step would be given. */
export function snapshotsOf(steps: Life): Conversation[] {
  const record: Conversation & { participants: Participant[] } = {
    conversationId: CONVERSATION_ID,
    conversationStart: new Date(BEGIN).toISOString(),
    originatingDirection: 'outbound',
    participants: [],
  };
  let now = BEGIN;
  const snapshots: Conversation[] = [];
  for (const step of steps) {
    now += step.wait * 1_000;
    happen(record, step, new Date(now).toISOString());
    snapshots.push(structuredClone(record));
  }
  return snapshots;
}

function happen(record: Conversation & { participants: Participant[] }, { kind, who, how }: Step, now: string): void {
  const parties = record.participants.flatMap((p) => (p.sessions ?? []).map((s) => ({ p, s })));
  const party = parties[who % Math.max(1, parties.length)];
  if (kind === 'join' || !party) {
    if (record.conversationEnd === undefined) record.participants.push(newcomer(record.participants.length, how));
    return;
  }
  const { p, s } = party;
  const segments = s.segments ?? [];
  if (kind === 'open') open(p, s, now);
  if (kind === 'close') close(segments, how, now);
  if (kind === 'dispose' && segments.length > 0 && s.dispositionName === undefined) {
    Object.assign(s, {
      dispositionName: 'disposition.classification.callable.person',
      dispositionAnalyzer: 'speech.person',
    });
  }
  if (kind === 'wrapUp') wrapUp(segments);
  if (kind === 'change') change(segments, how);
  const over = record.participants.every((one) =>
    (one.sessions ?? []).every((s) => (s.segments ?? []).every((g) => g.segmentEnd)),
  );
  if (kind === 'end' && over && record.conversationEnd === undefined) {
    Object.assign(record, { conversationEnd: now, divisionIds: ['division-b', 'division-a'] });
  }
}

function newcomer(index: number, how: number): Participant {
  const purpose = PURPOSES[how % PURPOSES.length] as string;
  const campaign = how % 2 === 0 ? { outboundCampaignId: 'campaign', outboundContactId: 'contact' } : {};
  const session: Session = {
    sessionId: `s-${index}`,
    mediaType: 'voice',
    ani: 'tel:+15551112222',
    ...campaign,
    segments: [],
  };
  return { participantId: `p-${index}`, purpose, userId: `user-${how % 2}`, sessions: [session] };
}

/**
 * The next segment of the session. A session belongs to one queue, as in real records: an acd's from its
 * first segment on, another's once it has been routed.
 */
function open(p: Participant, s: Session, now: string): void {
  const types = SEGMENT_TYPES[p.purpose ?? ''] ?? [];
  const segments = s.segments ?? [];
  const [segmentType, last] = [types[segments.length % types.length] as string, segments.at(-1)];
  // Only a wrap-up may begin before what precedes it is over.
  if (last && !last.segmentEnd && segmentType !== 'wrapup') return;
  const routed = p.purpose === 'acd' || segments.length > 0;
  segments.push({ segmentType, segmentStart: now, ...(routed && { queueId: 'queue-a' }) });
}

/**
 * Ends all that is open in the session at once: an interaction and its wrap-up may end together. Only two
 * segments that both begin and end in one and the same millisecond have to be alike: their order cannot be
 * known.
 */
function close(segments: readonly Segment[], how: number, now: string): void {
  for (const segment of segments.filter((one) => !one.segmentEnd)) {
    const twin = segments.find((one) => one.segmentEnd === now && one.segmentStart === segment.segmentStart);
    if (twin && twin.queueId !== segment.queueId) continue;
    const disconnectType = twin ? twin.disconnectType : DISCONNECTS[how % DISCONNECTS.length];
    Object.assign(segment, { segmentEnd: now, ...(disconnectType && { disconnectType }) });
  }
  if (segments.at(-1)?.segmentType === 'wrapup' && how % 3 > 0) wrapUp(segments);
}

/** One code a session, on its latest segment, which may long have been over. */
function wrapUp(segments: readonly Segment[]): void {
  const last = segments.at(-1);
  if (last && segments.every((segment) => segment.wrapUpCode === undefined)) last.wrapUpCode = 'wrap-up-code';
}

function change(segments: readonly Segment[], how: number): void {
  const wrapped = segments.find((segment) => segment.wrapUpCode !== undefined);
  if (wrapped) wrapped.wrapUpCode = `changed-${how % 3}`;
}
