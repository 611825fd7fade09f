import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { deduplicationId, type Identity, recordId } from '../../src/domain/identity.ts';
import { holds } from './support/property.ts';

/**
 * Golden vectors, computed outside this program: the recipe is the contract with every consumer and may not
 * drift. Each ID is what the shell command in its comment prints.
 */
const C = '7a5c1f2e-0b6d-4c3a-9e8f-112233445566';
const GOLDEN: readonly [about: string, of: Identity, id: string][] = [
  [
    'a conversation that started',
    { conversationId: C, eventType: 'conversationStarted', timestamp: Date.UTC(2026, 10, 20, 9, 58, 12, 345) },
    // printf '%s' '7a5c1f2e-0b6d-4c3a-9e8f-112233445566:conversationStarted:2026-11-20T09:58:12.345Z:::' | sha256sum
    'ea7c7cfcd0375b697cf89b4f58896af8261b82c0a6f66c07e04dee6299eb024c',
  ],
  [
    'a conversation that ended on the next day, on the full second',
    { conversationId: C, eventType: 'conversationEnded', timestamp: Date.UTC(2026, 10, 21, 0, 5) },
    // printf '%s' '7a5c1f2e-0b6d-4c3a-9e8f-112233445566:conversationEnded:2026-11-21T00:05:00.000Z:::' | sha256sum
    '6e479aa68c064a939c03b2135c145cdfd191e411845bdf8426b3c4b583921a51',
  ],
  [
    'an agent who was connected',
    {
      conversationId: C,
      eventType: 'agentCallConnected',
      timestamp: Date.UTC(2026, 10, 20, 10, 0, 2),
      participantId: 'p-agent',
      sessionId: 's-agent',
    },
    // printf '%s' '7a5c1f2e-0b6d-4c3a-9e8f-112233445566:agentCallConnected:2026-11-20T10:00:02.000Z:p-agent:s-agent:' | sha256sum
    '8fe1f2ff533c14abe4dcaac194fdca9cffeab6248af214a171a5d6a4fc0c08d9',
  ],
  [
    'an agent who hung up',
    {
      conversationId: C,
      eventType: 'agentCallDisconnected',
      timestamp: Date.UTC(2026, 10, 20, 10, 4, 59, 999),
      participantId: 'p-agent',
      sessionId: 's-agent',
      qualifier: '',
    },
    // printf '%s' '7a5c1f2e-0b6d-4c3a-9e8f-112233445566:agentCallDisconnected:2026-11-20T10:04:59.999Z:p-agent:s-agent:' | sha256sum
    '96e970c163a3312002695532c6215bb8bb29dde33f61c5e8fd8e3ec4365f9847',
  ],
  [
    'a disposition, qualified by its wrap-up code',
    {
      conversationId: C,
      eventType: 'dispositionSet',
      timestamp: Date.UTC(2026, 10, 20, 10, 5, 31, 7),
      participantId: 'p-agent',
      sessionId: 's-agent',
      qualifier: 'ININ-OUTBOUND-PREVIEW-SKIPPED',
    },
    // printf '%s' '7a5c1f2e-0b6d-4c3a-9e8f-112233445566:dispositionSet:2026-11-20T10:05:31.007Z:p-agent:s-agent:ININ-OUTBOUND-PREVIEW-SKIPPED' | sha256sum
    '28211265e03eae9fda67cd5c45781ebd30bc86df955844da0a4658b503920982',
  ],
  [
    'an analysed call, qualified by its disposition name',
    {
      conversationId: C,
      eventType: 'callAnalyzed',
      timestamp: Date.UTC(2026, 10, 20, 9, 59, 30, 120),
      participantId: 'p-contact',
      sessionId: 's-contact',
      qualifier: 'disposition.classification.callable.machine',
    },
    // printf '%s' '7a5c1f2e-0b6d-4c3a-9e8f-112233445566:callAnalyzed:2026-11-20T09:59:30.120Z:p-contact:s-contact:disposition.classification.callable.machine' | sha256sum
    'd2e9ece58749fd1684a00b0a60bada9a204a6700faf80c75eca00209629ee9ad',
  ],
  [
    'a qualifier beyond ASCII, hashed as UTF-8',
    {
      conversationId: C,
      eventType: 'dispositionSet',
      timestamp: Date.UTC(2026, 10, 20, 10, 5, 31, 7),
      participantId: 'p-agent',
      sessionId: 's-agent',
      qualifier: 'Rückruf gewünscht – 折り返し 📞',
    },
    // printf '%s' '7a5c1f2e-0b6d-4c3a-9e8f-112233445566:dispositionSet:2026-11-20T10:05:31.007Z:p-agent:s-agent:Rückruf gewünscht – 折り返し 📞' | sha256sum
    'd20f1d3e7f6afecf0f10d102cc7420fe9e8b0a1d5fdcc19065c518c12f4e7b6f',
  ],
  [
    'a dialled contact whose participant and session have no ID',
    { conversationId: C, eventType: 'contactDialed', timestamp: Date.UTC(2026, 10, 20, 9, 59, 30, 120) },
    // printf '%s' '7a5c1f2e-0b6d-4c3a-9e8f-112233445566:contactDialed:2026-11-20T09:59:30.120Z:::' | sha256sum
    'f696cc9d953d682837ff90656c7027f8d8221b3bb9868315b9431a4e08c3e4eb',
  ],
  [
    'a log entry, by its own ID and qualified by its code',
    {
      conversationId: '4711',
      eventType: 'outboundEventLogged',
      timestamp: Date.UTC(2026, 10, 20, 3, 0, 0, 500),
      qualifier: 'CAMPAIGN_STOPPED',
    },
    // printf '%s' '4711:outboundEventLogged:2026-11-20T03:00:00.500Z:::CAMPAIGN_STOPPED' | sha256sum
    '92904406802cc63f1cbb3f4bf9b03a323b50b8a99123dddd9e2b67654fdb3e13',
  ],
  [
    'a log entry without a code',
    { conversationId: '4712', eventType: 'outboundEventLogged', timestamp: Date.UTC(2026, 10, 20, 3, 0, 0, 500) },
    // printf '%s' '4712:outboundEventLogged:2026-11-20T03:00:00.500Z:::' | sha256sum
    '807c1d0d24d404baaa585ed4e1fef4c9d70aec92c1da5b87b573c51e22f6f298',
  ],
];

for (const [about, of, id] of GOLDEN) {
  test(`the ID of ${about} is the one computed by sha256sum`, (t) => {
    t.is(deduplicationId(of), id);
  });
}

test('an absent part and an empty part are the same', (t) => {
  const [, of, id] = GOLDEN[0] as (typeof GOLDEN)[number];
  t.is(deduplicationId({ ...of, participantId: undefined, sessionId: '', qualifier: undefined }), id);
});

test('two facts that differ in any part of the recipe have different IDs', (t) => {
  const part = fc.stringMatching(/^[a-z0-9-]{1,8}$/);
  const identity: fc.Arbitrary<Identity> = fc.record({
    conversationId: part,
    eventType: part,
    timestamp: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    participantId: part,
    sessionId: part,
    qualifier: part,
  });
  const members = ['conversationId', 'eventType', 'timestamp', 'participantId', 'sessionId', 'qualifier'] as const;
  const property = fc.property(identity, identity, fc.constantFrom(...members), (one, other, member) => {
    fc.pre(one[member] !== other[member]);
    assert.notEqual(deduplicationId({ ...one, [member]: other[member] }), deduplicationId(one));
  });
  holds(t, property);
});

const RECORDS: readonly [record: unknown, id: string][] = [
  // printf '%s' '{"segmentEnd":"soon","segmentType":"alert"}' | sha256sum
  [{ segmentType: 'alert', segmentEnd: 'soon' }, '92f85988584ddc592a5d4cedf9130b8f91d1db6222fc19e3be5cd41cb1cf4e6d'],
  // printf '%s' '{"participants":[{"name":"Zoë","sessions":null}]}' | sha256sum
  [
    { participants: [{ sessions: null, name: 'Zoë' }] },
    '145d76b141f53c175244c1c02ffeee31762782e5cbed4b39250814d9483d0ba0',
  ],
  // printf '%s' 'null' | sha256sum
  [null, '74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b'],
];

for (const [record, id] of RECORDS) {
  test(`the ID of the record ${JSON.stringify(record)} is the SHA-256 of its canonical JSON`, (t) => {
    t.is(recordId(record), id);
  });
}

test('a record without any JSON still has an ID', (t) => {
  t.regex(recordId(undefined), /^[0-9a-f]{64}$/);
});
