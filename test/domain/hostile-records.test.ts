import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { deadLetterAttributes, readDeadLetterItem } from '../../src/aws/dead-letter-items.ts';
import type { Item } from '../../src/aws/state-attributes.ts';
import { type DeadLetter, deadLetterOfEntry, deadLetterOfRecord } from '../../src/domain/dead-letter.ts';
import { deriveConversation } from '../../src/domain/derive.ts';
import { toEntry } from '../../src/domain/envelope.ts';
import type { Derivation } from '../../src/domain/event.ts';
import { deriveLogEntry } from '../../src/domain/log-entry.ts';
import { Census, holds } from './support/property.ts';
import { stepsOf } from './support/steps.ts';

const NOW = Date.parse('2026-11-20T10:00:00Z');
const START = '2026-11-20T09:00:00.000Z';
const END = '2026-11-20T09:05:00.000Z';

/** Values that grow with `size`, as JSON.parse hands them out. */
const VALUES: Readonly<Record<string, (size: number) => unknown>> = {
  'lists in lists': (size) => JSON.parse('['.repeat(size + 1) + ']'.repeat(size + 1)),
  'objects in objects': (size) => JSON.parse(`${'{"a":'.repeat(size)}1${'}'.repeat(size)}`),
  'a text': (size) => 'x'.repeat(size),
  'digits and an x': (size) => `${'1'.repeat(size)}x`,
  digits: (size) => '1'.repeat(size),
  'digits and separators': (size) => '1 (2) '.repeat(size),
  'a SIP number': (size) => `sip:+${'1'.repeat(size)}@10.0.0.1`,
  'a SIP URI that does not end': (size) => `sip:${'1;'.repeat(size)}`,
  'colons and signs': (size) => ':+@;%2b'.repeat(size),
  'nothing but plus signs': (size) => '+'.repeat(size),
  'half characters': (size) => '\ud800'.repeat(size),
  'characters of four bytes': (size) => '😀'.repeat(size),
  'control characters': (size) => '\u0000\u001b'.repeat(size),
  'almost a time': (size) => `2026-11-20T10:00:00.${'0'.repeat(size)}Z`,
  'a list of numbers': (size) => Array.from({ length: size }, (_, n) => n),
  'a list of texts': (size) => Array.from({ length: size }, (_, n) => `text ${n % 7}`),
  'an object of many members': (size) => Object.fromEntries(Array.from({ length: size }, (_, n) => [`member ${n}`, n])),
  'a huge number': (size) => Number(`1e${Math.min(size, 400)}`),
};

/** Where in a record such a value may stand. */
const PLACES: Readonly<Record<string, (value: unknown) => unknown>> = {
  'the whole record': (value) => value,
  conversationId: (value) => ({ ...conversation(), conversationId: value }),
  conversationStart: (value) => ({ ...conversation(), conversationStart: value }),
  divisionIds: (value) => ({ ...conversation(), divisionIds: value }),
  participants: (value) => ({ ...conversation(), participants: value }),
  'a member that is never read': (value) => ({ ...conversation(), metrics: value }),
  participantId: (value) => conversation({ participantId: value }),
  purpose: (value) => conversation({ purpose: value }),
  sessions: (value) => conversation({ sessions: value }),
  sessionId: (value) => conversation({}, { sessionId: value }),
  ani: (value) => conversation({}, { ani: value }),
  dispositionName: (value) => conversation({}, { dispositionName: value }),
  segments: (value) => conversation({}, { segments: value }),
  segmentType: (value) => conversation({}, {}, { segmentType: value }),
  segmentEnd: (value) => conversation({}, {}, { segmentEnd: value }),
  disconnectType: (value) => conversation({}, {}, { disconnectType: value }),
  wrapUpCode: (value) => conversation({}, {}, { wrapUpCode: value }),
};

const LOG_PLACES: Readonly<Record<string, (value: unknown) => unknown>> = {
  id: (value) => ({ id: value, timestamp: START }),
  timestamp: (value) => ({ id: 'l', timestamp: value }),
  level: (value) => ({ id: 'l', timestamp: START, level: value }),
  message: (value) => ({ id: 'l', timestamp: START, eventMessage: { code: 'X', message: value } }),
  code: (value) => ({ id: 'l', timestamp: START, eventMessage: { code: value } }),
  'name of an entity': (value) => ({ id: 'l', timestamp: START, relatedEntity: { id: 'c', name: value } }),
  relatedEntity: (value) => ({ id: 'l', timestamp: START, relatedEntity: value }),
};

function conversation(participant: object = {}, session: object = {}, segment: object = {}) {
  const segments = [{ segmentType: 'interact', segmentStart: START, segmentEnd: END, ...segment }];
  const sessions = [{ sessionId: 's', dispositionName: 'person', segments, ...session }];
  const participants = [{ participantId: 'p', purpose: 'agent', sessions, ...participant }];
  return { conversationId: 'c', conversationStart: START, participants };
}

/** Records that grow in the number of their parts. */
const CROWDS: Readonly<Record<string, (size: number) => unknown>> = {
  'many participants, one of them malformed': (size) => ({
    ...conversation(),
    participants: parts(size, (n) => ({ participantId: `p-${n}`, purpose: n === 3 ? 3 : 'agent', sessions: [] })),
  }),
  'many participants, and the conversation malformed': (size) => ({
    ...conversation(),
    conversationStart: 'soon',
    participants: parts(size, (n) => ({ participantId: `p-${n}`, purpose: 'agent', sessions: [] })),
  }),
  'many malformed participants': (size) => ({
    ...conversation(),
    participants: parts(size, (n) => ({ participantId: `p-${n}`, purpose: n })),
  }),
  'the same malformed participant many times': (size) => ({
    ...conversation(),
    participants: parts(size, () => ({ participantId: 'p', purpose: 7 })),
  }),
  'the same malformed participant many times, one of them large': (size) => ({
    ...conversation(),
    participants: [
      { attributes: parts(size, (n) => n), participantId: 'p', purpose: 7 },
      ...parts(size, () => ({ participantId: 'p', purpose: 7 })),
    ],
  }),
  'many participants that are none': (size) => ({ ...conversation(), participants: parts(size, (n) => n) }),
  'many segments that end together': (size) =>
    conversation({}, { segments: parts(size, (n) => ({ ...SEGMENT, queueId: `q-${n}` })) }),
  'many segments beside long IDs': (size) =>
    conversation(
      { participantId: 'p'.repeat(4_096) },
      { sessionId: 's'.repeat(size), ani: `${'1'.repeat(size)}x`, segments: parts(size, () => SEGMENT) },
    ),
};

const SEGMENT = {
  segmentType: 'interact',
  segmentStart: START,
  segmentEnd: END,
  disconnectType: 'peer',
  wrapUpCode: 'x',
};

function parts(size: number, part: (n: number) => unknown): unknown[] {
  return Array.from({ length: size }, (_, n) => part(n));
}

/**
 * All that is made of a record on its way: events in their envelopes, and a dead letter for each of them and
 * for each malformed record.
 */
function deadLettersOf({ events, malformed }: Derivation): readonly DeadLetter[] {
  const context = { source: 's', poller: 'p', stream: 'conversations', observedAt: NOW, publishedAt: NOW } as const;
  return [
    ...events.map((event) => deadLetterOfEntry(toEntry(event, context), 'EntryTooLarge', 0, NOW)),
    ...malformed.map((malformedRecord) => deadLetterOfRecord(malformedRecord, NOW)),
  ];
}

/** What DynamoDB counts: names and values, UTF-8. */
function sizeOf(item: Item): number {
  return Object.entries(item).reduce((sum, [name, { S, N, B }]) => {
    const value = S === undefined ? (B?.length ?? N?.length ?? 0) : Buffer.byteLength(S);
    return sum + Buffer.byteLength(name) + value;
  }, 0);
}

const size = fc.oneof(fc.nat({ max: 40 }), fc.constantFrom(2_500, 10_000, 40_000));

test('whatever the size, depth, type or characters of what a record holds: events, or a dead letter that the table takes', (t) => {
  const census = new Census();
  const record = fc.oneof(
    fc
      .tuple(fc.constantFrom(...Object.keys(PLACES)), fc.constantFrom(...Object.keys(VALUES)), size)
      .map(([place, value, size]) => ({
        name: `${value} (${size}) as ${place}`,
        derive: () => deriveConversation(PLACES[place]?.(VALUES[value]?.(size)), 'mask'),
      })),
    fc
      .tuple(fc.constantFrom(...Object.keys(LOG_PLACES)), fc.constantFrom(...Object.keys(VALUES)), size)
      .map(([place, value, size]) => ({
        name: `${value} (${size}) as ${place} of an entry`,
        derive: () => deriveLogEntry(LOG_PLACES[place]?.(VALUES[value]?.(size)), 'mask'),
      })),
  );
  const property = fc.property(record, ({ derive }) => {
    const derivation = derive();
    assert.ok(derivation.events.length + derivation.malformed.length > 0, 'dropped silently');
    census.saw('events', derivation.events.length > 0);
    census.saw('dead letters', derivation.malformed.length > 0);
    for (const deadLetter of deadLettersOf(derivation)) {
      assert.match(deadLetter.id, /^[0-9a-f]{64}$/);
      const item = deadLetterAttributes(deadLetter);
      assert.ok(sizeOf(item) <= 400 * 1024 - 4_096, 'too large for the table beside its keys');
      for (const { S } of Object.values(item)) assert.doesNotMatch(S ?? '', /\p{Surrogate}/u);
      const seen = { firstSeenAt: { S: START }, lastSeenAt: { S: START } };
      assert.equal(readDeadLetterItem({ ...item, ...seen })?.id, deadLetter.id);
      census.saw('cut', 'contentBytes' in item && Number(item.contentBytes?.N) > 400 * 1024);
    }
  });
  holds(t, property, { numRuns: 600 });
  census.atLeast(t, { events: 100, 'dead letters': 100 });
});

/**
 * Twice the size takes about twice the steps. Sorting adds the logarithm of the size; squares would double
 * the quotient.
 */
const MAX_GROWTH = 2.6;
/**
 * Both beyond the length of a text that events repeat: texts that are repeated and texts that are not cost
 * differently.
 */
const SIZES = [6_000, 12_000] as const;

async function growthOf(work: (size: number) => void): Promise<number> {
  const [small, large] = SIZES;
  work(10);
  const steps = await stepsOf(() => work(small));
  return (await stepsOf(() => work(large))) / steps;
}

for (const [name, value] of Object.entries(VALUES)) {
  test.serial(`the work grows no faster than ${name} do in any place`, async (t) => {
    const growth = await growthOf((size) => {
      for (const place of Object.values(PLACES)) deadLettersOf(deriveConversation(place(value(size)), 'mask'));
      for (const place of Object.values(LOG_PLACES)) deadLettersOf(deriveLogEntry(place(value(size)), 'mask'));
    });
    t.true(growth < MAX_GROWTH, `twice the size took ${growth} times the steps`);
  });
}

for (const [name, record] of Object.entries(CROWDS)) {
  test.serial(`the work grows no faster than the record: ${name}`, async (t) => {
    const growth = await growthOf((size) => void deadLettersOf(deriveConversation(record(size), 'mask')));
    t.true(growth < MAX_GROWTH, `twice the size took ${growth} times the steps`);
  });
}

test.serial('work that grows with the square is noticed', async (t) => {
  const squared = (size: number) => {
    for (let n = 0; n < size; n += 50) deriveLogEntry(LOG_PLACES.message?.('1 '.repeat(size)), 'mask');
  };
  t.true((await growthOf(squared)) > MAX_GROWTH);
});
