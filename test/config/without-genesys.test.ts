import test from 'ava';
import { loadConfig } from '../../src/config/load.ts';
import { failureOf, withFile, withKey } from '../support/config-file.ts';

test('where Genesys is not asked, its credentials need not be there', (t) => {
  withFile('config.json', withKey('poller.name', 'mine'), (file) => {
    t.is(loadConfig({ file, env: {}, withoutGenesys: true }).poller.name, 'mine');
    t.regex(failureOf(() => loadConfig({ file, env: {} })).message, /clientId/);
  });
});

test('its credentials are not looked for either, so that a file of them that this user may not read is no obstacle', (t) => {
  withFile('config.json', withKey('poller.name', 'mine'), (file) => {
    const env = { GENESYS_CLIENT_ID: 'an-id', GENESYS_CLIENT_SECRET_FILE: '/no/such/secret' };
    t.is(loadConfig({ file, env, withoutGenesys: true }).poller.name, 'mine');
  });
});

test('everything else is as strict as ever', (t) => {
  withFile('config.json', withKey('poller.intervall', '30s'), (file) => {
    const failure = failureOf(() => loadConfig({ file, env: {}, withoutGenesys: true }));
    t.is((failure.fields.problems as string[]).length, 1);
    t.regex(failure.message, /poller\.intervall/);
  });
});

test('the region need not be set either: defaults are enough for a command that asks AWS alone', (t) => {
  const { genesys, dynamoDb } = loadConfig({ env: {}, withoutGenesys: true });
  t.is(dynamoDb.stateTable, 'GenesysPollerState');
  t.like(genesys, { loginUrl: '', apiUrl: '', clientId: '', clientSecret: '' });
});
