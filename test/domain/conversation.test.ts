import test from 'ava';
import { readConversation } from '../../src/domain/conversation.ts';

const CONVERSATION_ID = '7a5c1f2e-0b6d-4c3a-9e8f-112233445566';
const TEN = Date.parse('2026-11-20T10:00:00Z');

test('a record is read as its participants, sessions and segments, each beside all that Genesys says of it', (t) => {
  const segment = { segmentType: 'interact', segmentStart: '2026-11-20T10:00:00Z', queueId: 'queue-a' };
  const session = { sessionId: 's-1', segments: [segment] };
  const participant = { purpose: 'user', sessions: [session] };
  const record = {
    conversationId: CONVERSATION_ID,
    conversationStart: '2026-11-20T10:00:00Z',
    participants: [participant],
  };
  t.deepEqual(readConversation(record), {
    conversation: {
      id: CONVERSATION_ID,
      start: TEN,
      end: 'absent',
      divisionIds: [],
      fields: record,
      participants: [
        {
          role: 'agent',
          fields: participant,
          sessions: [{ fields: session, segments: [{ type: 'interact', start: TEN, end: 'absent', fields: segment }] }],
        },
      ],
    },
    malformed: [],
  });
});

/** The participants, and in their place the sessions of a participant, then the segments of a session. */
const LISTS: readonly [name: string, around: (list: unknown) => object, read: (record: unknown) => unknown][] = [
  ['participants', (list) => ({ participants: list }), (record) => partsOf(record)],
  ['sessions', (list) => ({ participants: [{ sessions: list }] }), (record) => partsOf(record)?.[0]?.sessions],
  [
    'segments',
    (list) => ({ participants: [{ sessions: [{ segments: list }] }] }),
    (record) => partsOf(record)?.[0]?.sessions[0]?.segments,
  ],
];

function partsOf(record: unknown) {
  return readConversation(record).conversation?.participants;
}

for (const [name, around, read] of LISTS) {
  const record = (list: unknown) => ({ conversationId: CONVERSATION_ID, ...around(list) });

  test(`${name} that are absent, null, no list, or hold nothing but nulls, are none`, (t) => {
    for (const list of [undefined, null, [], [null, null], 'none']) t.deepEqual(read(record(list)), []);
  });

  test(`of ${name} only what is an object is read, in its place`, (t) => {
    const [one, two] = [{ note: 1 }, { note: 2 }];
    const fields = (read(record([null, one, 'text', two, []])) as { fields: unknown }[]).map((part) => part.fields);
    t.deepEqual(fields, [one, two]);
  });
}

function reasonsOf(record: unknown): string[] {
  return readConversation(record).malformed.map((malformedRecord) => malformedRecord.reason);
}

test('a record without an ID says so', (t) => {
  t.deepEqual(reasonsOf({ conversationId: '' }), ['no conversationId']);
  t.deepEqual(reasonsOf({ conversationId: 17 }), ['conversationId is not text']);
  t.deepEqual(reasonsOf({ conversationId: 'c'.repeat(5_000) }), ['conversationId is too long']);
});

test('a malformed segment names each time that cannot be read', (t) => {
  const segments = [{ segmentStart: 'soon' }, { segmentEnd: 'later' }, { segmentStart: 'soon', segmentEnd: 'later' }];
  t.deepEqual(reasonsOf({ conversationId: CONVERSATION_ID, participants: [{ sessions: [{ segments }] }] }), [
    'segmentStart is not a timestamp',
    'segmentEnd is not a timestamp',
    'segmentStart is not a timestamp; segmentEnd is not a timestamp',
  ]);
});

test('each malformed piece names every reason', (t) => {
  const record = {
    conversationId: CONVERSATION_ID,
    conversationStart: 'soon',
    conversationEnd: 'later',
    participants: [7, { sessions: 'none' }, { sessions: 'none' }, { sessions: ['one', { segments: {} }] }],
  };
  t.deepEqual(reasonsOf(record), [
    'sessions is not a list',
    'sessions is not a list',
    'segments is not a list',
    'sessions holds an element that is not an object',
    'conversationStart is not a timestamp; conversationEnd is not a timestamp; participants holds an element that is not an object',
  ]);
});
