import test from 'ava';
import { deriveConversation } from '../../src/domain/derive.ts';
import { idOf } from './support/oracle.ts';
import { ANSWERED_CALL, at, CONVERSATION_ID, leg, type Segment, seg, talk, who } from './support/records.ts';
import { seen } from './support/seen.ts';

const ended = { disconnectType: 'client' };

test('a wrap-up code that is changed later is a new fact with another ID', (t) => {
  const wrapped = (wrapUpCode: string) =>
    talk([who('agent', [leg([seg('wrapup', '10:03:00', '10:04:00', { wrapUpCode })])])]);
  const [before, after] = [wrapped('one'), wrapped('two')].map((c) =>
    deriveConversation(c, 'mask').events.map((e) => e.id),
  );
  t.is(before?.length, 1);
  t.is(after?.length, 1);
  t.notDeepEqual(before, after);
});

test('two agents who hang up in the same millisecond are two facts', (t) => {
  const hangUp = [leg([seg('interact', '10:00:00', '10:03:00', ended)])];
  const both = talk([who('agent', hangUp, { participantId: 'p-1' }), who('agent', hangUp, { participantId: 'p-2' })]);
  t.deepEqual(seen(both, 'agentCallDisconnected'), ['p-1/s-1 10:03:00', 'p-2/s-1 10:03:00']);
});

test('one user who comes back as another participant is two participants', (t) => {
  const back = (participantId: string, start: string) =>
    who('agent', [leg([seg('alert', start)])], { participantId, userId: 'same' });
  t.deepEqual(seen(talk([back('p-1', '10:00:00'), back('p-2', '10:00:00')]), 'agentAlerted'), [
    'p-1/s-1 10:00:00',
    'p-2/s-1 10:00:00',
  ]);
});

test('what bears the same ID within one conversation is one event', (t) => {
  const twice = leg([seg('hold', '10:02:00', '10:03:00', ended), seg('interact', '10:00:00', '10:03:00', ended)]);
  t.deepEqual(seen(talk([who('agent', [twice])]), 'agentCallDisconnected'), ['p-1/s-1 10:03:00']);
});

test('of two segments that tell the same fact, one that names no start stands for both, wherever it is', (t) => {
  const nameless = seg('interact', undefined, '10:03:00', { disconnectType: 'peer' });
  const named = seg('hold', '10:00:00', '10:03:00', { disconnectType: 'client' });
  for (const segments of [
    [nameless, named],
    [named, nameless],
  ]) {
    const events = deriveConversation(talk([who('agent', [leg(segments)])]), 'mask').events;
    const [hangUp, ...more] = events.filter(({ eventType }) => eventType === 'agentCallDisconnected');
    t.deepEqual(more, []);
    t.is(hangUp?.data.disconnectType, 'peer');
    t.false('segmentStart' in (hangUp?.data ?? {}));
  }
});

test('of segments that start and end together, one of no queue stands before those of a queue, the smaller ID first', (t) => {
  const of = (queueId?: string) => seg('interact', '10:00:00', '10:03:00', queueId === undefined ? {} : { queueId });
  const queueOf = (...segments: Segment[]) =>
    deriveConversation(talk([who('acd', [leg(segments)])]), 'mask').events.map(({ data }) => data.queueId);
  for (const [one, other, stands] of [
    [of('0b6d4c3a'), of('7a5c1f2e'), '0b6d4c3a'],
    [of(), of('0b6d4c3a'), undefined],
  ] as const) {
    t.deepEqual(queueOf(one, other), [stands]);
    t.deepEqual(queueOf(other, one), [stands]);
  }
});

test('a participant or session without an ID still has its events, with that part of the recipe empty', (t) => {
  const nameless = {
    conversationId: CONVERSATION_ID,
    participants: [{ purpose: 'agent', sessions: [{ segments: [seg('alert', '10:00:00')] }] }],
  };
  t.deepEqual(seen(nameless, 'agentAlerted'), ['/ 10:00:00']);
  t.is(deriveConversation(nameless, 'mask').events[0]?.id, idOf(CONVERSATION_ID, 'agentAlerted', at('10:00:00')));
});

test('one instant is one ID, however its zone and fraction are written', (t) => {
  const ids = [
    '2026-11-20T10:00:00Z',
    '2026-11-20T10:00:00.000Z',
    '2026-11-20T10:00:00.000999Z',
    '2026-11-20T05:00:00-05:00',
  ].map((conversationStart) => deriveConversation(talk([], { conversationStart }), 'mask').events[0]?.id);
  t.deepEqual(new Set(ids), new Set([idOf(CONVERSATION_ID, 'conversationStarted', '2026-11-20T10:00:00.000Z')]));
});

test('the ID of every derived event of a whole answered call is the one that sha256sum computes', (t) => {
  const events = deriveConversation(ANSWERED_CALL, 'mask').events.map((event) => `${event.eventType} ${event.id}`);
  t.deepEqual(events.sort(), GOLDEN_CALL);
});

/** Each by: printf '%s' 'RECIPE' | sha256sum, the recipe standing above it, C being 7a5c1f2e-0b6d-4c3a-9e8f-112233445566. */
const GOLDEN_CALL = [
  // C:agentAlerted:2026-11-20T23:50:45.000Z:p-agent-2:s-agent-2:
  'agentAlerted 9fb4b32571b395c890da92ad7cc32b9e7348821f929a4257c75a4b45533dab63',
  // C:agentAlerted:2026-11-20T23:50:10.000Z:p-agent-1:s-agent-1:
  'agentAlerted bb3e2166b6397622a3bf20a6ccfa7f8dee12ff36df63ec921271940520916b44',
  // C:agentCallConnected:2026-11-20T23:51:00.000Z:p-agent-2:s-agent-2:
  'agentCallConnected c408430e833c4b0da954bd0fc368145000db467ecd2b75a794816aa6569f912c',
  // C:agentCallDisconnected:2026-11-21T00:04:00.000Z:p-agent-2:s-agent-2:
  'agentCallDisconnected 6bd8fb8ea7840fdbf199d1b90bddc8f28d365600f7e171d6d1bcc202b4d956a4',
  // C:callAnalyzed:2026-11-20T23:50:00.000Z:p-contact:s-contact:disposition.classification.callable.person
  'callAnalyzed 4dc08ae6ca5cbb300a77965b00f082aeb4a1486951b107db2442f6a0e01ccdef',
  // C:contactConnected:2026-11-20T23:50:08.000Z:p-contact:s-contact:
  'contactConnected c9218723ea12e77d47a66d180bcad65d72c4342bb9cef06dab23471ff9595202',
  // C:contactDialed:2026-11-20T23:50:00.000Z:p-contact:s-contact:
  'contactDialed 0029fbbb2c21be444dd4315146a82dc50f76b47e22793cbaf34ef6dc6eb26cdc',
  // C:contactDisconnected:2026-11-21T00:04:00.000Z:p-contact:s-contact:
  'contactDisconnected 92965b9c4dcf40b515e2e2b0960ebb1f94f1959a1aa40772e89b26bbed1cbc4e',
  // C:conversationEnded:2026-11-21T00:05:00.000Z:::
  'conversationEnded 6e479aa68c064a939c03b2135c145cdfd191e411845bdf8426b3c4b583921a51',
  // C:conversationStarted:2026-11-20T09:58:12.345Z:::
  'conversationStarted ea7c7cfcd0375b697cf89b4f58896af8261b82c0a6f66c07e04dee6299eb024c',
  // C:dispositionSet:2026-11-21T00:05:30.000Z:p-agent-2:s-agent-2:wrap-up-code
  'dispositionSet 6c0fdfc72a7e962be1697698ef34866cbb1ae15f6a9ac1da628391d2f4e689d7',
  // C:queueEntered:2026-11-20T23:50:09.000Z:p-queue:s-queue:
  'queueEntered d65d65794e9aae0a2682b7b2ab654b5a6a3c117a0139369ca5813428ae7b9a81',
  // C:queueExited:2026-11-20T23:51:00.000Z:p-queue:s-queue:
  'queueExited 6c3dfee56eef5dc1d831b8925d8c663dbc06935dd81374a28dcab3341497ccfc',
];
