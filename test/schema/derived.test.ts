import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { CATALOGUE, EVENT_TYPES, membersOf } from '../../src/domain/catalogue.ts';
import { deriveConversation } from '../../src/domain/derive.ts';
import { toEntry } from '../../src/domain/envelope.ts';
import type { DerivedEvent } from '../../src/domain/event.ts';
import { deriveLogEntry } from '../../src/domain/log-entry.ts';
import { malformedConversation, mutatedConversation, soundConversation } from '../domain/support/arbitraries.ts';
import { holds } from '../domain/support/property.ts';
import { fullRecord } from '../domain/support/records.ts';
import { undocumented } from '../support/documented.ts';

const CONTEXT = { source: 's', poller: 'p', stream: 'conversations', observedAt: 0, publishedAt: 1 } as const;

function assertDocumented(event: DerivedEvent): void {
  const { detail } = toEntry(event, CONTEXT);
  assert.deepEqual(undocumented({ detailType: event.eventType, detail }), [], detail);
}

test('whatever Genesys serves, nothing undocumented is derived from it', (t) => {
  let count = 0;
  const records = fc.oneof(soundConversation, malformedConversation, mutatedConversation);
  const property = fc.property(records, fc.constantFrom('omit', 'mask', 'include'), (record, phoneNumbers) => {
    for (const event of deriveConversation(record, phoneNumbers).events) {
      assertDocumented(event);
      count++;
    }
  });
  holds(t, property, { numRuns: 1_000 });
  t.true(count > 5_000, `${count} events`);
});

test('nothing undocumented is derived from entries of the log, of any shape', (t) => {
  let count = 0;
  const entry = fc.record(
    {
      id: fc.string({ minLength: 1 }),
      timestamp: fc.constant('2026-11-20T10:00:00Z'),
      level: fc.jsonValue({ maxDepth: 1 }),
      category: fc.jsonValue({ maxDepth: 1 }),
      correlationId: fc.jsonValue({ maxDepth: 1 }),
      relatedEntity: fc.jsonValue(),
      errorEntity: fc.jsonValue(),
      eventMessage: fc.record({ code: fc.constantFrom('', 'CODE'), message: fc.jsonValue() }, { requiredKeys: [] }),
    },
    { requiredKeys: ['id', 'timestamp'] },
  );
  const property = fc.property(entry, (record) => {
    for (const event of deriveLogEntry(JSON.parse(JSON.stringify(record)), 'include').events) {
      assertDocumented(event);
      count++;
    }
  });
  holds(t, property);
  t.is(count, 300);
});

test('every member that is documented is published, of every type that is said to have it', (t) => {
  const purposes = ['customer', 'acd', 'agent'];
  const segments = ['dialing', 'interact', 'alert', 'wrapup'];
  const conversations = purposes.flatMap((purpose) => segments.map((segment) => fullRecord(purpose, segment)));
  const entity = { id: 'e', name: 'n' };
  const entry = {
    ...{ id: 'l', timestamp: '2026-11-20T10:00:00Z', level: 'INFO', category: 'CAMPAIGN', correlationId: 'c' },
    ...{ relatedEntity: entity, errorEntity: entity, eventMessage: { code: 'CAMPAIGN_STOPPED', message: 'm' } },
  };
  const events = [
    ...conversations.flatMap((record) => deriveConversation(record, 'include').events),
    ...deriveLogEntry(entry, 'include').events,
  ];
  for (const eventType of EVENT_TYPES) {
    const seen = new Set(
      events.filter((event) => event.eventType === eventType).flatMap(({ data }) => Object.keys(data)),
    );
    t.deepEqual([...seen].sort(), Object.keys(CATALOGUE[eventType].members).sort(), eventType);
  }
});

test('what is said to be there always is there when Genesys gives as little as it can', (t) => {
  const [start, end] = ['2026-11-20T10:00:00Z', '2026-11-20T10:01:00Z'];
  const ends = { segmentEnd: end, disconnectType: 'peer' };
  const sessions = [
    { segments: [{ segmentType: 'dialing', segmentStart: start }] },
    { segments: [{ segmentType: 'alert', segmentStart: start }] },
    { segments: [{ segmentType: 'interact', segmentStart: start }] },
    { segments: [{ segmentType: 'interact', ...ends }] },
    { segments: [{ segmentEnd: end, wrapUpCode: 'w' }] },
    { dispositionName: 'busy', segments: [{ segmentStart: start }] },
  ];
  // Each in a conversation of its own: without IDs of participants and sessions two facts of one conversation
  // may be one.
  const parties = ['agent', 'customer', 'acd', ''].flatMap((purpose) =>
    sessions.map((session) => ({ conversationId: 'c', participants: [{ purpose, sessions: [session] }] })),
  );
  const events = [
    ...deriveConversation({ conversationId: 'c', conversationStart: start }, 'omit').events,
    ...deriveConversation({ conversationId: 'c', conversationEnd: end }, 'omit').events,
    ...parties.flatMap((record) => deriveConversation(record, 'omit').events),
    ...deriveLogEntry({ id: 'l', timestamp: start }, 'omit').events,
  ];
  for (const eventType of EVENT_TYPES) {
    const all = events.filter((event) => event.eventType === eventType).map(({ data }) => Object.keys(data));
    const [first = [], ...others] = all;
    const always = first.filter((name) => others.every((names) => names.includes(name)));
    t.deepEqual([...always].sort(), [...membersOf(eventType, 'always')].sort(), eventType);
  }
});
