import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import { setStage } from '../support/stage.ts';

/** As OpenShift runs a container: a number that no list of users knows, in group 0, and no HOME. */
const UNKNOWN_USER = { uid: 1_000_760_000, gid: 0 };

/** Whether that user may read this project: a clone in a private folder is for its owner only. */
function mayReadProject(): boolean {
  const looking = ['--eval', 'require("node:fs").accessSync(process.argv[1])', import.meta.filename];
  return spawnSync(process.execPath, looking, { cwd: '/', ...UNKNOWN_USER }).status === 0;
}

const asRoot = process.getuid?.() === 0 && mayReadProject() ? test : test.skip;

asRoot('a user without a name and without a home directory polls, and writes the heartbeat by group 0', async (t) => {
  const stage = await setStage({ user: UNKNOWN_USER });
  t.teardown(stage.close);
  const folder = dirname(stage.configFile);
  await chmod(folder, 0o755);
  // The folder of the image: of another user, writable by group 0.
  const heartbeats = join(folder, 'heartbeats');
  await mkdir(heartbeats);
  await chmod(heartbeats, 0o775);
  const heartbeatFile = join(heartbeats, 'heartbeat');
  const config = JSON.parse(await readFile(stage.configFile, 'utf8'));
  const poller = { ...config.poller, heartbeatFile };
  await writeFile(stage.configFile, JSON.stringify({ ...config, poller }));

  t.is((await stage.run(['setup'])).code, 0);
  const daemon = stage.start(['run']);
  await daemon.line(({ event, caughtUp }) => event === 'cycle.completed' && caughtUp === true);
  t.is((await stage.run(['health'])).code, 0);
  daemon.process.kill('SIGTERM');
  t.is((await daemon.ended).code, 0);
  t.true(stage.bus.arrived.length > 0);

  // The SDK then looks for the shared files in a home directory without a known name.
  const without = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' };
  const { code, stdout } = await stage.run(['check'], without);
  t.is(code, 1);
  t.regex(stdout, /✗ AWS region and credentials: .*no credentials that AWS accepts \(CredentialsProviderError\)/);
});
