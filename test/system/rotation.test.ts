import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { type Running, setStage } from '../support/stage.ts';

const keyFile = (id: string) => `[default]\naws_access_key_id = ${id}\naws_secret_access_key = secret-of-${id}\n`;

/** Lets a cycle begin and end. */
async function nextCycle(daemon: Running): Promise<void> {
  const from = daemon.lines.length;
  await daemon.line((line) => line.event === 'cycle.completed' && daemon.lines.indexOf(line) >= from);
}

test('a new client secret and new AWS keys take effect in a daemon that runs on, each by the replacing of its file', async (t) => {
  const stage = await setStage({ client: { id: 'a-client', secret: 'the-right-secret' } });
  const tables = await startFaultProxy(stage.dynamoDb);
  t.teardown(async () => {
    await tables.close();
    await stage.close();
  });
  await stage.run(['setup']);
  const folder = dirname(stage.configFile);
  const replace = async (path: string, text: string) => {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };
  // As a kubelet projects a Secret: the files are behind a link that it swaps.
  const project = async (version: string, secret: string) => {
    await mkdir(join(folder, version));
    await writeFile(join(folder, version, 'client-secret'), secret);
    await symlink(version, join(folder, '..data.new'));
    await rename(join(folder, '..data.new'), join(folder, '..data'));
  };
  await project('..1', 'the-secret-of-before');
  await symlink('..data/client-secret', join(folder, 'client-secret'));
  const keys = join(folder, 'aws-credentials');
  await replace(keys, keyFile('AKIAFIRST'));
  const daemon = stage.start(['run'], {
    GENESYS_CLIENT_SECRET: '',
    GENESYS_CLIENT_SECRET_FILE: join(folder, 'client-secret'),
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_SHARED_CREDENTIALS_FILE: keys,
    AWS_ENDPOINT_URL_DYNAMODB: tables.url,
  });
  const signedBy = (id: string) => tables.passed.filter(({ authorization }) => authorization.includes(id)).length;

  await daemon.line(({ event, code }) => event === 'cycle.failed' && code === 'genesys.credentials');
  await project('..2', 'the-right-secret');
  await daemon.line(({ event, trigger }) => event === 'config.reloaded' && trigger === 'a secret has changed');
  await nextCycle(daemon);
  t.true(signedBy('AKIAFIRST') > 0);

  await replace(keys, keyFile('AKIASECOND'));
  await nextCycle(daemon);
  t.is(signedBy('AKIASECOND'), 0, 'credentials without an expiry are kept as long as AWS takes them');
  tables.next({ kind: 'error', status: 400, type: 'UnrecognizedClientException', message: 'unknown key' });
  await daemon.line(() => signedBy('AKIASECOND') > 0);

  await replace(keys, keyFile('AKIATHIRD'));
  daemon.process.kill('SIGHUP');
  await daemon.line(() => signedBy('AKIATHIRD') > 0);
  const from = signedBy('AKIASECOND');
  await nextCycle(daemon);
  await nextCycle(daemon);
  t.is(signedBy('AKIASECOND'), from);
  daemon.process.kill('SIGTERM');
  t.is((await daemon.ended).code, 0);
});
