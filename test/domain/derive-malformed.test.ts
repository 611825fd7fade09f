import test from 'ava';
import { deriveConversation } from '../../src/domain/derive.ts';
import type { MalformedRecord } from '../../src/domain/event.ts';
import { canonical, sha256 } from './support/oracle.ts';
import { ANSWERED_CALL, at, CONVERSATION_ID, leg, type Segment, seg, talk, who } from './support/records.ts';

function derived(record: unknown): { events: string[]; malformed: readonly MalformedRecord[] } {
  const { events, malformed } = deriveConversation(record, 'mask');
  return {
    events: events.map((event) => `${event.eventType} ${event.data.timestamp.slice(11, 19)}`).sort(),
    malformed,
  };
}

/**
 * What each malformed record is of, and the hash that identifies it; that it bears a reason is checked on the
 * way.
 */
function pieces(malformed: readonly MalformedRecord[]): unknown[] {
  return malformed.map(({ id, reason, record }) => (reason === '' ? 'without a reason' : { id, record }));
}

/**
 * A malformed record of `record`, known by the hash of `smallest`: the piece itself, where that does not
 * grow.
 */
function malformedRecord(record: unknown, smallest: unknown = record) {
  return { id: sha256(canonical(smallest)), record };
}

const UNREADABLE: readonly [what: string, value: unknown][] = [
  ['a text that is no time', 'soon'],
  ['a blank', ' '],
  ['a time without a zone', '2026-11-20T10:00:00'],
  ['a day that does not exist', '2026-02-30T10:00:00Z'],
  ['a number', 1_795_168_802_000],
  ['zero', 0],
  ['false', false],
  ['a list', []],
  ['an object', {}],
];
const ABSENT: readonly [what: string, value: unknown][] = [
  ['null', null],
  ['an empty text', ''],
];

const IDENTITY = { conversationId: CONVERSATION_ID, time: Date.parse('2026-11-20T09:58:12.345Z') };
const START = { conversationStart: '2026-11-20T09:58:12.345Z' };

for (const [what, value] of UNREADABLE) {
  test(`a segmentStart that is ${what} makes the segment a dead letter, and the rest goes on`, (t) => {
    const malformedPiece = { segmentType: 'alert', segmentStart: value } as unknown as Segment;
    const record = talk([who('agent', [leg([malformedPiece, seg('alert', '10:00:00')])])], START);
    const { events, malformed } = derived(record);
    t.deepEqual(events, ['agentAlerted 10:00:00', 'conversationStarted 09:58:12']);
    t.deepEqual(pieces(malformed), [malformedRecord(malformedPiece)]);
    t.like(malformed[0], IDENTITY);
  });

  test(`a segmentEnd that is ${what} makes the segment a dead letter, and what it started goes on`, (t) => {
    const malformedPiece = {
      ...seg('interact', '10:00:00'),
      segmentEnd: value,
      disconnectType: 'client',
      wrapUpCode: 'x',
    } as unknown as Segment;
    const { events, malformed } = derived(talk([who('agent', [leg([malformedPiece])])], START));
    t.deepEqual(events, ['agentCallConnected 10:00:00', 'conversationStarted 09:58:12']);
    t.deepEqual(pieces(malformed), [malformedRecord(malformedPiece)]);
    t.like(malformed[0], IDENTITY);
  });

  test(`a conversationStart that is ${what} makes the conversation a dead letter, and its parts go on`, (t) => {
    const record = {
      ...talk([who('agent', [leg([seg('alert', '10:00:00')])])]),
      conversationStart: value,
      conversationEnd: at('10:09:00'),
    };
    const { events, malformed } = derived(record);
    t.deepEqual(events, ['agentAlerted 10:00:00', 'conversationEnded 10:09:00']);
    t.deepEqual(pieces(malformed), [
      malformedRecord(record, { conversationId: CONVERSATION_ID, conversationStart: value }),
    ]);
    t.is(malformed[0]?.conversationId, CONVERSATION_ID);
    t.is(malformed[0]?.time, undefined);
  });

  test(`a conversationEnd that is ${what} makes the conversation a dead letter, and its parts go on`, (t) => {
    const record = { ...talk([who('agent', [leg([seg('alert', '10:00:00')])])], START), conversationEnd: value };
    const { events, malformed } = derived(record);
    t.deepEqual(events, ['agentAlerted 10:00:00', 'conversationStarted 09:58:12']);
    t.deepEqual(pieces(malformed), [
      malformedRecord(record, { conversationId: CONVERSATION_ID, conversationEnd: value }),
    ]);
    t.like(malformed[0], IDENTITY);
  });
}

for (const [what, value] of ABSENT) {
  test(`a time that is ${what} is absent: no event and no malformed record`, (t) => {
    const open = {
      segmentType: 'interact',
      segmentStart: value,
      segmentEnd: value,
      disconnectType: 'client',
      wrapUpCode: 'x',
    };
    const record = {
      conversationId: CONVERSATION_ID,
      conversationStart: value,
      conversationEnd: value,
      participants: [{ purpose: 'agent', sessions: [{ dispositionName: 'person', segments: [open] }] }],
    };
    t.deepEqual(derived(record), { events: [], malformed: [] });
  });
}

/** Which events of a session with one unreadable segmentStart can still be timed. */
const MALFORMED_START = { segmentStart: 'soon' };

test('the earliest segment of a session is unknown while one of its starts is unreadable', (t) => {
  const analysed = leg([seg('dialing', '10:00:00'), { segmentType: 'ivr', ...MALFORMED_START }], {
    dispositionName: 'busy',
  });
  t.deepEqual(derived(talk([who('acd', [analysed])])).events, ['contactDialed 10:00:00']);
});

test('the earliest interact is unknown while the start of one interact is unreadable', (t) => {
  const session = leg([seg('interact', '10:00:00'), { segmentType: 'interact', ...MALFORMED_START }]);
  t.deepEqual(derived(talk([who('agent', [session])])).events, []);
});

test('the earliest interact is known though the start of another kind of segment is unreadable', (t) => {
  const session = leg([seg('interact', '10:00:00'), { segmentType: 'alert', ...MALFORMED_START }]);
  t.deepEqual(derived(talk([who('agent', [session])])).events, ['agentCallConnected 10:00:00']);
});

test('another session is not concerned by it', (t) => {
  const sound = leg([seg('interact', '10:00:00')], { sessionId: 's-2' });
  const { events } = derived(talk([who('acd', [leg([seg('interact', '09:00:00'), MALFORMED_START]), sound])]));
  t.deepEqual(events, ['queueEntered 10:00:00']);
});

test('what a segment ended goes on though its start is unreadable', (t) => {
  const ended = { ...MALFORMED_START, segmentEnd: at('10:05:00'), disconnectType: 'client', wrapUpCode: 'x' };
  const { events, malformed } = derived(talk([who('agent', [leg([{ segmentType: 'interact', ...ended }])])]));
  t.deepEqual(events, ['agentCallDisconnected 10:05:00', 'dispositionSet 10:05:00']);
  t.is(malformed.length, 1);
});

test('a segment of which both times are unreadable is one dead letter', (t) => {
  const malformedPiece = { segmentType: 'interact', segmentStart: 'soon', segmentEnd: 'later' };
  t.deepEqual(pieces(derived(talk([who('agent', [leg([malformedPiece])])])).malformed), [
    malformedRecord(malformedPiece),
  ]);
});

test('a segment without a known participant is a dead letter too: nothing is dropped silently', (t) => {
  const malformedPiece = { segmentType: 'something-new', ...MALFORMED_START };
  t.deepEqual(pieces(derived(talk([who('something-new', [leg([malformedPiece])])])).malformed), [
    malformedRecord(malformedPiece),
  ]);
});

test('the same malformed piece has the same ID, in whatever order its members come and however often it is seen', (t) => {
  const id = (segment: Segment) => derived(talk([who('agent', [leg([segment])])])).malformed[0]?.id;
  t.is(id({ segmentType: 'alert', segmentStart: 'soon' }), id({ segmentStart: 'soon', segmentType: 'alert' }));
  // printf '%s' '{"segmentStart":"soon","segmentType":"alert"}' | sha256sum
  t.is(
    id({ segmentType: 'alert', segmentStart: 'soon' }),
    'fe750a2e8f9abd5dd84faf76646220a53db2d6ac97c11f90e19eb41c29a7e804',
  );
});

for (const [what, conversationId] of [
  ['absent', undefined],
  ...ABSENT,
  ['a number', 7],
  ['an object', { id: 'x' }],
  ['a list', ['x']],
]) {
  test(`a conversation whose ID is ${what} is a dead letter and nothing else`, (t) => {
    const malformedPiece = { segmentType: 'alert', ...MALFORMED_START };
    const { conversationId: _, ...anonymous } = {
      ...ANSWERED_CALL,
      participants: [who('agent', [leg([malformedPiece])])],
    };
    const record = conversationId === undefined ? anonymous : { ...anonymous, conversationId };
    const { events, malformed } = derived(record);
    t.deepEqual(events, []);
    const { participants: _p, conversationEnd: _e, ...lasting } = record;
    t.deepEqual(pieces(malformed), [malformedRecord(record, lasting)]);
    t.false('conversationId' in (malformed[0] ?? {}));
  });
}

for (const record of [null, 7, 'text', true, [], [ANSWERED_CALL]]) {
  test(`${JSON.stringify(record).slice(0, 20)} is no conversation: a dead letter`, (t) => {
    const { events, malformed } = derived(record);
    t.deepEqual(events, []);
    t.deepEqual(pieces(malformed), [malformedRecord(record)]);
  });
}

const sound = who('agent', [leg([seg('alert', '10:00:00')])]);
const NOT_LISTS: readonly [what: string, value: unknown][] = [
  ['a text', 'x'],
  ['a number', 7],
  ['an object', { 0: {}, length: 1 }],
  ['false', false],
];
const NOT_OBJECTS: readonly [what: string, value: unknown][] = [
  ['a text', 'x'],
  ['a number', 7],
  ['a list', [{}]],
  ['false', false],
];

/** Where the list may stand: the record, and the piece of it to which the list belongs. */
const shapes = (value: unknown): Record<string, { record: object; piece: object; ids: object }> => {
  const ids = { conversationId: CONVERSATION_ID };
  const around = (participant: object) => ({ ...START, ...ids, participants: [participant, sound] });
  const conversation = { ...START, ...ids, participants: value };
  const participant = { participantId: 'p-7', purpose: 'agent', sessions: value };
  const session = { sessionId: 's-7', segments: value };
  return {
    participants: { record: conversation, piece: conversation, ids },
    sessions: { record: around(participant), piece: participant, ids: { ...ids, participantId: 'p-7' } },
    segments: {
      record: around({ participantId: 'p-7', purpose: 'agent', sessions: [session] }),
      piece: session,
      ids: { ...ids, participantId: 'p-7', sessionId: 's-7' },
    },
  };
};

for (const list of ['participants', 'sessions', 'segments'] as const) {
  const rest = ['conversationStarted 09:58:12', ...(list === 'participants' ? [] : ['agentAlerted 10:00:00'])].sort();
  const shape = (value: unknown) => shapes(value)[list] as { record: object; piece: object; ids: object };

  for (const [what, value] of NOT_LISTS) {
    test(`${list} that are ${what} make what has them a dead letter, and the rest goes on`, (t) => {
      const { record, piece, ids } = shape(value);
      const { events, malformed } = derived(record);
      t.deepEqual(events, rest);
      t.deepEqual(pieces(malformed), [malformedRecord(piece, { ...ids, [list]: value })]);
      t.like(malformed[0], IDENTITY);
    });
  }

  for (const [what, value] of NOT_OBJECTS) {
    test(`one of the ${list} being ${what} makes what has them a dead letter, and its neighbours go on`, (t) => {
      const { record, piece, ids } = shape([value, null, {}]);
      const { events, malformed } = derived(record);
      t.deepEqual(events, rest);
      t.deepEqual(pieces(malformed), [malformedRecord(piece, { ...ids, [list]: [value] })]);
      t.like(malformed[0], IDENTITY);
    });
  }

  for (const [what, value] of [
    ['null', null],
    ['an empty list', []],
    ['a list of nulls', [null, null]],
    ['a list of empty objects', [{}]],
  ] as const) {
    test(`${list} that are ${what} are not malformed`, (t) => {
      t.deepEqual(derived(shape(value).record), { events: rest, malformed: [] });
    });
  }
}

test('what is malformed in several places is one dead letter for each piece', (t) => {
  const participant = { participantId: 'p-1', sessions: 2, userId: 3 };
  const record = {
    conversationId: CONVERSATION_ID,
    conversationStart: 'soon',
    conversationEnd: 7,
    participants: [1, participant],
  };
  const ids = { conversationId: CONVERSATION_ID };
  t.deepEqual(pieces(derived(record).malformed), [
    malformedRecord(participant, { ...ids, ...participant }),
    malformedRecord(record, { ...ids, conversationStart: 'soon', conversationEnd: 7, participants: [1] }),
  ]);
});

test('a conversation that is malformed itself and in a segment is two: the smallest piece each', (t) => {
  const malformedPiece = { segmentType: 'alert', ...MALFORMED_START };
  const record = { ...talk([who('agent', [leg([malformedPiece])])]), conversationEnd: 'soon' };
  t.deepEqual(pieces(derived(record).malformed), [
    malformedRecord(malformedPiece),
    malformedRecord(record, { conversationId: CONVERSATION_ID, conversationEnd: 'soon' }),
  ]);
});

const WRONG: readonly [what: string, value: unknown][] = [
  ['a number', 17],
  ['a list', ['peer']],
  ['an object', { id: 'x' }],
  ['true', true],
  ['half a character', 'x\ud800'],
  ['longer than any of them', 'x'.repeat(4_097)],
];
const SEGMENT = {
  ...seg('interact', '10:00:00', '10:05:00'),
  disconnectType: 'peer',
  wrapUpCode: 'x',
  queueId: 'queue-a',
};
const ALL = [
  'agentCallConnected 10:00:00',
  'agentCallDisconnected 10:05:00',
  'callAnalyzed 10:00:00',
  'dispositionSet 10:05:00',
];
const without = (...types: string[]) => ALL.filter((event) => !types.some((type) => event.startsWith(`${type} `)));

/**
 * What remains of an agent's call when one member of it is of a wrong type: what needs that member is
 * missing, the rest goes on.
 */
const OF_SEGMENT: readonly [member: string, remaining: string[]][] = [
  ['segmentType', ['callAnalyzed 10:00:00', 'dispositionSet 10:05:00']],
  ['disconnectType', without('agentCallDisconnected')],
  ['wrapUpCode', without('dispositionSet')],
  ['queueId', ALL],
];
const OF_SESSION: readonly [member: string, remaining: string[]][] = [
  ['sessionId', []],
  ['dispositionName', without('callAnalyzed')],
  ...['peerId', 'mediaType', 'direction', 'dispositionAnalyzer', 'outboundCampaignId', 'outboundContactId']
    .concat('outboundContactListId', 'ani', 'dnis')
    .map((member): [string, string[]] => [member, ALL]),
];
const OF_PARTICIPANT: readonly [member: string, remaining: string[]][] = [
  ['participantId', []],
  ['purpose', ['callAnalyzed 10:00:00', 'dispositionSet 10:05:00']],
  ['userId', ALL],
];

function callWith(segment: object, session: object = {}, participant: object = {}) {
  const of = { sessionId: 's-1', dispositionName: 'person', ...session, segments: [segment] };
  return {
    conversationId: CONVERSATION_ID,
    participants: [{ participantId: 'p-1', purpose: 'agent', ...participant, sessions: [of] }],
  };
}

for (const [what, value] of WRONG) {
  for (const [member, remaining] of OF_SEGMENT) {
    test(`a segment's ${member} that is ${what}: the segment is a dead letter, and what does not need it goes on`, (t) => {
      const segment = { ...SEGMENT, [member]: value };
      const { events, malformed } = derived(callWith(segment));
      t.deepEqual(events, remaining);
      t.deepEqual(pieces(malformed), [malformedRecord(segment)]);
      t.true(malformed[0]?.reason.startsWith(`${member} is `));
    });
  }

  for (const [member, remaining] of OF_SESSION) {
    test(`a session's ${member} that is ${what}: the session is a dead letter, and what does not need it goes on`, (t) => {
      const record = callWith(SEGMENT, { [member]: value });
      const { events, malformed } = derived(record);
      t.deepEqual(events, remaining);
      const ids = { conversationId: CONVERSATION_ID, participantId: 'p-1', sessionId: 's-1' };
      t.deepEqual(pieces(malformed), [
        malformedRecord(record.participants[0]?.sessions[0], { ...ids, [member]: value }),
      ]);
    });
  }

  for (const [member, remaining] of OF_PARTICIPANT) {
    test(`a participant's ${member} that is ${what}: the participant is a dead letter, and what does not need it goes on`, (t) => {
      const record = callWith(SEGMENT, {}, { [member]: value });
      const { events, malformed } = derived(record);
      t.deepEqual(events, remaining);
      const ids = { conversationId: CONVERSATION_ID, participantId: 'p-1' };
      t.deepEqual(pieces(malformed), [malformedRecord(record.participants[0], { ...ids, [member]: value })]);
    });
  }

  test(`an originatingDirection that is ${what}: the conversation is a dead letter, and goes on`, (t) => {
    const record = { ...callWith(SEGMENT), originatingDirection: value };
    const { events, malformed } = derived(record);
    t.deepEqual(events, ALL);
    t.deepEqual(pieces(malformed), [
      malformedRecord(record, { conversationId: CONVERSATION_ID, originatingDirection: value }),
    ]);
  });
}

test('a text of 4,096 characters is read, one of more is too long', (t) => {
  const longest = 'x'.repeat(4_096);
  t.deepEqual(derived(callWith({ ...SEGMENT, queueId: longest })), { events: ALL, malformed: [] });
  t.is(derived(callWith({ ...SEGMENT, queueId: `${longest}x` })).malformed[0]?.reason, 'queueId is too long');
});

test('a dead letter says what is no list, and what in a list is neither an object nor a text', (t) => {
  const reasonOf = (more: object) => derived({ conversationId: CONVERSATION_ID, ...more }).malformed[0]?.reason;
  t.is(
    reasonOf({ participants: 'none', divisionIds: ['a', 7] }),
    'participants is not a list; divisionIds holds an element that is not text',
  );
  t.is(
    reasonOf({ participants: [7], divisionIds: 7 }),
    'participants holds an element that is not an object; divisionIds is not a list',
  );
});

test('divisions that are no texts make the conversation a dead letter, known by them alone', (t) => {
  const divided = (divisionIds: unknown) => {
    const record = { conversationId: CONVERSATION_ID, divisionIds };
    return [pieces(derived(record).malformed), record] as const;
  };
  for (const [divisionIds, malformedPiece] of [
    ['a', 'a'],
    [
      ['b', 7, null, '', {}],
      [7, {}],
    ],
    [
      [{}, 'b', 7],
      [7, {}],
    ],
  ]) {
    const [malformed, record] = divided(divisionIds);
    t.deepEqual(malformed, [malformedRecord(record, { conversationId: CONVERSATION_ID, divisionIds: malformedPiece })]);
  }
});

test('a session whose one segment is of no readable type is connected by the others', (t) => {
  const record = talk([
    who('agent', [leg([{ ...SEGMENT, segmentType: 12 } as unknown as Segment, seg('interact', '10:01:00')])]),
  ]);
  t.true(derived(record).events.includes('agentCallConnected 10:01:00'));
});

/** Each grows from poll to poll around one malformed piece. */
const GROWING: readonly [what: string, malformedPiece: (participants: readonly object[]) => object][] = [
  ['a start that cannot be read', (participants) => ({ conversationId: 'c', conversationStart: 'soon', participants })],
  [
    'a participant that is not an object',
    (participants) => ({ conversationId: 'c', participants: [7, ...participants] }),
  ],
  ['divisions that are not a list', (participants) => ({ conversationId: 'c', divisionIds: 'd', participants })],
  ['no ID', (participants) => ({ conversationStart: at('10:00:00'), participants })],
  ['an ID that is a number', (participants) => ({ conversationId: 7, participants })],
  [
    'a participant whose purpose is a number and whose sessions become more',
    (participants) => ({
      conversationId: 'c',
      participants: [
        { participantId: 'p', purpose: 7, sessions: participants.map((_, n) => ({ sessionId: `s-${n}` })) },
      ],
    }),
  ],
  [
    'a session whose ani is a number and whose segments become more',
    (participants) => ({
      conversationId: 'c',
      participants: [
        {
          participantId: 'p',
          sessions: [{ sessionId: 's', ani: 7, segments: participants.map(() => seg('hold', '10:00:00')) }],
        },
      ],
    }),
  ],
  [
    'a malformed segment among ever more of them',
    (participants) => ({
      conversationId: 'c',
      participants: [
        {
          participantId: 'p',
          sessions: [{ segments: [...participants.map((_, n) => ({ queueId: `q-${n}` })), { segmentStart: 'soon' }] }],
        },
      ],
    }),
  ],
];

for (const [what, record] of GROWING) {
  test(`a growing conversation with one malformed piece is one dead letter however often it is read: ${what}`, (t) => {
    const ids = new Set<string>();
    for (let polls = 0; polls < 11; polls++) {
      const participants = Array.from({ length: polls }, (_, n) => who('agent', [], { participantId: `p-${n}` }));
      const more = polls > 8 ? { conversationEnd: at('11:00:00') } : {};
      const { malformed } = derived({ ...record(participants), ...more });
      t.is(malformed.length, 1);
      for (const { id } of malformed) ids.add(id);
    }
    t.is(ids.size, 1);
  });
}

test('two conversations without an ID are two dead letters, and one without anything else is known by what it has', (t) => {
  const id = (record: object) => derived(record).malformed[0]?.id;
  t.not(id({ conversationStart: at('10:00:00') }), id({ conversationStart: at('10:00:01') }));
  t.not(id({ participants: [sound] }), id({ participants: [] }));
});
