import { readFile, writeFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { type Ended, type StageOptions, setStage } from '../support/stage.ts';

/** One clear line about the failure, wherever it is printed; no stack trace, no secret. */
function oneLine(t: ExecutionContext, ended: Ended, code: number, says: RegExp): void {
  t.is(ended.code, code, ended.stdout + ended.stderr);
  const failures = [
    ...ended.lines.filter(({ level }) => level === 'error' || level === 'warn').map(({ msg }) => msg),
    ...ended.stderr.split('\n').filter(Boolean),
  ];
  t.is(failures.length, 1, failures.join('\n'));
  t.regex(failures[0] ?? '', says);
  const all = ended.stdout + ended.stderr;
  t.notRegex(all, /\n\s+at |"stack"/);
  t.false(all.includes('sandbox-secret'), 'the secret is printed');
}

async function staged(t: ExecutionContext, options: StageOptions = {}) {
  const stage = await setStage(options);
  t.teardown(stage.close);
  return stage;
}

test('a wrong secret is one line that says so', async (t) => {
  const stage = await staged(t, { env: { GENESYS_CLIENT_SECRET: 'not-the-one' } });
  await stage.run(['setup']);
  const ended = await stage.run(['once']);
  oneLine(t, ended, 1, /secret/i);
  t.false(ended.stdout.includes('not-the-one'));
});

test('a client that Genesys does not know is one line that says so', async (t) => {
  const stage = await staged(t, { env: { GENESYS_CLIENT_ID: 'nobody' } });
  await stage.run(['setup']);
  oneLine(t, await stage.run(['once']), 1, /client/i);
});

test('an unknown key is one line that names it, and exit code 78', async (t) => {
  const stage = await staged(t);
  const config = JSON.parse(await readFile(stage.configFile, 'utf8'));
  await writeFile(stage.configFile, JSON.stringify({ ...config, poller: { intervall: '30s' } }));
  for (const command of ['run', 'once', 'setup']) oneLine(t, await stage.run([command]), 78, /poller\.intervall/);
});

test('a missing configuration file is one line that names it, and exit code 78', async (t) => {
  const stage = await staged(t);
  oneLine(t, await stage.run(['once', '--config', '/nowhere/poller.yaml']), 78, /\/nowhere\/poller\.yaml/);
});

test('missing tables are one line that says what to run', async (t) => {
  const stage = await staged(t, { buses: ['genesys-outbound-events'] });
  oneLine(t, await stage.run(['once']), 1, /GenesysPollerState.*genesys-poller setup/);
});

test('a missing bus is one line that says what to run, and nothing vanishes', async (t) => {
  const stage = await staged(t, {});
  await stage.run(['setup']);
  const elsewhere = JSON.parse(await readFile(stage.configFile, 'utf8'));
  await writeFile(stage.configFile, JSON.stringify({ ...elsewhere, eventBridge: { bus: 'no-such-bus' } }));
  oneLine(t, await stage.run(['once']), 1, /no-such-bus.*genesys-poller setup/);
  t.is(stage.bus.vanished.length, 0);

  await writeFile(stage.configFile, JSON.stringify(elsewhere));
  t.is((await stage.run(['once'])).code, 0);
  t.deepEqual(stage.verdict().lost, []);
});

test('a Genesys that cannot be reached is one line that says where', async (t) => {
  const stage = await staged(t);
  await stage.run(['setup']);
  const config = JSON.parse(await readFile(stage.configFile, 'utf8'));
  const dead = 'http://127.0.0.1:9';
  await writeFile(stage.configFile, JSON.stringify({ ...config, genesys: { loginUrl: dead, apiUrl: dead } }));
  oneLine(t, await stage.run(['once']), 1, /127\.0\.0\.1:9.*ECONNREFUSED/);
});

test('a missing Genesys permission is one line that names it', async (t) => {
  const stage = await staged(t, { deny: ['analytics:conversationDetail:view'] });
  await stage.run(['setup']);
  oneLine(t, await stage.run(['once']), 1, /analytics:conversationDetail:view/);
});

test('access denied on the bus stops the cycle, keeps the checkpoint and says which permission on which bus', async (t) => {
  const stage = await staged(t);
  await stage.run(['setup']);
  stage.bus.faults.denied.add('PutEvents');
  oneLine(t, await stage.run(['once']), 1, /events:PutEvents.*genesys-outbound-events/);

  stage.bus.faults.none();
  t.is((await stage.run(['once'])).code, 0);
  t.deepEqual(stage.verdict().lost, []);
});

test('wrong usage is exit code 2', async (t) => {
  const stage = await staged(t);
  t.is((await stage.run(['onse'])).code, 2);
  t.is((await stage.run(['once', '--cofnig', 'x'])).code, 2);
  t.is((await stage.run(['--help'])).code, 0);
});
