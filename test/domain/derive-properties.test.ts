import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import type { EventType } from '../../src/domain/catalogue.ts';
import { deriveConversation } from '../../src/domain/derive.ts';
import type { DerivedEvent } from '../../src/domain/event.ts';
import {
  chanceOf,
  malformedConversation,
  mutatedConversation,
  shuffled,
  soundConversation,
} from './support/arbitraries.ts';
import { canonical, idOf, judge } from './support/oracle.ts';
import { Census, holds } from './support/property.ts';

const derive = (record: unknown) => deriveConversation(record, 'mask');

test('exactly the events and dead letters that the catalogue, written a second time, demands', (t) => {
  const census = new Census();
  const property = fc.property(fc.oneof(soundConversation, malformedConversation), (record) => {
    const { events, malformed } = derive(record);
    const expected = judge(record);
    assert.deepEqual(events.map((event) => event.id).sort(), [...expected.recipes.keys()].sort());
    assert.deepEqual(new Set(malformed.map((malformedRecord) => malformedRecord.id)), expected.malformed);
    for (const recipe of expected.recipes.values()) census.saw(String(recipe.split(':')[1]));
    census.saw('a malformed record', expected.malformed.size > 0);
  });
  holds(t, property, { numRuns: 1_000 });
  census.atLeast(t, {
    conversationStarted: 300,
    contactDialed: 150,
    callAnalyzed: 500,
    contactConnected: 25,
    queueEntered: 70,
    queueExited: 100,
    agentAlerted: 25,
    agentCallConnected: 25,
    agentCallDisconnected: 40,
    contactDisconnected: 40,
    dispositionSet: 1_000,
    conversationEnded: 300,
    'a malformed record': 40,
  });
});

test('order means nothing: shuffled participants, sessions and segments yield the same events, byte for byte', (t) => {
  const census = new Census();
  const records = fc.oneof(soundConversation, malformedConversation, mutatedConversation);
  const property = fc.property(records, fc.integer(), (record, seed) => {
    const other = shuffled(record, chanceOf(seed));
    const [one, two] = [derive(record), derive(other)];
    assert.deepEqual(bytes(two.events), bytes(one.events));
    census.saw('another order', JSON.stringify(other) !== JSON.stringify(record));
    census.saw('a tie', tie(record));
    census.saw('one fact twice', duplicated(record));
  });
  holds(t, property, { numRuns: 1_000 });
  census.atLeast(t, { 'another order': 500, 'a tie': 30, 'one fact twice': 15 });
});

/** All that is published of each event, by ID. */
function bytes(events: readonly DerivedEvent[]): Record<string, string> {
  return Object.fromEntries(events.map((event) => [event.id, JSON.stringify(event)]));
}

type Loose = { [name: string]: Loose } & Loose[];

function sessionsOf(record: unknown): Loose[][] {
  const list = (value: unknown) => (Array.isArray(value) ? value : []) as Loose[];
  return list((record as Loose | null)?.participants).flatMap((p) => list(p?.sessions).map((s) => list(s?.segments)));
}

/** Whether two segments of one session start at the same time. */
function tie(record: unknown): boolean {
  return sessionsOf(record).some((segments) => {
    const starts = segments.map((segment) => String(segment?.segmentStart)).filter((start) => start.startsWith('2026'));
    return new Set(starts).size < starts.length;
  });
}

/** Whether two segments of one session end at the same time with a disconnect type. */
function duplicated(record: unknown): boolean {
  return sessionsOf(record).some((segments) => {
    const ends = segments.filter((segment) => segment?.disconnectType).map((segment) => String(segment.segmentEnd));
    const known = ends.filter((end) => end.startsWith('2026'));
    return new Set(known).size < known.length;
  });
}

const OF_CONVERSATION = ['eventType', 'timestamp', 'conversationId', 'conversationStart', 'originatingDirection'];
const OF_PARTY = [
  ...OF_CONVERSATION,
  ...['participantId', 'purpose', 'sessionId', 'peerId', 'mediaType', 'direction', 'ani', 'dnis'],
  ...['outboundCampaignId', 'outboundContactId', 'outboundContactListId', 'segmentStart'],
];
const OF_AGENT = [...OF_PARTY, 'agentId', 'queueId'];
const AT_END = ['segmentEnd', 'disconnectType'];

/** The closed list: no event of a type has any other member. */
const MEMBERS: Readonly<Partial<Record<EventType, readonly string[]>>> = {
  conversationStarted: OF_CONVERSATION,
  contactDialed: [...OF_PARTY, 'agentId'],
  callAnalyzed: [...OF_PARTY, 'agentId', 'callAnalysisDisposition', 'dispositionAnalyzer'],
  contactConnected: OF_PARTY,
  queueEntered: [...OF_PARTY, 'queueId'],
  queueExited: [...OF_PARTY, ...AT_END, 'queueId'],
  agentAlerted: OF_AGENT,
  agentCallConnected: OF_AGENT,
  agentCallDisconnected: [...OF_AGENT, ...AT_END],
  contactDisconnected: [...OF_PARTY, ...AT_END],
  dispositionSet: [...OF_AGENT, ...AT_END, 'disposition', 'dispositionSource'],
  conversationEnded: [...OF_CONVERSATION, 'divisionIds'],
};

/** Everything that holds of every event, whatever the record it came from. */
function assertPublishable({ id, eventType, timestamp, data }: DerivedEvent): void {
  assert.equal(data.eventType, eventType);
  assert.match(data.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(Date.parse(data.timestamp), timestamp);
  for (const [name, value] of Object.entries(data)) {
    assert.ok(MEMBERS[eventType]?.includes(name), `${eventType} has no member ${name}`);
    for (const text of name === 'divisionIds' ? (value as string[]) : [value]) {
      assert.ok(typeof text === 'string' && text !== '', `${name} says nothing`);
    }
    assert.ok(value.length !== 0, `${name} is empty`);
    if (/Start$|End$|^timestamp$/.test(name)) assert.equal(new Date(String(value)).toISOString(), value);
  }
  assert.ok(data.conversationId);
  assert.notEqual(data.purpose, 'external');
  if (eventType === 'dispositionSet' && 'queueId' in data) assert.match(String(data.purpose), /^(agent|user|acd)$/);
  const part = (name: string) => String(data[name] ?? '');
  const qualifier = part('disposition') + part('callAnalysisDisposition');
  assert.equal(
    id,
    idOf(part('conversationId'), eventType, data.timestamp, part('participantId'), part('sessionId'), qualifier),
  );
}

/** What must hold of any JSON at all. */
function assertUnharmed(record: unknown, census: Census): void {
  const before = JSON.stringify(record);
  const { events, malformed } = derive(record);
  for (const event of events) assertPublishable(event);
  assert.deepEqual(new Set(malformed.map((malformedRecord) => malformedRecord.id)), judge(record).malformed);
  assert.equal(new Set(events.map((event) => event.id)).size, events.length, 'one event for an ID');
  for (const malformedRecord of malformed) {
    assert.ok(
      canonical(record).includes(canonical(malformedRecord.record)),
      'a malformed record is a piece of the record as received',
    );
    assert.ok(malformedRecord.reason.length > 0);
    if (malformedRecord.time !== undefined) assert.ok(Number.isSafeInteger(malformedRecord.time));
  }
  assert.equal(JSON.stringify(record), before, 'the record is left as it was');
  census.saw('events', events.length > 0);
  census.saw('a malformed record', malformed.length > 0);
  census.saw(
    'a malformed piece',
    malformed.some((malformedRecord) => canonical(malformedRecord.record) !== canonical(record)),
  );
  census.saw('events beside a malformed record', events.length > 0 && malformed.length > 0);
}

test('a real call to which anything has happened is never an error, and yields only what may be published', (t) => {
  const census = new Census();
  const property = fc.property(mutatedConversation, (record) => {
    assertUnharmed(record, census);
    const expected = judge(record);
    assert.deepEqual(new Set(derive(record).events.map((event) => event.id)), new Set(expected.recipes.keys()));
    assert.deepEqual(
      new Set(derive(record).malformed.map((malformedRecord) => malformedRecord.id)),
      expected.malformed,
    );
  });
  holds(t, property, { numRuns: 3_000 });
  census.atLeast(t, {
    events: 1_000,
    'a malformed record': 500,
    'a malformed piece': 200,
    'events beside a malformed record': 300,
  });
});

test('arbitrary JSON, alone or in the place of any list, is never an error', (t) => {
  const census = new Census();
  const json = fc.jsonValue({ maxDepth: 4 });
  const inPlace = fc.tuple(json, fc.nat({ max: 3 })).map(([value, depth]) => {
    const participants = [
      value,
      [{ sessions: value }],
      [{ sessions: [{ segments: value }] }],
      [value, { sessions: [value, { segments: [value] }] }],
    ];
    return { conversationId: 'c', conversationStart: '2026-11-20T10:00:00Z', participants: participants[depth] };
  });
  holds(
    t,
    fc.property(fc.oneof(json, inPlace), (record) => assertUnharmed(JSON.parse(JSON.stringify(record)), census)),
    {
      numRuns: 1_000,
    },
  );
  census.atLeast(t, { events: 200, 'a malformed record': 200, 'events beside a malformed record': 100 });
});
