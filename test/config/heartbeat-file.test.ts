import test from 'ava';
import { heartbeatFileOf } from '../../src/config/heartbeat-file.ts';
import { failureOf, withFile, withKeys } from '../support/config-file.ts';

const found = (text: string) => withFile('config.yaml', text, (file) => heartbeatFileOf({ file, env: {} }));
const missed = (text: string) => failureOf(() => found(text));

test('the heartbeat file is found without credentials, and whatever else the configuration holds', (t) => {
  t.is(found(withKeys({ 'poller.heartbeatFile': '/run/poller/heartbeat' })), '/run/poller/heartbeat');
  t.is(found('poller: {heartbeatFile: /run/heartbeat, schedule: never}\nunknown: {}'), '/run/heartbeat');
});

test('the configuration is found by the environment too', (t) => {
  withFile('config.yaml', 'poller: {heartbeatFile: beat}', (file) => {
    t.is(heartbeatFileOf({ env: { GENESYS_POLLER_CONFIG: file } }), 'beat');
  });
});

test('where no heartbeat file is named, the message says what to do', (t) => {
  for (const text of [
    '',
    'genesys: {region: us-east-1}',
    'poller: {heartbeatFile: null}',
    'poller: {heartbeatFile: 7}',
  ]) {
    const failure = missed(text);
    t.is(failure.code, 'config.invalid');
    t.regex(failure.message, /does not set the key\. Set poller\.heartbeatFile/);
  }
  t.regex(failureOf(() => heartbeatFileOf({ env: {} })).message, /there is no configuration file/);
  t.regex(missed('a: [').message, /config\.yaml" has an error in line/);
  t.regex(failureOf(() => heartbeatFileOf({ file: '/nowhere/x.yaml', env: {} })).message, /does not exist/);
});
