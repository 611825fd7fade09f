import test from 'ava';
import { load, problemsOf, withKeys } from '../support/config-file.ts';

type Keys = Readonly<Record<string, unknown>>;
const CONVERSATIONS = 'streams.conversations';

const PAIRS: readonly {
  readonly rule: string;
  readonly fine: Keys;
  readonly broken: Keys;
  readonly problem: string;
}[] = [
  {
    rule: 'the overlap is less than the longest window',
    fine: { [`${CONVERSATIONS}.overlap`]: '59m' },
    broken: { [`${CONVERSATIONS}.overlap`]: '60m' },
    problem:
      'streams.conversations.overlap (1h) must be less than streams.conversations.maxWindow (1h), or no window would get past the checkpoint',
  },
  {
    rule: 'look-back and window fit into the interval of a filtered query',
    fine: { [`${CONVERSATIONS}.lookback`]: '30d', [`${CONVERSATIONS}.maxWindow`]: '1d', 'dedup.ttl': '31d' },
    broken: { [`${CONVERSATIONS}.lookback`]: '30d', [`${CONVERSATIONS}.maxWindow`]: '25h', 'dedup.ttl': '31d' },
    problem:
      'streams.conversations.lookback (30d) and streams.conversations.maxWindow (25h) must be at most 31d together: Genesys takes no longer interval',
  },
  {
    rule: 'a plain interval without a filter is at most a week',
    fine: {
      [`${CONVERSATIONS}.query`]: 'interval',
      [`${CONVERSATIONS}.scope`]: 'all',
      [`${CONVERSATIONS}.maxWindow`]: '7d',
    },
    broken: {
      [`${CONVERSATIONS}.query`]: 'interval',
      [`${CONVERSATIONS}.scope`]: 'campaign',
      [`${CONVERSATIONS}.maxWindow`]: '169h',
    },
    problem:
      'streams.conversations.maxWindow (169h) must be at most 7d with query interval and scope campaign: Genesys takes no longer interval without a filter',
  },
  {
    rule: 'an ID is remembered a day longer than reconciliation reaches back',
    fine: { 'dedup.ttl': '5d', 'streams.reconciliation.horizon': '4d' },
    broken: { 'dedup.ttl': '119h', 'streams.reconciliation.horizon': '4d' },
    problem:
      'dedup.ttl (119h) must be at least 5d: a day more than the larger of streams.reconciliation.horizon (4d) and streams.conversations.lookback (2d), or what is read again would be taken for new',
  },
  {
    rule: 'an ID is remembered a day longer than the query reaches back',
    fine: { 'dedup.ttl': '6d', [`${CONVERSATIONS}.lookback`]: '5d' },
    broken: { 'dedup.ttl': '5d', [`${CONVERSATIONS}.lookback`]: '5d' },
    problem:
      'dedup.ttl (5d) must be at least 6d: a day more than the larger of streams.reconciliation.horizon (3d) and streams.conversations.lookback (5d), or what is read again would be taken for new',
  },
  {
    rule: 'some stream is enabled',
    fine: { [`${CONVERSATIONS}.enabled`]: false, 'streams.reconciliation.enabled': false },
    broken: {
      [`${CONVERSATIONS}.enabled`]: false,
      'streams.reconciliation.enabled': false,
      'streams.eventLog.enabled': false,
    },
    problem: 'streams: at least one of conversations, reconciliation and eventLog must be enabled',
  },
  {
    rule: 'state and IDs are kept in two tables',
    fine: { 'dynamoDb.stateTable': 'one', 'dynamoDb.dedupTable': 'two' },
    broken: { 'dynamoDb.stateTable': 'one', 'dynamoDb.dedupTable': 'one' },
    problem: 'dynamoDb.stateTable and dynamoDb.dedupTable must be two tables, not both one: their keys differ',
  },
];
for (const { rule, fine, broken, problem } of PAIRS) {
  test(rule, (t) => {
    t.notThrows(() => load(withKeys(fine)));
    t.deepEqual(problemsOf(withKeys(broken)), [problem]);
  });
}

test('a filtered interval may be a month', (t) => {
  t.notThrows(() => load(withKeys({ [`${CONVERSATIONS}.query`]: 'interval', [`${CONVERSATIONS}.maxWindow`]: '31d' })));
});

const V2_ARN = 'arn:aws:events:eu-west-1:123456789012:event-busv2/my-bus/0123456789abcdefghijklmno';

test('a v2 bus is named by its ARN, with its name and its ID', (t) => {
  const problem = (bus: string) =>
    `eventBridge.bus (${bus}) must be the ARN of a v2 bus, arn:aws:events:REGION:ACCOUNT:event-busv2/NAME/ID, for eventBridge.busType v2`;
  t.notThrows(() => load(withKeys({ 'eventBridge.busType': 'v2', 'eventBridge.bus': V2_ARN })));
  const gov = V2_ARN.replace('arn:aws:', 'arn:aws-us-gov:');
  t.notThrows(() => load(withKeys({ 'eventBridge.busType': 'v2', 'eventBridge.bus': gov })));
  const longest = V2_ARN.replace('my-bus', 'b'.repeat(256));
  t.notThrows(() => load(withKeys({ 'eventBridge.busType': 'v2', 'eventBridge.bus': longest })));
  for (const bus of [
    'my-bus',
    'default',
    'arn:aws:events:eu-west-1:123456789012:event-bus/my-bus',
    'arn:aws:events:eu-west-1:123456789012:event-busv2/my-bus',
    V2_ARN.slice(0, -1),
    V2_ARN.toUpperCase().replace('ARN:AWS:EVENTS:EU-WEST-1:123456789012:EVENT-BUSV2', V2_ARN.split('/')[0] ?? ''),
  ]) {
    t.deepEqual(problemsOf(withKeys({ 'eventBridge.busType': 'v2', 'eventBridge.bus': bus })), [problem(bus)]);
  }
});

test('the ARN of a v2 bus is not taken for that of a classic one', (t) => {
  t.deepEqual(problemsOf(withKeys({ 'eventBridge.bus': V2_ARN })), [
    `eventBridge.bus (${V2_ARN}) is the ARN of a v2 bus: set eventBridge.busType to v2`,
  ]);
});

test('a rule about an invalid key is not judged: one slip gives one problem', (t) => {
  t.deepEqual(problemsOf(withKeys({ [`${CONVERSATIONS}.maxWindow`]: 'a day', [`${CONVERSATIONS}.overlap`]: '2h' })), [
    'streams.conversations.maxWindow: must be a whole number with a unit, such as 500ms, 30s, 5m, 2h or 7d: value was "a day"',
  ]);
});
