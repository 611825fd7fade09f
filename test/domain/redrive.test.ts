import test from 'ava';
import { deadLetterOfEntry, deadLetterOfRecord, entryOfDeadLetter } from '../../src/domain/dead-letter.ts';
import { toEntry } from '../../src/domain/envelope.ts';
import type { DerivedEvent } from '../../src/domain/event.ts';

const THEN = Date.parse('2026-11-20T09:58:00.000Z');
const NOW = Date.parse('2026-11-20T10:00:00.000Z');
const EVENT: DerivedEvent = {
  id: 'a'.repeat(64),
  eventType: 'dispositionSet',
  timestamp: Date.parse('2026-11-20T09:50:00.123Z'),
  data: {
    eventType: 'dispositionSet',
    timestamp: '2026-11-20T09:50:00.123Z',
    conversationId: 'c-1',
    disposition: 'Grün',
  },
};
const context = {
  source: 'a.source',
  poller: 'p',
  stream: 'conversations',
  observedAt: THEN,
  publishedAt: THEN,
} as const;
const DEAD_LETTER = deadLetterOfEntry(
  toEntry(EVENT, { ...context, names: { disposition: 'Green' } }),
  'MalformedDetail',
  1,
  THEN,
);

test('the entry of a dead letter is that of the event, but for when it is published', (t) => {
  const expected = toEntry(EVENT, { ...context, publishedAt: NOW, names: { disposition: 'Green' } });
  t.deepEqual(entryOfDeadLetter(DEAD_LETTER, 'a.source', NOW), expected);
});

test('it goes out from the source of today', (t) => {
  const entry = entryOfDeadLetter(DEAD_LETTER, 'another.source', NOW);
  t.is(entry?.source, 'another.source');
});

test('a record is not an entry, even one that reads like an event’s', (t) => {
  t.is(entryOfDeadLetter(deadLetterOfRecord({ id: 'f', reason: 'no id', record: {} }, THEN), 's', NOW), undefined);
  t.is(entryOfDeadLetter({ ...DEAD_LETTER, kind: 'record' }, 's', NOW), undefined);
});

for (const [what, content] of [
  ['no JSON', '{"source":'],
  ['no object', '[]'],
  ['an event type of another version', DEAD_LETTER.content.replaceAll('dispositionSet', 'somethingNew')],
  ['no detail', '{"detailType":"dispositionSet"}'],
  ['no metadata', '{"detailType":"dispositionSet","detail":{"data":{}}}'],
  ['no data', '{"detailType":"dispositionSet","detail":{"metadata":{"id":"a"}}}'],
  ['another ID', DEAD_LETTER.content.replace(EVENT.id, 'b'.repeat(64))],
] as const) {
  test(`content that is ${what} is not an entry`, (t) => {
    t.is(entryOfDeadLetter({ ...DEAD_LETTER, content }, 's', NOW), undefined);
  });
}
