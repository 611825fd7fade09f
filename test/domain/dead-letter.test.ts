import test from 'ava';
import {
  deadLetterOfEntry,
  deadLetterOfRecord,
  entryOfDeadLetter,
  withContentOf,
} from '../../src/domain/dead-letter.ts';
import { toEntry } from '../../src/domain/envelope.ts';
import type { DerivedEvent, MalformedRecord } from '../../src/domain/event.ts';
import { sha256 } from './support/oracle.ts';

const NOW = Date.parse('2026-11-20T10:06:01Z');
const LATER = Date.parse('2026-11-22T10:06:01Z');

const EVENT: DerivedEvent = {
  id: '28211265e03eae9fda67cd5c45781ebd30bc86df955844da0a4658b503920982',
  eventType: 'dispositionSet',
  timestamp: Date.parse('2026-11-20T10:05:31.007Z'),
  data: {
    eventType: 'dispositionSet',
    timestamp: '2026-11-20T10:05:31.007Z',
    conversationId: 'conversation',
    disposition: 'x',
  },
};

const LOGGED: DerivedEvent = {
  id: '92904406802cc63f1cbb3f4bf9b03a323b50b8a99123dddd9e2b67654fdb3e13',
  eventType: 'outboundEventLogged',
  timestamp: Date.parse('2026-11-20T03:00:00.500Z'),
  data: { eventType: 'outboundEventLogged', timestamp: '2026-11-20T03:00:00.500Z', id: '4711' },
};

function entryOf(event: DerivedEvent) {
  return toEntry(event, {
    source: 'com.genesys.cloud.outbound',
    poller: 'default',
    stream: 'conversations',
    observedAt: Date.parse('2026-11-20T10:06:00Z'),
    publishedAt: Date.parse('2026-11-20T10:06:00Z'),
    names: { disposition: 'Rückruf' },
  });
}

test('an event that the bus refused is kept with its ID, its own time, the reason and the attempts', (t) => {
  const { content: _, ...deadLetter } = deadLetterOfEntry(
    entryOf(EVENT),
    'MalformedDetail: detail is malformed',
    3,
    NOW,
  );
  t.deepEqual(deadLetter, {
    id: '28211265e03eae9fda67cd5c45781ebd30bc86df955844da0a4658b503920982',
    time: Date.parse('2026-11-20T10:05:31.007Z'),
    kind: 'event',
    reason: 'MalformedDetail: detail is malformed',
    attempts: 3,
    recordedAt: NOW,
    conversationId: 'conversation',
  });
});

test('a refused event is kept whole, ready to be published again byte for byte', (t) => {
  const entry = entryOf(EVENT);
  const content = JSON.parse(deadLetterOfEntry(entry, 'MalformedDetail', 1, NOW).content);
  t.deepEqual(Object.keys(content).sort(), ['detail', 'detailType', 'source', 'time']);
  t.is(content.source, 'com.genesys.cloud.outbound');
  t.is(content.detailType, 'dispositionSet');
  t.is(content.time, '2026-11-20T10:05:31.007Z');
  t.is(JSON.stringify(content.detail), entry.detail);
});

test('an event without a conversation has none in its dead letter', (t) => {
  t.false('conversationId' in deadLetterOfEntry(entryOf(LOGGED), 'InvalidArgument', 1, NOW));
});

const SEGMENT = { segmentType: 'alert', segmentStart: 'soon' };
const MALFORMED: MalformedRecord = { id: 'f'.repeat(64), reason: 'unreadable segmentStart', record: SEGMENT };

test('a record that cannot be identified is kept raw, never having been tried', (t) => {
  const malformedRecord = {
    ...MALFORMED,
    conversationId: 'conversation',
    time: Date.parse('2026-11-20T09:58:12.345Z'),
  };
  t.deepEqual(deadLetterOfRecord(malformedRecord, NOW), {
    id: 'f'.repeat(64),
    time: Date.parse('2026-11-20T09:58:12.345Z'),
    kind: 'record',
    reason: 'unreadable segmentStart',
    attempts: 0,
    recordedAt: NOW,
    conversationId: 'conversation',
    content: '{"segmentType":"alert","segmentStart":"soon"}',
  });
});

test('a dead letter whose time is unknown stands at the epoch, so that seeing it again does not multiply it', (t) => {
  const [once, again] = [deadLetterOfRecord(MALFORMED, NOW), deadLetterOfRecord(MALFORMED, LATER)];
  t.is(once.time, 0);
  t.deepEqual({ id: again.id, time: again.time }, { id: once.id, time: once.time });
  t.false('conversationId' in once);
});

test('what is too large is cut, and says how large it was and what its hash was', (t) => {
  const most = 4 * 1024 * 1024;
  const record = { text: 'é'.repeat(3 * 1024 * 1024) };
  const whole = JSON.stringify(record);
  const deadLetter = deadLetterOfRecord({ ...MALFORMED, record }, NOW);
  t.true(Buffer.byteLength(deadLetter.content) <= most && Buffer.byteLength(deadLetter.content) > most - 4);
  t.true(whole.startsWith(deadLetter.content));
  t.deepEqual(deadLetter.whole, { bytes: Buffer.byteLength(whole), sha256: sha256(whole) });

  const event = deadLetterOfEntry({ ...entryOf(EVENT), detail: whole }, 'EntryTooLarge', 0, NOW);
  t.true(event.content.endsWith('é') && event.whole !== undefined && event.whole.bytes > most);
  t.is(entryOfDeadLetter({ ...event, recordedAt: NOW }, 'source', NOW), undefined, 'half an event is none');
});

test('a content is cut once more to fewer bytes, and still tells of the whole', (t) => {
  const deadLetter = deadLetterOfRecord(MALFORMED, NOW);
  t.is(withContentOf(100, deadLetter), deadLetter);
  t.deepEqual(withContentOf(5, deadLetter), {
    ...deadLetter,
    content: '{"seg',
    whole: { bytes: 45, sha256: sha256('{"segmentType":"alert","segmentStart":"soon"}') },
  });
  const whole = { bytes: 9_999, sha256: 'of more' };
  t.deepEqual(withContentOf(5, { ...deadLetter, whole }).whole, whole);
});

test('an ID or a reason without end is cut, and half a character replaced, as a table demands', (t) => {
  const deadLetter = deadLetterOfRecord(
    { ...MALFORMED, conversationId: 'é'.repeat(700_000), reason: 'x\ud800'.repeat(3_000) },
    NOW,
  );
  t.is(deadLetter.conversationId, `${'é'.repeat(128)}…`);
  t.true(deadLetter.reason.startsWith('x\ufffdx') && deadLetter.reason.endsWith('…'));
  t.true(Buffer.byteLength(deadLetter.reason) <= 2_048 + 3);
  const refused = deadLetterOfEntry(
    entryOf({ ...EVENT, data: { ...EVENT.data, conversationId: 'y'.repeat(257) } }),
    'z',
    0,
    NOW,
  );
  t.is(refused.conversationId, `${'y'.repeat(256)}…`);
});

test('a record nested deeper than any call stack is kept as it was', (t) => {
  const json = `${'[{"a":'.repeat(20_000)}1${'}]'.repeat(20_000)}`;
  t.is(deadLetterOfRecord({ ...MALFORMED, record: JSON.parse(json) }, NOW).content, json);
});

test('a record without any JSON is kept as null', (t) => {
  t.is(deadLetterOfRecord({ ...MALFORMED, record: undefined }, NOW).content, 'null');
  t.is(deadLetterOfRecord({ ...MALFORMED, record: null }, NOW).content, 'null');
});
