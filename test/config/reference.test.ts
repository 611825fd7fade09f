import { readFileSync } from 'node:fs';
import test from 'ava';
import { keysOf } from '../../src/config/settings.ts';
import { EVENT_TYPES } from '../../src/domain/catalogue.ts';
import { load } from '../support/config-file.ts';
import { configReference } from '../support/config-reference.ts';

const EXAMPLE = readFileSync(new URL('../../config/genesys-poller.example.yaml', import.meta.url), 'utf8');
const UNCOMMENTED = EXAMPLE.replace(/^( *)#(?! |$)/gm, '$1');

/** The keys and defaults that operators rely on. A change here is a change for all of them. */
const CONTRACT = {
  'poller.name': 'default',
  'poller.schedule': '*/30 * * * * *',
  'poller.shutdownTimeout': '25s',
  'poller.heartbeatFile': null,
  'poller.watchConfig': true,
  'genesys.region': null,
  'genesys.loginUrl': null,
  'genesys.apiUrl': null,
  'genesys.clientId': null,
  'genesys.clientSecret': null,
  'genesys.requestsPerMinute': 240,
  'genesys.requestTimeout': '30s',
  'streams.conversations.enabled': true,
  'streams.conversations.scope': 'outbound',
  'streams.conversations.startFrom': 'now',
  'streams.conversations.settle': '60s',
  'streams.conversations.overlap': '5m',
  'streams.conversations.lookback': '2d',
  'streams.conversations.maxWindow': '1h',
  'streams.conversations.query': 'changes',
  'streams.reconciliation.enabled': true,
  'streams.reconciliation.schedule': '0 15 * * * *',
  'streams.reconciliation.horizon': '3d',
  'streams.reconciliation.horizonEvery': '6h',
  'streams.eventLog.enabled': true,
  'events.include': EVENT_TYPES,
  'privacy.phoneNumbers': 'mask',
  'enrich.wrapUpCodes': true,
  'enrich.campaigns': true,
  'dynamoDb.stateTable': 'GenesysPollerState',
  'dynamoDb.dedupTable': 'GenesysEventDedup',
  'dedup.ttl': '7d',
  'dedup.cacheSize': 200_000,
  'eventBridge.busType': 'classic',
  'eventBridge.bus': 'genesys-outbound-events',
  'eventBridge.source': 'com.genesys.cloud.outbound',
  'eventBridge.maxRequestBytes': 262_144,
  'eventBridge.concurrency': 16,
  'lease.duration': '30s',
  'log.level': 'info',
  'metrics.emf': true,
  'metrics.namespace': 'GenesysPoller',
};

test('keys and defaults are those of the contract', (t) => {
  t.deepEqual<Record<string, unknown>, Record<string, unknown>>(
    Object.fromEntries(keysOf().map(([name, key]) => [name, key.default])),
    CONTRACT,
  );
});

test('a region and credentials are enough: everything else has its default, durations in milliseconds', (t) => {
  t.deepEqual(load('genesys: {region: us-east-1}'), {
    poller: {
      name: 'default',
      schedule: '*/30 * * * * *',
      shutdownTimeout: 25_000,
      heartbeatFile: null,
      watchConfig: true,
    },
    genesys: {
      loginUrl: 'https://login.mypurecloud.com',
      apiUrl: 'https://api.mypurecloud.com',
      clientId: 'an-id',
      clientSecret: 'a-secret',
      requestsPerMinute: 240,
      requestTimeout: 30_000,
    },
    streams: {
      conversations: {
        enabled: true,
        scope: 'outbound',
        startFrom: 'now',
        settle: 60_000,
        overlap: 300_000,
        lookback: 172_800_000,
        maxWindow: 3_600_000,
        query: 'changes',
      },
      reconciliation: {
        enabled: true,
        schedule: '0 15 * * * *',
        horizon: 259_200_000,
        horizonEvery: 21_600_000,
      },
      eventLog: { enabled: true },
    },
    events: { include: [...EVENT_TYPES] },
    privacy: { phoneNumbers: 'mask' },
    enrich: { wrapUpCodes: true, campaigns: true },
    dynamoDb: { stateTable: 'GenesysPollerState', dedupTable: 'GenesysEventDedup' },
    dedup: { ttl: 604_800_000, cacheSize: 200_000 },
    eventBridge: {
      busType: 'classic',
      bus: 'genesys-outbound-events',
      source: 'com.genesys.cloud.outbound',
      maxRequestBytes: 262_144,
      concurrency: 16,
    },
    lease: { duration: 30_000 },
    log: { level: 'info' },
    metrics: { emf: true, namespace: 'GenesysPoller' },
  });
});

test('the example file works as it stands, and sets nothing but the region', (t) => {
  t.deepEqual(load(EXAMPLE), load('genesys: {region: us-east-1}'));
});

test('the example file shows every key with its default: taking out all # changes nothing', (t) => {
  t.deepEqual(load(UNCOMMENTED), load(EXAMPLE));
  t.not(UNCOMMENTED, EXAMPLE);
  for (const [name] of keysOf()) {
    const last = name.slice(name.lastIndexOf('.') + 1);
    t.regex(EXAMPLE, new RegExp(`^ +#?${last}: \\S`, 'm'), name);
  }
  t.is(UNCOMMENTED.match(/^ +\w+: \S.*$/gm)?.length, keysOf().length);
});

test('the reference has a row for each key, with its default', (t) => {
  const lines = configReference().trimEnd().split('\n');
  t.deepEqual(lines.slice(0, 2), ['| key | default | meaning |', '|---|---|---|']);
  t.is(lines.length, 2 + keysOf().length);
  t.is(
    lines.find((line) => line.includes('`poller.schedule`')),
    '| `poller.schedule` | `*/30 * * * * *` | When to poll: node-cron, six fields, UTC. Polls never overlap. |',
  );
  t.true(configReference().includes('| `poller.heartbeatFile` | none | '));
  t.true(configReference().includes('| `genesys.apiUrl` | from the region | '));
  t.true(configReference().includes('| `dedup.cacheSize` | `200000` | '));
  t.true(configReference().includes('| `events.include` | all | '));
});

test('every row of the reference is a row of three cells', (t) => {
  for (const line of configReference().trimEnd().split('\n').slice(2)) t.regex(line, /^\|[^|]+\|[^|]+\|[^|]+\|$/);
});
