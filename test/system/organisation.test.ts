import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { startGenesys } from '../../src/sandbox/genesys/server.ts';
import { createSimulator } from '../../src/sandbox/genesys/simulator.ts';
import { SANDBOX_ORGANISATION } from '../../src/sandbox/genesys/tokens.ts';
import { CLIENT } from '../../src/sandbox/settings.ts';
import { type Stage, setStage } from '../support/stage.ts';

const OTHER = { id: '5b0c7a52-0d0e-4a70-b1a9-2f7d1f0c9e11', name: 'Another organisation' };

async function stageOf(t: ExecutionContext): Promise<Stage> {
  const stage = await setStage();
  t.teardown(() => stage.close());
  t.is((await stage.run(['setup'])).code, 0);
  return stage;
}

/** The configuration of a second organisation that was left under the first one's `poller.name`. */
async function secondOrganisation(t: ExecutionContext, stage: Stage): Promise<string> {
  const { id: clientId, secret: clientSecret } = CLIENT;
  const simulator = createSimulator({
    ...{ world: stage.world, now: Date.now, clientId, clientSecret, organisation: OTHER },
  });
  const genesys = await startGenesys({ simulator });
  t.teardown(() => genesys.close());
  const config = JSON.parse(await readFile(stage.configFile, 'utf8'));
  const file = join(dirname(stage.configFile), 'second.json');
  const { loginUrl, apiUrl } = genesys;
  await writeFile(file, JSON.stringify({ ...config, genesys: { ...config.genesys, loginUrl, apiUrl } }));
  return file;
}

test('another organisation under the same poller.name is refused by every command that would use its state', async (t) => {
  const stage = await stageOf(t);
  const first = await stage.run(['once']);
  t.is(first.code, 0, first.stdout + first.stderr);
  const config = await secondOrganisation(t, stage);
  const period = ['--from', '3h', '--to', '2h'];
  for (const command of [['run'], ['once'], ['backfill', ...period], ['audit', ...period]]) {
    const { code, stderr, lines } = await stage.run([...command, '--config', config]);
    t.is(code, 78, command[0]);
    t.regex(stderr, /poller\.name stage belongs to another Genesys organisation/, command[0]);
    t.false(lines.some(({ event }) => event === 'lease.acquired'));
  }
  const { code, stdout } = await stage.run(['check', '--json', '--config', config]);
  t.is(code, 1);
  const { probes } = JSON.parse(stdout) as { probes: { id: string; outcome: string; found: string }[] };
  const probe = probes.find(({ id }) => id === 'poller.name');
  t.is(probe?.outcome, 'failed');
  t.true(probe?.found.includes(OTHER.id));
});

test("a reload to another organisation's client polls nothing and does not end the daemon; put right, it goes on", async (t) => {
  const stage = await stageOf(t);
  const second = await secondOrganisation(t, stage);
  const heartbeat = join(dirname(stage.configFile), 'heartbeat');
  const first = JSON.parse(await readFile(stage.configFile, 'utf8'));
  const configs = {
    first: { ...first, poller: { ...first.poller, heartbeatFile: heartbeat } },
    second: { ...JSON.parse(await readFile(second, 'utf8')), poller: { ...first.poller, heartbeatFile: heartbeat } },
  };
  const put = async (which: keyof typeof configs) => {
    await writeFile(`${stage.configFile}.new`, JSON.stringify(configs[which]));
    await rename(`${stage.configFile}.new`, stage.configFile);
  };
  await put('first');
  const daemon = stage.start(['run']);
  await daemon.line(({ event, caughtUp }) => event === 'cycle.completed' && caughtUp === true);
  const signOfLife = async () => JSON.parse(await readFile(heartbeat, 'utf8')).streams.conversations;

  await put('second');
  const failed = await daemon.line(({ event }) => event === 'cycle.failed');
  t.like(failed, {
    level: 'error',
    stream: 'conversations',
    code: 'organisation.mismatch',
    boundTo: SANDBOX_ORGANISATION.id,
  });
  t.regex(failed.msg, /belongs to another Genesys organisation.*Give this poller a poller\.name of its own/);
  t.like(await signOfLife(), { outcome: 'failed', code: 'organisation.mismatch' });
  const since = daemon.lines.indexOf(failed);

  await put('first');
  const again = await daemon.line((line) => line.event === 'cycle.completed' && daemon.lines.indexOf(line) > since);
  const meanwhile = daemon.lines.slice(since + 1, daemon.lines.indexOf(again)).map(({ event }) => event);
  t.deepEqual(meanwhile, ['config.reloaded', 'lease.acquired', 'cycle.recovered']);
  t.like(await signOfLife(), { outcome: 'completed', consecutiveFailures: 0 });
  t.is(stage.verdict().repeated, 0);
  daemon.process.kill('SIGTERM');
  t.is((await daemon.ended).code, 0);
});
