import test from 'ava';
import type { EventType } from '../../src/domain/catalogue.ts';
import { deriveConversation } from '../../src/domain/derive.ts';
import type { EventData } from '../../src/domain/event.ts';
import {
  at,
  CONVERSATION_ID,
  type Conversation,
  FULL_CONVERSATION,
  fullRecord,
  leg,
  type Session,
  seg,
  talk,
  who,
} from './support/records.ts';

function dataOf(conversation: unknown, type: EventType, phoneNumbers: 'omit' | 'mask' | 'include' = 'mask'): EventData {
  const found = deriveConversation(conversation, phoneNumbers).events.filter((event) => event.eventType === type);
  if (found.length !== 1) throw new Error(`${found.length} events of type ${type}`);
  return (found[0] as (typeof found)[number]).data;
}

const CONVERSATION = {
  conversationId: CONVERSATION_ID,
  conversationStart: '2026-11-20T09:58:12.345Z',
  originatingDirection: 'outbound',
};

const PARTY = {
  ...CONVERSATION,
  participantId: 'p-1',
  sessionId: 's-1',
  peerId: 'peer',
  mediaType: 'voice',
  direction: 'outbound',
  outboundCampaignId: 'campaign',
  outboundContactId: '0123456789abcdef0123456789abcdef',
  outboundContactListId: 'contact-list',
  ani: 'tel:+*******2222',
  dnis: 'tel:+*******4444',
  segmentStart: '2026-11-20T10:00:02.500Z',
};

/** What events of a queue or an agent say besides. */
const IN_QUEUE = { queueId: 'queue-a' };

const STARTS = { timestamp: '2026-11-20T10:00:02.500Z' };
const ENDS = { timestamp: '2026-11-20T10:04:59.000Z', segmentEnd: '2026-11-20T10:04:59.000Z', disconnectType: 'peer' };

/** The record that yields the event, and everything its `data` says: the list is closed. */
const EXACT: readonly [type: EventType, record: Conversation, data: Record<string, unknown>][] = [
  ['conversationStarted', fullRecord('agent', 'interact'), { ...CONVERSATION, timestamp: '2026-11-20T09:58:12.345Z' }],
  [
    'conversationEnded',
    fullRecord('agent', 'interact'),
    { ...CONVERSATION, timestamp: '2026-11-21T00:05:00.000Z', divisionIds: ['division-a', 'division-b'] },
  ],
  ['contactDialed', fullRecord('customer', 'dialing'), { ...PARTY, ...STARTS, purpose: 'customer' }],
  ['contactDialed', fullRecord('user', 'dialing'), { ...PARTY, ...STARTS, purpose: 'user', agentId: 'user-1' }],
  [
    'callAnalyzed',
    fullRecord('outbound', 'dialing'),
    {
      ...PARTY,
      ...STARTS,
      purpose: 'outbound',
      callAnalysisDisposition: 'disposition.classification.callable.person',
      dispositionAnalyzer: 'speech.person',
    },
  ],
  ['contactConnected', fullRecord('external', 'interact'), { ...PARTY, ...STARTS, purpose: 'customer' }],
  ['queueEntered', fullRecord('acd', 'interact'), { ...PARTY, ...STARTS, ...IN_QUEUE, purpose: 'acd' }],
  ['queueExited', fullRecord('acd', 'interact'), { ...PARTY, ...ENDS, ...IN_QUEUE, purpose: 'acd' }],
  [
    'agentAlerted',
    fullRecord('agent', 'alert'),
    { ...PARTY, ...STARTS, ...IN_QUEUE, purpose: 'agent', agentId: 'user-1' },
  ],
  [
    'agentCallConnected',
    fullRecord('agent', 'interact'),
    { ...PARTY, ...STARTS, ...IN_QUEUE, purpose: 'agent', agentId: 'user-1' },
  ],
  [
    'agentCallDisconnected',
    fullRecord('user', 'hold'),
    { ...PARTY, ...ENDS, ...IN_QUEUE, purpose: 'user', agentId: 'user-1' },
  ],
  ['contactDisconnected', fullRecord('customer', 'interact'), { ...PARTY, ...ENDS, purpose: 'customer' }],
  [
    'dispositionSet',
    fullRecord('agent', 'wrapup'),
    {
      ...PARTY,
      ...ENDS,
      ...IN_QUEUE,
      purpose: 'agent',
      agentId: 'user-1',
      disposition: 'wrap-up-code',
      dispositionSource: 'agent',
    },
  ],
  [
    'dispositionSet',
    fullRecord('something-new', 'wrapup'),
    { ...PARTY, ...ENDS, purpose: 'something-new', disposition: 'wrap-up-code', dispositionSource: 'agent' },
  ],
];

for (const [type, record, data] of EXACT) {
  const purpose = 'purpose' in data ? ` of purpose ${data.purpose}` : '';
  test(`${type}${purpose}: data is exactly what the contract lists, times in the three-digit UTC form`, (t) => {
    t.deepEqual({ ...dataOf(record, type) }, { eventType: type, ...data } as never);
  });
}

test('what the participant, session and segment do not say, the event does not say', (t) => {
  const bare = {
    conversationId: CONVERSATION_ID,
    participants: [{ sessions: [{ segments: [seg('dialing', '10:00:00')] }] }],
  };
  t.deepEqual({ ...dataOf(bare, 'contactDialed') }, {
    eventType: 'contactDialed',
    timestamp: at('10:00:00'),
    conversationId: CONVERSATION_ID,
    segmentStart: at('10:00:00'),
  } as never);
});

/** Without these there is no event, or none that can be distinguished from others. */
const REQUIRED = ['conversationId', 'conversationStart', 'segmentStart'];

const NOTHING: readonly [what: string, value: unknown][] = [
  ['null', null],
  ['an empty text', ''],
  ['a number', 7],
  ['an object', { id: 'x' }],
  ['a list', ['x']],
  ['a boolean', true],
];

for (const [what, value] of NOTHING) {
  test(`a member that is ${what} is left out as if Genesys had not given it`, (t) => {
    const names = Object.keys(PARTY).filter((name) => ![...REQUIRED, 'participantId', 'sessionId'].includes(name));
    const empty = Object.fromEntries(
      [...names, 'userId', 'purpose', 'queueId', 'disconnectType', 'dispositionAnalyzer'].map((name) => [name, value]),
    );
    const segment = {
      ...empty,
      segmentType: 'dialing',
      segmentStart: at('10:00:00'),
      segmentEnd: at('10:00:20'),
      wrapUpCode: 'x',
    };
    const session = { ...empty, dispositionName: 'busy', segments: [segment] };
    const record = {
      ...empty,
      conversationId: CONVERSATION_ID,
      conversationEnd: at('10:00:20'),
      divisionIds: value,
      participants: [{ ...empty, sessions: [session] }],
    };
    const said = (type: EventType) => Object.keys(dataOf(record, type)).sort();
    t.deepEqual(said('contactDialed'), ['conversationId', 'eventType', 'segmentStart', 'timestamp']);
    t.deepEqual(said('callAnalyzed'), [
      'callAnalysisDisposition',
      'conversationId',
      'eventType',
      'segmentStart',
      'timestamp',
    ]);
    t.deepEqual(said('dispositionSet'), [
      'conversationId',
      'disposition',
      'dispositionSource',
      'eventType',
      'segmentEnd',
      'segmentStart',
      'timestamp',
    ]);
    if (!Array.isArray(value)) t.deepEqual(said('conversationEnded'), ['conversationId', 'eventType', 'timestamp']);
  });
}

test('divisions are sorted, and those that say nothing are left out', (t) => {
  const divided = (divisionIds: unknown) =>
    dataOf({ ...FULL_CONVERSATION, divisionIds }, 'conversationEnded').divisionIds;
  t.deepEqual(divided(['b', 'a', 'C']), ['C', 'a', 'b']);
  t.deepEqual(divided(['b', null, '', 7, 'a']), ['a', 'b']);
  t.is(divided([]), undefined);
  t.is(divided([null, '']), undefined);
});

test('an open conversation that has begun carries no divisions: they may still change', (t) => {
  t.false('divisionIds' in dataOf(FULL_CONVERSATION, 'conversationStarted'));
});

test('the queue and the segment start are those of the segment that gives the event its time', (t) => {
  const session = leg(
    [
      seg('interact', '10:05:00', '10:06:00', { queueId: 'late', disconnectType: 'client' }),
      seg('alert', '10:00:00', '10:00:05', { queueId: 'alerting' }),
      seg('interact', '10:00:05', '10:03:00', { queueId: 'first' }),
    ],
    { dispositionName: 'person' },
  );
  const agent = talk([who('agent', [session])]);
  const placeOf = (conversation: Conversation, type: EventType) => {
    const { queueId, segmentStart } = dataOf(conversation, type);
    return { queueId, segmentStart };
  };
  t.deepEqual(placeOf(agent, 'agentCallConnected'), { queueId: 'first', segmentStart: at('10:00:05') });
  t.deepEqual(placeOf(agent, 'agentAlerted'), { queueId: 'alerting', segmentStart: at('10:00:00') });
  t.deepEqual(placeOf(agent, 'callAnalyzed'), { queueId: undefined, segmentStart: at('10:00:00') });
  t.deepEqual(placeOf(agent, 'agentCallDisconnected'), { queueId: 'late', segmentStart: at('10:05:00') });
  t.deepEqual(placeOf(talk([who('acd', [session])]), 'queueEntered'), {
    queueId: 'alerting',
    segmentStart: at('10:00:00'),
  });
});

const PURPOSES_WITHOUT_QUEUE = ['customer', 'external', 'outbound', 'something-new', undefined];

for (const purpose of PURPOSES_WITHOUT_QUEUE) {
  test(`a queueId that Genesys fills in later changes no event of purpose ${purpose}`, (t) => {
    const published = (more: object) => {
      const segments = [
        seg('dialing', '09:59:50', '10:00:00', more),
        seg('interact', '10:00:00', '10:05:00', { disconnectType: 'peer', wrapUpCode: 'x', ...more }),
      ];
      const of = { participantId: 'p-1', ...(purpose && { purpose }) };
      const record = talk([{ ...of, sessions: [leg(segments, { dispositionName: 'person' })] }]);
      return deriveConversation(record, 'mask').events.map((event) => JSON.stringify(event));
    };
    t.true(published({}).length >= 3);
    t.deepEqual(published({ queueId: 'queue-a' }), published({}));
  });
}

test('a leg that the archive calls customer and the query external is the same fact, byte for byte', (t) => {
  const published = (purpose: string) =>
    deriveConversation(fullRecord(purpose, 'interact'), 'mask').events.map((event) => JSON.stringify(event));
  t.deepEqual(published('external'), published('customer'));
  t.is(published('customer').length, 6);
});

for (const [code, source] of [
  ['ININ-OUTBOUND-PREVIEW-SKIPPED', 'system'],
  ['ININ-WRAP-UP-TIMEOUT', 'system'],
  ['OUTBOUND-INVALID-AGENT', 'system'],
  ['44444444-0000-4000-8000-0000000000d1', 'agent'],
  ['ININ', 'agent'],
  ['MY-OUTBOUND-CODE', 'agent'],
] as const) {
  test(`the code ${code} was set by the ${source}, in every segment that bears it`, (t) => {
    for (const purpose of ['agent', 'customer', 'outbound']) {
      const record = talk([who(purpose, [leg([seg('wrapup', '10:03:00', '10:04:00', { wrapUpCode: code })])])]);
      t.is(dataOf(record, 'dispositionSet').dispositionSource, source);
    }
  });
}

test('a disposition set before its call was disconnected has no disconnect type', (t) => {
  const record = talk([who('agent', [leg([seg('wrapup', '10:03:00', '10:04:00', { wrapUpCode: 'x' })])])]);
  t.false('disconnectType' in dataOf(record, 'dispositionSet'));
});

const PHONES: readonly [rule: 'omit' | 'mask' | 'include', numbers: Session, published: Record<string, unknown>][] = [
  ['omit', { ani: 'tel:+15551112222', dnis: 'sip:a@b' }, { ani: undefined, dnis: undefined }],
  ['mask', { ani: 'tel:+15551112222', dnis: 'sip:a@b' }, { ani: 'tel:+*******2222', dnis: undefined }],
  [
    'mask',
    { ani: 'sip:+15551112222@10.0.0.1;user=phone', dnis: 'sip:5553334444@edge.example.com' },
    { ani: 'tel:+*******2222', dnis: 'tel:******4444' },
  ],
  ['mask', { ani: '+4930123456', dnis: '5551112222' }, { ani: '+******3456', dnis: '******2222' }],
  ['include', { ani: 'tel:+15551112222', dnis: 'sip:a@b' }, { ani: 'tel:+15551112222', dnis: 'sip:a@b' }],
];

for (const [rule, numbers, published] of PHONES) {
  test(`phone numbers under ${rule}: ${JSON.stringify(numbers)} becomes ${JSON.stringify(published)}`, (t) => {
    const record = talk([who('customer', [leg([seg('dialing', '10:00:00')], numbers)])]);
    const { ani, dnis } = dataOf(record, 'contactDialed', rule);
    t.deepEqual({ ani, dnis }, published as never);
  });
}

test('the privacy of phone numbers changes no ID', (t) => {
  const ids = (['omit', 'mask', 'include'] as const).map((rule) =>
    deriveConversation(fullRecord('customer', 'dialing'), rule).events.map((event) => event.id),
  );
  t.deepEqual(ids[0], ids[1]);
  t.deepEqual(ids[1], ids[2]);
});

test('the record is left as it was', (t) => {
  const record = fullRecord('agent', 'interact');
  const before = structuredClone(record);
  deriveConversation(record, 'mask');
  t.deepEqual(record, before);
});
