import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import type { HeartbeatDocument } from '../../src/observability/heartbeat.ts';
import { type Line, type Stage, type StageOptions, setStage } from '../support/stage.ts';

const completed = (line: Line) => line.event === 'cycle.completed';
const LIVE = { reconciliation: { enabled: false }, eventLog: { enabled: false } };

/** A stage whose poller has a heartbeat. */
async function staged(options: StageOptions = {}) {
  const stage = await setStage({ world: { historyMs: 600_000 }, ...options });
  const heartbeat = join(dirname(stage.configFile), 'heartbeat');
  const config = JSON.parse(await readFile(stage.configFile, 'utf8'));
  config.poller.heartbeatFile = heartbeat;
  Object.assign(config.streams, LIVE);
  await writeFile(stage.configFile, JSON.stringify(config));
  await stage.run(['setup']);
  return { stage, heartbeat };
}

async function ask(stage: Stage, env: Readonly<Record<string, string>> = {}, ...args: readonly string[]) {
  const { code, stdout, stderr } = await stage.run(['health', ...args], env);
  return { code, says: stdout + stderr };
}

/** As if so much time had passed: every time in the file is so much earlier. */
async function age(file: string, ms: number): Promise<void> {
  const text = await readFile(file, 'utf8');
  const older = text.replace(/\d{4}-[\d-]+T[\d:.]+Z/g, (time) => new Date(Date.parse(time) - ms).toISOString());
  await writeFile(file, older);
}

test('`health` says fresh of a poller that works, degraded when Genesys is down, stale when no cycle ends, and that it was stopped', async (t) => {
  const { stage, heartbeat } = await staged();
  t.teardown(stage.close);
  t.deepEqual(await ask(stage), { code: 1, says: `stale: the heartbeat file ${heartbeat} does not exist\n` });

  const daemon = stage.start(['run']);
  await daemon.line(completed);
  const fresh = await ask(stage);
  t.is(fresh.code, 0);
  t.regex(fresh.says, /^fresh: conversations completed \d+ s ago, [\d.]+ s behind\n$/);
  const document = JSON.parse(await readFile(heartbeat, 'utf8')) as HeartbeatDocument;
  t.like(document, {
    poller: 'stage',
    pid: daemon.process.pid,
    streams: { conversations: { consecutiveFailures: 0 } },
  });

  stage.simulator.faults.add(...Array.from({ length: 200 }, () => ({ answer: { status: 400 } })));
  await daemon.line(({ event }) => event === 'cycle.failed');
  const degraded = await ask(stage);
  t.is(degraded.code, 0);
  t.regex(
    degraded.says,
    /^degraded: conversations failed (once|\d+ times in a row) \(genesys\.rejected\), last \d+ s ago/,
  );

  // It stands still, and its last sign of life grows old.
  daemon.process.kill('SIGSTOP');
  t.is((await ask(stage)).code, 0, 'not yet');
  await age(heartbeat, 30 * 60_000);
  const stale = await ask(stage);
  t.is(stale.code, 1);
  t.regex(stale.says, /^stale: conversations has ended no cycle since \S+, \d+ s ago \(\d+ s are allowed\)\n$/);

  daemon.process.kill('SIGCONT');
  daemon.process.kill('SIGTERM');
  t.is((await daemon.ended).code, 0);
  const stopped = await ask(stage);
  t.is(stopped.code, 1);
  t.regex(stopped.says, /^stale: the poller was stopped cleanly at /);
});

test('a heartbeat file that a reload leaves behind is stale: its poller writes another one, or none', async (t) => {
  const { stage, heartbeat } = await staged();
  t.teardown(stage.close);
  const daemon = stage.start(['run']);
  await daemon.line(completed);
  const reloadWith = async (file: string | null) => {
    const config = JSON.parse(await readFile(stage.configFile, 'utf8'));
    config.poller.heartbeatFile = file;
    await writeFile(stage.configFile, JSON.stringify(config));
    const before = daemon.lines.length;
    daemon.process.kill('SIGHUP');
    await daemon.line(
      (line) => completed(line) && daemon.lines.slice(before).some(({ event }) => event === 'lease.acquired'),
    );
  };

  const next = `${heartbeat}-next`;
  await reloadWith(next);
  const left = await ask(stage, {}, '--file', heartbeat);
  t.is(left.code, 1);
  t.true(left.says.startsWith(`stale: the poller has written ${next} instead of this file since `), left.says);
  t.is((await ask(stage, {}, '--file', next)).code, 0);

  await reloadWith(null);
  const last = await ask(stage, {}, '--file', next);
  t.is(last.code, 1);
  t.regex(last.says, /^stale: the poller has written no heartbeat file since /);
  daemon.process.kill('SIGTERM');
  t.is((await daemon.ended).code, 0);
  t.regex((await ask(stage, {}, '--file', heartbeat)).says, /^stale: the poller has written /);
});

test('a standby is healthy', async (t) => {
  const { stage, heartbeat } = await staged();
  t.teardown(stage.close);
  const first = stage.start(['run']);
  await first.line(completed);
  const standbyConfig = join(dirname(stage.configFile), 'standby.json');
  const config = JSON.parse(await readFile(stage.configFile, 'utf8'));
  config.poller.heartbeatFile = `${heartbeat}-standby`;
  await writeFile(standbyConfig, JSON.stringify(config));
  const second = stage.start(['run', '--config', standbyConfig]);
  await second.line(({ event }) => event === 'lease.standby');
  const standby = await ask(stage, {}, '--file', `${heartbeat}-standby`);
  t.is(standby.code, 0);
  t.regex(standby.says, /^fresh: conversations standby \d+ s ago\n$/);
  for (const poller of [second, first]) {
    poller.process.kill('SIGTERM');
    await poller.ended;
  }
});

test('`health` needs no credentials and no valid configuration; without a heartbeat file to look at it says what to set', async (t) => {
  const { stage, heartbeat } = await staged();
  t.teardown(stage.close);
  const none = { GENESYS_CLIENT_ID: '', GENESYS_CLIENT_SECRET: '', AWS_REGION: '' };
  t.deepEqual(await ask(stage, none), { code: 1, says: `stale: the heartbeat file ${heartbeat} does not exist\n` });
  const unset = await ask(stage, { ...none, GENESYS_POLLER_CONFIG: '' });
  t.is(unset.code, 78);
  t.regex(unset.says, /^genesys-poller: There is no heartbeat to look at: .*Set poller\.heartbeatFile.*\n$/);
});

test('`health` starts fast: it loads neither the AWS SDK nor an HTTP client', async (t) => {
  const { stage } = await staged();
  t.teardown(stage.close);
  const coverage = join(dirname(stage.configFile), 'coverage');
  await ask(stage, { NODE_V8_COVERAGE: coverage });
  const [report] = await readdir(coverage);
  const { result } = JSON.parse(await readFile(join(coverage, report ?? ''), 'utf8')) as { result: { url: string }[] };
  const loaded = result.map(({ url }) => url).join('\n');
  t.regex(loaded, /dist\/cli\/health\.js/);
  t.notRegex(loaded, /node_modules\/(@aws-sdk|@smithy|axios|pino|convict)\//);
});

test('a heartbeat file that cannot be written is one warning, and polling goes on', async (t) => {
  const { stage } = await staged();
  t.teardown(stage.close);
  const config = JSON.parse(await readFile(stage.configFile, 'utf8'));
  config.poller.heartbeatFile = '/nowhere/heartbeat';
  await writeFile(stage.configFile, JSON.stringify(config));
  const daemon = stage.start(['run']);
  await daemon.line((line) => completed(line) && daemon.lines.filter(completed).length > 2);
  t.is(daemon.lines.filter(({ event }) => event === 'heartbeat.failed').length, 1);
  daemon.process.kill('SIGTERM');
  t.is((await daemon.ended).code, 0);
});
