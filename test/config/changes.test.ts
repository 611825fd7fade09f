import test from 'ava';
import { changeOf } from '../../src/config/changes.ts';
import { keysOf } from '../../src/config/settings.ts';
import { load, withKeys } from '../support/config-file.ts';

const of = (keys: Readonly<Record<string, unknown>> = {}) => load(withKeys(keys));

test('what is the same is no change', (t) => {
  const config = of();
  t.deepEqual(changeOf(config, of()), { config, changed: [], needsRestart: [] });
});

test('keys that may change at run time are listed by their names, and are in the configuration that applies from then on', (t) => {
  const next = of({
    'poller.schedule': '0 * * * * *',
    'streams.conversations.startFrom': '24h',
    'events.include': ['conversationEnded'],
    'genesys.region': 'eu-west-1',
  });
  t.deepEqual(changeOf(of(), next), {
    config: next,
    changed: [
      'poller.schedule',
      'genesys.loginUrl',
      'genesys.apiUrl',
      'streams.conversations.startFrom',
      'events.include',
    ],
    needsRestart: [],
  });
});

test('the place and the names of the state stay as they were until a restart', (t) => {
  const running = of();
  const next = of({
    'poller.name': 'other',
    'dynamoDb.stateTable': 'OtherState',
    'dynamoDb.dedupTable': 'OtherDedup',
    'dedup.cacheSize': 5,
    'dedup.ttl': '9d',
    'poller.heartbeatFile': '/run/heartbeat',
  });
  const change = changeOf(running, next);
  t.deepEqual(change.changed, ['poller.heartbeatFile', 'dedup.ttl']);
  t.deepEqual(change.needsRestart, ['poller.name', 'dynamoDb.stateTable', 'dynamoDb.dedupTable', 'dedup.cacheSize']);
  t.deepEqual(change.config.dynamoDb, running.dynamoDb);
  t.deepEqual(change.config.dedup, { ttl: next.dedup.ttl, cacheSize: running.dedup.cacheSize });
  t.deepEqual(change.config.poller, { ...running.poller, heartbeatFile: '/run/heartbeat' });
});

test('a secret that changed is listed by its name alone', (t) => {
  const next = load(withKeys({}), { env: { GENESYS_CLIENT_ID: 'an-id', GENESYS_CLIENT_SECRET: 'the-new-secret' } });
  const { changed } = changeOf(of(), next);
  t.deepEqual(changed, ['genesys.clientSecret']);
});

test('every key of the configuration is compared', (t) => {
  const running = of();
  for (const [key] of keysOf().filter(([name]) => name !== 'genesys.region')) {
    const names = key.split('.');
    const other = JSON.parse(JSON.stringify(running));
    const section = names.slice(0, -1).reduce((value, name) => value[name], other);
    section[names.at(-1) as string] = 'something else';
    const { changed, needsRestart } = changeOf(running, other);
    t.deepEqual([...changed, ...needsRestart], [key]);
  }
});
