import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { failureOf, load, problemsOf, withFile } from '../support/config-file.ts';

const FILE = 'genesys: {region: us-east-1, clientId: id-of-key, clientSecret: secret-of-key}\n';

/** A configuration file with both keys, a file for each secret, and a directory of systemd credentials. */
interface Places {
  readonly file: string;
  readonly env: {
    readonly GENESYS_CLIENT_ID_FILE: string;
    readonly GENESYS_CLIENT_SECRET_FILE: string;
    readonly CREDENTIALS_DIRECTORY: string;
  };
}

function withPlaces<T>(use: (places: Places) => T): T {
  return withFile('config.yaml', FILE, (file) => {
    const directory = dirname(file);
    const env = {
      GENESYS_CLIENT_ID_FILE: join(directory, 'id'),
      GENESYS_CLIENT_SECRET_FILE: join(directory, 'secret'),
      CREDENTIALS_DIRECTORY: join(directory, 'credentials'),
    };
    writeFileSync(env.GENESYS_CLIENT_ID_FILE, 'id-of-file\n');
    writeFileSync(env.GENESYS_CLIENT_SECRET_FILE, 'secret-of-file\r\n');
    mkdirSync(env.CREDENTIALS_DIRECTORY);
    writeFileSync(join(env.CREDENTIALS_DIRECTORY, 'genesys-client-id'), 'id-of-systemd');
    writeFileSync(join(env.CREDENTIALS_DIRECTORY, 'genesys-client-secret'), 'secret-of-systemd\n');
    return use({ file, env });
  });
}

const secretsOf = ({ genesys }: Config) => [genesys.clientId, genesys.clientSecret];

test('a variable wins over a named file, that over a systemd credential, and that over the key', (t) => {
  withPlaces(({ file, env: { CREDENTIALS_DIRECTORY, ...files } }) => {
    const variables = { GENESYS_CLIENT_ID: 'id-of-variable', GENESYS_CLIENT_SECRET: 'secret-of-variable' };
    const read = (env: Readonly<Record<string, string>>) => secretsOf(loadConfig({ file, env }));
    t.deepEqual(read({ CREDENTIALS_DIRECTORY, ...files, ...variables }), ['id-of-variable', 'secret-of-variable']);
    t.deepEqual(read({ CREDENTIALS_DIRECTORY, ...files }), ['id-of-file', 'secret-of-file']);
    t.deepEqual(read({ CREDENTIALS_DIRECTORY }), ['id-of-systemd', 'secret-of-systemd']);
    t.deepEqual(read({}), ['id-of-key', 'secret-of-key']);
  });
});

test('ID and secret may come from different places', (t) => {
  withPlaces(({ file, env }) => {
    const mixed = { GENESYS_CLIENT_ID: 'id-of-variable', CREDENTIALS_DIRECTORY: env.CREDENTIALS_DIRECTORY };
    t.deepEqual(secretsOf(loadConfig({ file, env: mixed })), ['id-of-variable', 'secret-of-systemd']);
  });
});

test('an empty variable counts as not set', (t) => {
  withPlaces(({ file }) => {
    const env = {
      GENESYS_CLIENT_ID: '',
      GENESYS_CLIENT_SECRET: '',
      GENESYS_CLIENT_ID_FILE: '',
      GENESYS_CLIENT_SECRET_FILE: '',
      CREDENTIALS_DIRECTORY: '',
    };
    t.deepEqual(secretsOf(loadConfig({ file, env })), ['id-of-key', 'secret-of-key']);
  });
});

test('a credentials directory without ours is passed over: a unit may have other credentials', (t) => {
  withPlaces(({ file }) => {
    t.deepEqual(secretsOf(loadConfig({ file, env: { CREDENTIALS_DIRECTORY: dirname(file) } })), [
      'id-of-key',
      'secret-of-key',
    ]);
  });
});

test('a named file that is missing is an error, not a reason to look further', (t) => {
  withPlaces(({ file, env }) => {
    const failure = failureOf(() =>
      loadConfig({ file, env: { ...env, GENESYS_CLIENT_SECRET_FILE: '/no/such/secret' } }),
    );
    t.deepEqual(failure.fields.problems, [
      'genesys.clientSecret: the file /no/such/secret named by GENESYS_CLIENT_SECRET_FILE does not exist',
    ]);
  });
});

test('an unreadable or empty secret file is named', (t) => {
  withPlaces(({ file, env }) => {
    const directory = dirname(file);
    writeFileSync(env.GENESYS_CLIENT_ID_FILE, '\n\r\n');
    const failure = failureOf(() => loadConfig({ file, env: { ...env, GENESYS_CLIENT_SECRET_FILE: directory } }));
    t.deepEqual(failure.fields.problems, [
      `genesys.clientId: the file ${directory}/id named by GENESYS_CLIENT_ID_FILE is empty`,
      `genesys.clientSecret: the file ${directory} named by GENESYS_CLIENT_SECRET_FILE is a directory`,
    ]);
  });
});

test('an unreadable systemd credential is named', (t) => {
  withFile('config.yaml', FILE, (file) => {
    const directory = dirname(file);
    mkdirSync(join(directory, 'genesys-client-id'));
    writeFileSync(join(directory, 'genesys-client-secret'), '');
    t.deepEqual(failureOf(() => loadConfig({ file, env: { CREDENTIALS_DIRECTORY: directory } })).fields.problems, [
      `genesys.clientId: the systemd credential ${directory}/genesys-client-id is a directory`,
      `genesys.clientSecret: the systemd credential ${directory}/genesys-client-secret is empty`,
    ]);
  });
});

test('the message on an unusable secret says where it was found, and does not repeat it', (t) => {
  withPlaces(({ file, env }) => {
    writeFileSync(env.GENESYS_CLIENT_SECRET_FILE, 'hunter2 and more\nhunter3');
    const { message } = failureOf(() =>
      loadConfig({
        file,
        env: { GENESYS_CLIENT_ID: 'hunter1\n', GENESYS_CLIENT_SECRET_FILE: env.GENESYS_CLIENT_SECRET_FILE },
      }),
    );
    const expected = 'must be text without spaces or line breaks; in the file, in quotes if it looks like a number';
    t.true(message.includes(`genesys.clientId: ${expected} (found in the variable GENESYS_CLIENT_ID); `));
    t.true(
      message.includes(
        `genesys.clientSecret: ${expected} (found in the file ${env.GENESYS_CLIENT_SECRET_FILE} named by`,
      ),
    );
    t.notRegex(message, /hunter/);
  });
});

const WRONG_SECRETS = ['86753090', '[hunter2]', '{hunter2: }', 'true', '""', '"hunter2 "', '0x48756e746572'];
for (const secret of WRONG_SECRETS) {
  test(`clientSecret: ${secret} in the file is refused without being shown`, (t) => {
    const text = `genesys:\n  region: us-east-1\n  clientId: an-id\n  clientSecret: ${secret}\n`;
    const { message } = failureOf(() => load(text, { env: {} }));
    t.regex(message, /genesys\.clientSecret:? must be /);
    t.notRegex(message, /hunter|8675|48756|1.2e|true/);
  });
}

test('a client ID of digits only must be quoted, which the message says', (t) => {
  t.deepEqual(problemsOf('genesys: {region: us-east-1, clientId: 123, clientSecret: s}', { env: {} }), [
    'genesys.clientId: must be text without spaces or line breaks; in the file, in quotes if it looks like a number',
  ]);
});
