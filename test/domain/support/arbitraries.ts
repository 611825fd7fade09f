import fc from 'fast-check';
import { ANSWERED_CALL, CONVERSATION_ID } from './records.ts';

type Json = Record<string, unknown>;

/** A value, or one of the ways in which Genesys does not give it. */
function maybe<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null | '' | undefined> {
  return fc.oneof(
    { weight: 8, arbitrary: value },
    { weight: 1, arbitrary: fc.constantFrom(null, '' as const, undefined) },
  );
}

/**
 * A dozen instants only, so that ties are common, each written in one of the ways that ISO 8601 has for it.
 */
const time = fc
  .tuple(fc.integer({ min: 0, max: 11 }), fc.constantFrom('Z', '.0Z', '.000999Z', '+01:00'))
  .map(([second, form]) => {
    const hour = form === '+01:00' ? '11' : '10';
    return `2026-11-20T${hour}:00:${`${second}`.padStart(2, '0')}${form}`;
  });
const unreadable = fc.constantFrom('soon', '2026-11-20', '2026-02-30T10:00:00Z', 0, true, {}, []);
const sometimesUnreadable = fc.oneof({ weight: 30, arbitrary: maybe(time) }, { weight: 1, arbitrary: unreadable });

const PURPOSES = [
  'agent',
  'user',
  'customer',
  'external',
  'acd',
  'outbound',
  'something-new',
  'constructor',
  '__proto__',
];
const SEGMENT_TYPES = ['dialing', 'interact', 'hold', 'alert', 'wrapup', 'system', 'something-new', 'toString'];

function segments(time: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.record(
    {
      segmentType: maybe(fc.constantFrom(...SEGMENT_TYPES)),
      segmentStart: time,
      segmentEnd: time,
      disconnectType: maybe(fc.constantFrom('client', 'peer', 'something-new')),
      queueId: maybe(fc.constantFrom('queue-a', 'queue-b')),
      wrapUpCode: maybe(fc.constantFrom('wrap-up-code', 'ININ-OUTBOUND-STUCK-INTERACTION', 'Rückruf:ü')),
    },
    { requiredKeys: [] },
  );
}

/** A list as Genesys gives it: perhaps absent, perhaps with nulls in it. */
function several(element: fc.Arbitrary<unknown>, maxLength: number): fc.Arbitrary<unknown> {
  const elements = fc.array(fc.oneof({ weight: 20, arbitrary: element }, { weight: 1, arbitrary: fc.constant(null) }), {
    maxLength,
    size: 'max',
  });
  return fc.oneof({ weight: 15, arbitrary: elements }, { weight: 1, arbitrary: fc.constantFrom(null, undefined) });
}

function conversation(time: fc.Arbitrary<unknown>): fc.Arbitrary<Json> {
  const session = fc.record(
    {
      sessionId: maybe(fc.constantFrom('s-1', 's-2', 's-3')),
      mediaType: maybe(fc.constantFrom('voice', 'something-new')),
      direction: maybe(fc.constant('outbound')),
      ani: maybe(fc.constantFrom('tel:+15551112222', 'sip:a@b', '112')),
      dnis: maybe(fc.constantFrom('tel:+15553334444', '5553334444')),
      dispositionName: maybe(fc.constantFrom('person', 'disposition.classification.callable.machine')),
      dispositionAnalyzer: maybe(fc.constant('speech.person')),
      outboundCampaignId: maybe(fc.constant('campaign')),
      outboundContactId: maybe(fc.constant('contact')),
      outboundContactListId: maybe(fc.constant('contact-list')),
      segments: several(segments(time), 6),
    },
    { requiredKeys: ['segments'] },
  );
  const participant = fc.record(
    {
      participantId: maybe(fc.constantFrom('p-1', 'p-2', 'p-3')),
      purpose: maybe(fc.constantFrom(...PURPOSES)),
      userId: maybe(fc.constantFrom('user-1', 'user-2')),
      sessions: several(session, 3),
    },
    { requiredKeys: ['sessions', 'purpose'] },
  );
  const record = fc.record(
    {
      conversationId: fc.constant(CONVERSATION_ID),
      conversationStart: time,
      conversationEnd: time,
      originatingDirection: maybe(fc.constantFrom('outbound', 'inbound')),
      divisionIds: maybe(fc.array(maybe(fc.constantFrom('a', 'b', 'c')), { maxLength: 4 })),
      participants: several(participant, 5),
    },
    { requiredKeys: ['conversationId', 'participants'] },
  );
  // As it comes off the wire: JSON knows no undefined.
  return record.map((value) => JSON.parse(JSON.stringify(value)) as Json);
}

/** Conversations whose every time is readable or absent. */
export const soundConversation = conversation(maybe(time));
/** Conversations with an unreadable time here and there. */
export const malformedConversation = conversation(sometimesUnreadable);

/** One change at one place of a record; `where` picks the place among all that there are. */
interface Mutation {
  readonly where: number;
  readonly change: 'delete' | 'replace' | 'repeat';
  readonly value: unknown;
}

const ODD_VALUES = [
  null,
  '',
  ' ',
  0,
  -1,
  1.5,
  true,
  [],
  {},
  [null],
  [[]],
  'soon',
  'something-new',
  '__proto__',
  'constructor',
  '2026-11-20',
];
const mutation: fc.Arbitrary<Mutation> = fc.record({
  where: fc.nat(),
  change: fc.constantFrom('delete', 'replace', 'replace', 'replace', 'repeat'),
  value: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<unknown>(...ODD_VALUES) },
    { weight: 1, arbitrary: fc.jsonValue() },
  ),
});

/**
 * A real call to which something has happened: members gone, nulled, of another type, of an unknown value,
 * anywhere.
 */
export const mutatedConversation: fc.Arbitrary<unknown> = fc
  .array(mutation, { minLength: 1, maxLength: 8, size: 'max' })
  .map((mutations) => {
    const box: Json = { record: structuredClone(ANSWERED_CALL) };
    for (const { where, change, value } of mutations) {
      const places = placesIn(box);
      const place = places[where % places.length];
      if (!place) continue;
      const { holder, name } = place;
      if (change === 'replace') Object.assign(holder, { [name]: structuredClone(value) });
      else if (Array.isArray(holder))
        holder.splice(
          Number(name),
          change === 'delete' ? 1 : 0,
          ...(change === 'repeat' ? [holder[Number(name)]] : []),
        );
      else if (change === 'delete') delete (holder as Json)[name];
    }
    return JSON.parse(JSON.stringify(box.record ?? null));
  });

function placesIn(holder: object): { holder: object; name: string }[] {
  return Object.entries(holder).flatMap(([name, value]) => [
    { holder, name },
    ...(typeof value === 'object' && value !== null ? placesIn(value) : []),
  ]);
}

/**
 * The record with its participants, sessions and segments, and the members of all objects, in another order.
 */
export function shuffled(value: unknown, chance: () => number, under = ''): unknown {
  if (Array.isArray(value)) {
    const elements = value.map((element) => shuffled(element, chance));
    return ['participants', 'sessions', 'segments', 'divisionIds'].includes(under) ? mixed(elements, chance) : elements;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    mixed(Object.entries(value), chance).map(([name, member]) => [name, shuffled(member, chance, name)]),
  );
}

function mixed<T>(list: readonly T[], chance: () => number): T[] {
  return list
    .map((element) => ({ element, key: chance() }))
    .sort((a, b) => a.key - b.key)
    .map(({ element }) => element);
}

/** Repeatable chance (mulberry32), so that a counterexample's seed replays its shuffle. */
export function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}
