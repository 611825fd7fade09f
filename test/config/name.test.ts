import test from 'ava';
import { CREDENTIALS, load, problemsOf, withKey } from '../support/config-file.ts';

const named = (GENESYS_POLLER_NAME: string) => ({ env: { ...CREDENTIALS, GENESYS_POLLER_NAME } });

test('what starts the poller may name it, where the file does not', (t) => {
  t.is(load('genesys: {region: us-east-1}', named('acme')).poller.name, 'acme');
  t.is(load(withKey('poller.name', 'of-the-file'), named('acme')).poller.name, 'of-the-file');
  t.is(load('genesys: {region: us-east-1}', named('')).poller.name, 'default');
});

test('a name that is none says where it was found', (t) => {
  t.deepEqual(problemsOf('genesys: {region: us-east-1}', named('a#b')), [
    'poller.name: must be text of 1 to 128 characters without #: value was "a#b" (found in the variable GENESYS_POLLER_NAME)',
  ]);
});
