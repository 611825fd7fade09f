import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { hostProbes } from '../../src/cli/check/host-probes.ts';
import type { ProbeOutcome } from '../../src/cli/check/probe.ts';
import type { Config } from '../../src/config/config.ts';

const USER = 1_000;
const SECRET = { GENESYS_CLIENT_SECRET: 'in the environment' };

function folderOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function findings(options: {
  readonly heartbeatFile?: string;
  readonly file?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
}): Promise<Readonly<Record<string, ProbeOutcome>>> {
  const { heartbeatFile = null, file, env = SECRET, uid = USER } = options;
  const config = { poller: { heartbeatFile } } as Config;
  const context = { signal: new AbortController().signal, count: () => undefined };
  const probes = hostProbes(config, { file, env }, uid);
  return Object.fromEntries(await Promise.all(probes.map(async (probe) => [probe.id, await probe.run(context)])));
}

test('without a heartbeat, files with secrets and root there is nothing to say', async (t) => {
  t.deepEqual(await findings({}), {});
});

test('a heartbeat file that can be written passes, and the one that is there stays as it is', async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'heartbeat');
  t.is((await findings({ heartbeatFile: file })).heartbeat?.outcome, 'passed');
  t.deepEqual(readdirSync(folder), []);
  writeFileSync(file, 'before');
  t.is((await findings({ heartbeatFile: file })).heartbeat?.outcome, 'passed');
  t.is(readFileSync(file, 'utf8'), 'before');
  t.deepEqual(readdirSync(folder), ['heartbeat']);
});

for (const [why, path, code] of [
  ['whose folder is missing', 'missing/heartbeat', 'ENOENT'],
  ['that is a folder', 'folder', 'EISDIR'],
  ['below a file', 'file/heartbeat', 'ENOTDIR'],
] as const) {
  test(`a heartbeat file ${why} is a warning with its remedy`, async (t) => {
    const folder = folderOf(t);
    mkdirSync(join(folder, 'folder'));
    writeFileSync(join(folder, 'file'), '');
    const { heartbeat } = await findings({ heartbeatFile: join(folder, path) });
    t.is(heartbeat?.outcome, 'warning');
    t.regex(heartbeat?.found ?? '', new RegExp(`${path} cannot be written by this user \\(${code}\\)`));
    t.regex(heartbeat?.remedy ?? '', /poller\.heartbeatFile/);
  });
}

test('a secret that others can read is a warning that names the file, never what is in it', async (t) => {
  const file = join(folderOf(t), 'secret');
  writeFileSync(file, 'top-secret');
  const env = { GENESYS_CLIENT_SECRET_FILE: file };
  chmodSync(file, 0o644);
  const { secrets } = await findings({ env });
  t.is(secrets?.outcome, 'warning');
  t.is(secrets?.found, `readable by every user of this host: ${file}`);
  t.false(JSON.stringify(secrets).includes('top-secret'));
  chmodSync(file, 0o640);
  t.is((await findings({ env })).secrets?.outcome, 'passed');
});

test('the configuration file counts as a secret only where the client secret is in it', async (t) => {
  const file = join(folderOf(t), 'config.json');
  writeFileSync(file, '{}');
  chmodSync(file, 0o644);
  t.is((await findings({ file, env: {} })).secrets?.outcome, 'warning');
  t.is((await findings({ file, env: SECRET })).secrets, undefined);
});

test('a secret file that is not there is no matter of its permissions', async (t) => {
  const env = { GENESYS_CLIENT_SECRET_FILE: join(folderOf(t), 'missing') };
  t.is((await findings({ env })).secrets?.outcome, 'passed');
});

test('a secret file that this user cannot look at is a warning, after one that every user can read', async (t) => {
  const folder = folderOf(t);
  const [loop, open] = [join(folder, 'loop'), join(folder, 'open')];
  // Root may search every folder, but follows no loop.
  symlinkSync(loop, loop);
  writeFileSync(open, 'top-secret');
  chmodSync(open, 0o644);
  const env = { GENESYS_CLIENT_SECRET_FILE: join(loop, 'secret') };
  const { secrets } = await findings({ env });
  t.like(secrets, { outcome: 'warning', found: `this user cannot look at ${loop}/secret` });
  t.regex(secrets?.remedy ?? '', /Run `check` as the user that runs the poller/);
  const both = await findings({ env: { ...env, GENESYS_CLIENT_ID_FILE: open } });
  t.is(both.secrets?.found, `readable by every user of this host: ${open}`);
});

(process.getuid?.() === 0 ? test.skip : test)('so is one in a folder that this user may not search', async (t) => {
  const folder = join(folderOf(t), 'closed');
  mkdirSync(folder, { mode: 0o600 });
  const { secrets } = await findings({ env: { GENESYS_CLIENT_SECRET_FILE: join(folder, 'secret') } });
  t.is(secrets?.found, `this user cannot look at ${folder}/secret`);
});

test('root is a warning', async (t) => {
  t.is((await findings({ uid: 0 })).user?.outcome, 'warning');
});
