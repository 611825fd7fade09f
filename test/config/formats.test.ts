import test from 'ava';
import { startFromAt } from '../../src/config/duration.ts';
import { EVENT_TYPES } from '../../src/domain/catalogue.ts';
import { load, problemsOf, withKey } from '../support/config-file.ts';

const CRON = 'must be a cron expression of six fields, seconds first, such as */30 * * * * *';
const DURATION = 'must be a whole number with a unit, such as 500ms, 30s, 5m, 2h or 7d';
const START =
  'must be now, a duration of at most 3650d back such as 24h, a date (midnight UTC) such as 2026-01-31, or a timestamp with its zone such as 2026-01-31T08:00:00Z';
const TABLE = 'must be a table name: 3 to 255 of a-z, A-Z, 0-9, _, . and -';
const BUS = 'must be the name of an event bus (a-z, A-Z, 0-9, /, ., -, _) or its ARN';
const SOURCE = 'must be text of 1 to 256 characters that does not begin with aws.';
const NAMESPACE = 'must be 1 to 255 of a-z, A-Z, 0-9, ., -, _, /, #, : and space, and not begin with AWS/ or :';
const TYPES = `must list event types out of ${EVENT_TYPES.join(', ')}`;
const REGION =
  'must be one of us-east-1, us-east-2, us-west-2, ca-central-1, mx-central-1, sa-east-1, eu-west-1, eu-west-2, eu-central-1, eu-central-2, eusc-de-east-1, me-central-1, ap-south-1, ap-southeast-1, ap-southeast-2, ap-northeast-1, ap-northeast-2, ap-northeast-3, or a domain such as mypurecloud.com';
const NAME = 'must be text of 1 to 128 characters without #';

/** A step that its field does not have. */
function stepOf(step: number, field: string, token: string, values: number): string {
  return `must not step by ${step} in the field of the ${field} (${token}), which has ${values} values there`;
}

const REFUSED: readonly (readonly [string, unknown, string])[] = [
  ['poller.name', '', NAME],
  ['poller.name', 'a#b', NAME],
  ['poller.name', ' a', NAME],
  ['poller.name', 'a ', NAME],
  ['poller.name', 'n'.repeat(129), NAME],
  ['poller.name', 7, NAME],
  ['poller.schedule', '* * * * *', CRON],
  ['poller.schedule', '@hourly', CRON],
  ['poller.schedule', '61 * * * * *', CRON],
  ['poller.schedule', '* * * * * * *', CRON],
  ['poller.schedule', '', CRON],
  ['poller.schedule', 30, CRON],
  ['streams.reconciliation.schedule', '0 0 25 * * *', CRON],
  ['poller.schedule', '*/70 * * * * *', stepOf(70, 'second', '*/70', 60)],
  ['poller.schedule', '0 */61 * * * *', stepOf(61, 'minute', '*/61', 60)],
  ['poller.schedule', '0 5,0-59/90 * * * *', stepOf(90, 'minute', '0-59/90', 60)],
  ['poller.schedule', '0 0 */25 * * *', stepOf(25, 'hour', '*/25', 24)],
  ['poller.schedule', '0 0 0 */32 * *', stepOf(32, 'day of the month', '*/32', 31)],
  ['poller.schedule', '0 0 0 1 */13 *', stepOf(13, 'month', '*/13', 12)],
  ['poller.schedule', '0 0 0 * * */8', stepOf(8, 'day of the week', '*/8', 7)],
  ['poller.schedule', '0 0 0 * * mon-fri/6', stepOf(6, 'day of the week', 'mon-fri/6', 5)],
  ['poller.schedule', '10-14/6 * * * * *', stepOf(6, 'second', '10-14/6', 5)],
  ['streams.reconciliation.schedule', '0 */70 * * * *', stepOf(70, 'minute', '*/70', 60)],
  ['poller.schedule', '0 0 0 1 * 1#2', 'must be a schedule that fires at least once in the next hundred years'],
  ['poller.shutdownTimeout', '90', DURATION],
  ['poller.shutdownTimeout', '2h', 'must be from 0s to 1h'],
  ['poller.heartbeatFile', '', 'must be the path of a file'],
  ['poller.watchConfig', 'yes', 'must be true or false'],
  ['poller.watchConfig', 1, 'must be true or false'],
  ['genesys.requestsPerMinute', 0, 'must be a whole number, 1 or more'],
  ['genesys.requestsPerMinute', 1.5, 'must be a whole number, 1 or more'],
  ['genesys.requestsPerMinute', '240', 'must be a whole number, 1 or more'],
  ['genesys.requestTimeout', '0s', 'must be from 100ms to 10m'],
  ['genesys.requestTimeout', '25d', 'must be from 100ms to 10m'],
  ['streams.conversations.scope', 'inbound', 'must be one of the possible values: ["outbound","campaign","all"]'],
  ['streams.conversations.query', true, 'must be one of the possible values: ["changes","interval"]'],
  ['streams.conversations.startFrom', 'yesterday', START],
  ['streams.conversations.startFrom', '2026-02-30', START],
  ['streams.conversations.startFrom', '2026-01-31T08:00:00', START],
  ['streams.conversations.startFrom', '2026-02-30T08:00:00Z', START],
  ['streams.conversations.startFrom', '-24h', START],
  ['streams.conversations.startFrom', '3651d', START],
  ['streams.conversations.startFrom', 2026, START],
  ['streams.conversations.settle', '-1s', DURATION],
  ['streams.conversations.maxWindow', '0s', 'must be from 1s to 31d'],
  ['streams.conversations.lookback', '0s', 'must be from 1m to 31d'],
  ['events.include', ['agentCallConected'], `${TYPES}: did you mean agentCallConnected?`],
  ['events.include', ['everything'], TYPES],
  ['genesys.region', 'eu-wset-1', `${REGION}: did you mean eu-west-1?`],
  ['genesys.region', 'moon', REGION],
  ['events.include', [], 'must be a list of at least one event type'],
  ['events.include', 'callAnalyzed', 'must be a list of at least one event type'],
  ['events.include', ['callAnalyzed', 'callAnalyzed'], 'must list each event type once'],
  ['privacy.phoneNumbers', 'hash', 'must be one of the possible values: ["omit","mask","include"]'],
  ['dynamoDb.stateTable', 'ab', TABLE],
  ['dynamoDb.dedupTable', 'a b c', TABLE],
  ['dynamoDb.dedupTable', 'x'.repeat(256), TABLE],
  ['dedup.ttl', '12h', 'must be from 1d to 3650d'],
  ['dedup.cacheSize', 0, 'must be a whole number from 1 to 10000000'],
  ['eventBridge.busType', 'v3', 'must be one of the possible values: ["classic","v2"]'],
  ['eventBridge.bus', '', BUS],
  ['eventBridge.bus', 'my bus', BUS],
  ['eventBridge.bus', 'arn:aws:sns:us-east-1:123456789012:topic', BUS],
  ['eventBridge.source', '', SOURCE],
  ['eventBridge.source', 'aws.ec2', SOURCE],
  ['eventBridge.source', 's'.repeat(257), SOURCE],
  ['eventBridge.maxRequestBytes', 1_048_577, 'must be a whole number from 4096 to 1048576'],
  ['eventBridge.maxRequestBytes', 100, 'must be a whole number from 4096 to 1048576'],
  ['eventBridge.concurrency', 0, 'must be a whole number from 1 to 100'],
  ['lease.duration', '2s', 'must be from 3s to 1h'],
  ['log.level', 'loud', 'must be one of the possible values: ["trace","debug","info","warn","error"]'],
  ['metrics.emf', 'on', 'must be true or false'],
  ['metrics.namespace', '', NAMESPACE],
  ['metrics.namespace', 'AWS/Lambda', NAMESPACE],
  ['metrics.namespace', ':x', NAMESPACE],
];
for (const [key, value, expected] of REFUSED) {
  test(`${key} cannot be ${JSON.stringify(value)?.slice(0, 60)}`, (t) => {
    const problems = problemsOf(withKey(key, value));
    t.is(problems.length, 1);
    // Convict shows the value, unless it is falsy.
    const shown = value ? `${expected.endsWith('?') ? '' : ':'} value was ${JSON.stringify(value)}` : '';
    t.is(problems[0], `${key}: ${expected}${shown}`.slice(0, 400) + (problems[0]?.endsWith('…') ? '…' : ''));
  });
}

const ACCEPTED: readonly (readonly [string, unknown])[] = [
  ['poller.name', 'ACME Zürich: outbound 1'],
  ['poller.schedule', '0 0 12 * jan mon-fri'],
  ['poller.schedule', '*/60 */45 0-22/23 ? * *'],
  ['poller.schedule', '0 0 0 29 2 1'],
  ['poller.shutdownTimeout', '0s'],
  ['poller.heartbeatFile', '/run/genesys-poller/heartbeat'],
  ['genesys.requestsPerMinute', 1],
  ['genesys.requestsPerMinute', 301],
  ['genesys.requestsPerMinute', 3_000],
  ['genesys.requestTimeout', '100ms'],
  ['streams.conversations.settle', '0s'],
  ['streams.conversations.overlap', '0s'],
  ['dynamoDb.stateTable', 'a.b-c_1'],
  ['eventBridge.bus', 'default'],
  ['eventBridge.bus', 'arn:aws-us-gov:events:us-gov-west-1:123456789012:event-bus/my.bus'],
  ['eventBridge.source', 'awsome.source'],
  ['eventBridge.maxRequestBytes', 1_048_576],
  ['lease.duration', '3s'],
  ['metrics.namespace', 'Contact Centre/Genesys'],
];
for (const [key, value] of ACCEPTED) {
  test(`${key} can be ${JSON.stringify(value)}`, (t) => {
    t.notThrows(() => load(withKey(key, value)));
  });
}

test('startFrom is now, so long ago, a date, or a timestamp', (t) => {
  const now = 1_769_846_400_000;
  const startFrom = (value: string) =>
    startFromAt(load(withKey('streams.conversations.startFrom', value)).streams.conversations.startFrom, now);
  t.is(startFrom('now'), now);
  t.is(startFrom('24h'), now - 86_400_000);
  t.is(startFrom('2026-01-31T08:00:00+01:00'), 1_769_842_800_000);
  t.is(startFrom('2026-01-31'), 1_769_817_600_000);
});

test('a timestamp in YAML needs no quotes', (t) => {
  const config = load(
    'genesys: {region: us-east-1}\nstreams:\n  conversations:\n    startFrom: 2026-01-31T08:00:00Z\n',
  );
  t.is(config.streams.conversations.startFrom, '2026-01-31T08:00:00Z');
});

test('the event types keep the order in which they were listed', (t) => {
  const include = ['dispositionSet', 'conversationStarted'];
  t.deepEqual(load(withKey('events.include', include)).events.include as readonly string[], include);
});
