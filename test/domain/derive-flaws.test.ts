import test from 'ava';
import { deriveConversation } from '../../src/domain/derive.ts';
import type { Flaw } from '../../src/domain/event.ts';
import { canonical, sha256 } from './support/oracle.ts';
import { ANSWERED_CALL, at, CONVERSATION_ID, leg, type Segment, seg, talk, who } from './support/records.ts';

function derived(record: unknown): { events: string[]; flaws: readonly Flaw[] } {
  const { events, flaws } = deriveConversation(record, 'mask');
  return { events: events.map((event) => `${event.eventType} ${event.data.timestamp.slice(11, 19)}`).sort(), flaws };
}

/** What each flaw is of; that it bears that piece's ID and a reason is checked on the way. */
function pieces(flaws: readonly Flaw[]): unknown[] {
  return flaws.map((flaw) => {
    if (flaw.id !== sha256(canonical(flaw.record))) return 'the ID is not of the record';
    return flaw.reason === '' ? 'without a reason' : flaw.record;
  });
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
    const flawed = { segmentType: 'alert', segmentStart: value } as unknown as Segment;
    const record = talk([who('agent', [leg([flawed, seg('alert', '10:00:00')])])], START);
    const { events, flaws } = derived(record);
    t.deepEqual(events, ['agentAlerted 10:00:00', 'conversationStarted 09:58:12']);
    t.deepEqual(pieces(flaws), [flawed]);
    t.like(flaws[0], IDENTITY);
  });

  test(`a segmentEnd that is ${what} makes the segment a dead letter, and what it started goes on`, (t) => {
    const flawed = {
      ...seg('interact', '10:00:00'),
      segmentEnd: value,
      disconnectType: 'client',
      wrapUpCode: 'x',
    } as unknown as Segment;
    const { events, flaws } = derived(talk([who('agent', [leg([flawed])])], START));
    t.deepEqual(events, ['agentCallConnected 10:00:00', 'conversationStarted 09:58:12']);
    t.deepEqual(pieces(flaws), [flawed]);
    t.like(flaws[0], IDENTITY);
  });

  test(`a conversationStart that is ${what} makes the conversation a dead letter, and its parts go on`, (t) => {
    const record = {
      ...talk([who('agent', [leg([seg('alert', '10:00:00')])])]),
      conversationStart: value,
      conversationEnd: at('10:09:00'),
    };
    const { events, flaws } = derived(record);
    t.deepEqual(events, ['agentAlerted 10:00:00', 'conversationEnded 10:09:00']);
    t.deepEqual(pieces(flaws), [record]);
    t.is(flaws[0]?.conversationId, CONVERSATION_ID);
    t.is(flaws[0]?.time, undefined);
  });

  test(`a conversationEnd that is ${what} makes the conversation a dead letter, and its parts go on`, (t) => {
    const record = { ...talk([who('agent', [leg([seg('alert', '10:00:00')])])], START), conversationEnd: value };
    const { events, flaws } = derived(record);
    t.deepEqual(events, ['agentAlerted 10:00:00', 'conversationStarted 09:58:12']);
    t.deepEqual(pieces(flaws), [record]);
    t.like(flaws[0], IDENTITY);
  });
}

for (const [what, value] of ABSENT) {
  test(`a time that is ${what} is absent: no event and no flaw`, (t) => {
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
    t.deepEqual(derived(record), { events: [], flaws: [] });
  });
}

/** Which events of a session with one unreadable segmentStart can still be timed. */
const FLAWED_START = { segmentStart: 'soon' };

test('the earliest segment of a session is unknown while one of its starts is unreadable', (t) => {
  const analysed = leg([seg('dialing', '10:00:00'), { segmentType: 'ivr', ...FLAWED_START }], {
    dispositionName: 'busy',
  });
  t.deepEqual(derived(talk([who('acd', [analysed])])).events, ['contactDialed 10:00:00']);
});

test('the earliest interact is unknown while the start of one interact is unreadable', (t) => {
  const session = leg([seg('interact', '10:00:00'), { segmentType: 'interact', ...FLAWED_START }]);
  t.deepEqual(derived(talk([who('agent', [session])])).events, []);
});

test('the earliest interact is known though the start of another kind of segment is unreadable', (t) => {
  const session = leg([seg('interact', '10:00:00'), { segmentType: 'alert', ...FLAWED_START }]);
  t.deepEqual(derived(talk([who('agent', [session])])).events, ['agentCallConnected 10:00:00']);
});

test('another session is not concerned by it', (t) => {
  const sound = leg([seg('interact', '10:00:00')], { sessionId: 's-2' });
  const { events } = derived(talk([who('acd', [leg([seg('interact', '09:00:00'), FLAWED_START]), sound])]));
  t.deepEqual(events, ['queueEntered 10:00:00']);
});

test('what a segment ended goes on though its start is unreadable', (t) => {
  const ended = { ...FLAWED_START, segmentEnd: at('10:05:00'), disconnectType: 'client', wrapUpCode: 'x' };
  const { events, flaws } = derived(talk([who('agent', [leg([{ segmentType: 'interact', ...ended }])])]));
  t.deepEqual(events, ['agentCallDisconnected 10:05:00', 'dispositionSet 10:05:00']);
  t.is(flaws.length, 1);
});

test('a segment of which both times are unreadable is one dead letter', (t) => {
  const flawed = { segmentType: 'interact', segmentStart: 'soon', segmentEnd: 'later' };
  t.deepEqual(pieces(derived(talk([who('agent', [leg([flawed])])])).flaws), [flawed]);
});

test('a segment of nobody in particular is a dead letter too: nothing is dropped silently', (t) => {
  const flawed = { segmentType: 'something-new', ...FLAWED_START };
  t.deepEqual(pieces(derived(talk([who('something-new', [leg([flawed])])])).flaws), [flawed]);
});

test('the same flawed piece has the same ID, in whatever order its members come and however often it is seen', (t) => {
  const id = (segment: Segment) => derived(talk([who('agent', [leg([segment])])])).flaws[0]?.id;
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
    const flawed = { segmentType: 'alert', ...FLAWED_START };
    const { conversationId: _, ...anonymous } = { ...ANSWERED_CALL, participants: [who('agent', [leg([flawed])])] };
    const record = conversationId === undefined ? anonymous : { ...anonymous, conversationId };
    const { events, flaws } = derived(record);
    t.deepEqual(events, []);
    t.deepEqual(pieces(flaws), [record]);
    t.false('conversationId' in (flaws[0] ?? {}));
  });
}

for (const record of [null, 7, 'text', true, [], [ANSWERED_CALL]]) {
  test(`${JSON.stringify(record).slice(0, 20)} is no conversation: a dead letter`, (t) => {
    const { events, flaws } = derived(record);
    t.deepEqual(events, []);
    t.deepEqual(pieces(flaws), [record]);
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

const shapes = (value: unknown): Record<string, unknown> => ({
  participants: { ...START, conversationId: CONVERSATION_ID, participants: value },
  sessions: { ...START, conversationId: CONVERSATION_ID, participants: [{ purpose: 'agent', sessions: value }, sound] },
  segments: {
    ...START,
    conversationId: CONVERSATION_ID,
    participants: [{ purpose: 'agent', sessions: [{ segments: value }] }, sound],
  },
});

for (const list of ['participants', 'sessions', 'segments']) {
  const rest = ['conversationStarted 09:58:12', ...(list === 'participants' ? [] : ['agentAlerted 10:00:00'])].sort();

  for (const [what, value] of NOT_LISTS) {
    test(`${list} that are ${what} make the conversation a dead letter, and the rest goes on`, (t) => {
      const record = shapes(value)[list];
      const { events, flaws } = derived(record);
      t.deepEqual(events, rest);
      t.deepEqual(pieces(flaws), [record]);
      t.like(flaws[0], IDENTITY);
    });
  }

  for (const [what, value] of NOT_OBJECTS) {
    test(`one of the ${list} being ${what} makes the conversation a dead letter, and its neighbours go on`, (t) => {
      const record = shapes([value, null, {}])[list];
      const { events, flaws } = derived(record);
      t.deepEqual(events, rest);
      t.deepEqual(pieces(flaws), [record]);
      t.like(flaws[0], IDENTITY);
    });
  }

  for (const [what, value] of [
    ['null', null],
    ['an empty list', []],
    ['a list of nulls', [null, null]],
    ['a list of empty objects', [{}]],
  ] as const) {
    test(`${list} that are ${what} are no flaw`, (t) => {
      t.deepEqual(derived(shapes(value)[list]), { events: rest, flaws: [] });
    });
  }
}

test('a conversation that is flawed in several places is one dead letter', (t) => {
  const record = {
    conversationId: CONVERSATION_ID,
    conversationStart: 'soon',
    conversationEnd: 7,
    participants: [1, { sessions: 2 }],
  };
  t.deepEqual(pieces(derived(record).flaws), [record]);
});

test('a conversation that is flawed itself and in a segment is two: the smallest piece each', (t) => {
  const flawed = { segmentType: 'alert', ...FLAWED_START };
  const record = { ...talk([who('agent', [leg([flawed])])]), conversationEnd: 'soon' };
  t.deepEqual(new Set(pieces(derived(record).flaws).map(canonical)), new Set([flawed, record].map(canonical)));
});
