import { readFile, rename, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { type Line, type Running, type Stage, type StageOptions, setStage } from '../support/stage.ts';

/** Once a year: as good as never. */
const NEVER = '0 0 0 1 1 *';
const LIVE = { reconciliation: { enabled: false }, eventLog: { enabled: false } };

const isEvent = (event: string) => (line: Line) => line.event === event;
const caughtUp = (line: Line) => line.event === 'cycle.completed' && line.caughtUp === true;
const cycles = (daemon: Running) => daemon.lines.filter(isEvent('cycle.completed')).length;

/** Writes the file as an editor does that takes care: beside it, then in its place. */
async function edit(stage: Stage, change: (config: Record<string, Record<string, unknown>>) => void): Promise<void> {
  const config = JSON.parse(await readFile(stage.configFile, 'utf8'));
  change(config);
  await writeFile(`${stage.configFile}.new`, JSON.stringify(config));
  await rename(`${stage.configFile}.new`, stage.configFile);
}

/** Half a call a second, each a few seconds long. */
const living = () => ({ historyMs: 600_000, startAt: Date.now(), callsPerMinute: 60, delayMs: [50, 500] as const });

async function staged(
  schedule = '* * * * * *',
  world: NonNullable<StageOptions['world']> = { historyMs: 600_000 },
): Promise<Stage> {
  const stage = await setStage({ world, config: { poller: { schedule } } });
  await edit(stage, (config) => {
    Object.assign(config.streams ?? {}, LIVE);
  });
  await stage.run(['setup']);
  return stage;
}

test('a schedule that is changed in the file takes effect without a restart, and under the same lease', async (t) => {
  const stage = await staged(NEVER);
  t.teardown(stage.close);
  const daemon = stage.start(['run']);
  await daemon.line(caughtUp);
  const before = cycles(daemon);
  await delay(1_500);
  t.is(cycles(daemon), before, 'nothing is polled before the year is over');

  await edit(stage, ({ poller }) => Object.assign(poller ?? {}, { schedule: '* * * * * *' }));
  const reloaded = await daemon.line(isEvent('config.reloaded'));
  t.like(reloaded, { level: 'info', trigger: 'the file has changed', changed: ['poller.schedule'], needsRestart: [] });
  await daemon.line((line) => line.event === 'cycle.completed' && cycles(daemon) >= before + 3);
  const leases = daemon.lines.filter(isEvent('lease.acquired')).map(({ fence, takenFrom }) => ({ fence, takenFrom }));
  t.deepEqual(leases, [
    { fence: 1, takenFrom: undefined },
    { fence: 2, takenFrom: undefined },
  ]);
  daemon.process.kill('SIGTERM');
  t.is((await daemon.ended).code, 0);
});

test('stopped while the reloaded settings do not reach Genesys, it leaves its leases free', async (t) => {
  const stage = await staged(NEVER);
  t.teardown(stage.close);
  const first = stage.start(['run']);
  await first.line(caughtUp);
  const { genesys } = JSON.parse(await readFile(stage.configFile, 'utf8'));
  await edit(stage, (config) => Object.assign(config.genesys ?? {}, { apiUrl: 'http://127.0.0.1:9' }));
  await first.line((line) => line.event === 'cycle.failed' && line.code === 'genesys.unreachable');
  first.process.kill('SIGTERM');
  t.is((await first.ended).code, 0);

  await edit(stage, (config) => Object.assign(config.genesys ?? {}, { apiUrl: genesys.apiUrl }));
  const second = stage.start(['run']);
  await second.line(caughtUp);
  t.false(second.lines.some(isEvent('lease.standby')));
  t.like(second.lines.find(isEvent('lease.acquired')), { fence: 2, takenFrom: undefined });
  second.process.kill('SIGTERM');
  await second.ended;
});

test('an invalid file is rejected with the reason; what only a restart can change is said; polling goes on meanwhile', async (t) => {
  const stage = await staged();
  t.teardown(stage.close);
  const daemon = stage.start(['run']);
  await daemon.line(caughtUp);
  await edit(stage, ({ poller }) => Object.assign(poller ?? {}, { schedule: 'sometimes' }));
  const rejected = await daemon.line(isEvent('config.rejected'));
  t.regex(rejected.msg, /poller\.schedule: must be a cron expression/);
  const before = cycles(daemon);
  await daemon.line((line) => line.event === 'cycle.completed' && cycles(daemon) > before + 1);
  t.is(daemon.lines.filter(isEvent('config.rejected')).length, 1);

  await edit(stage, (config) => {
    Object.assign(config.poller ?? {}, { schedule: '* * * * * *', name: 'another' });
    config.dynamoDb = { stateTable: 'Elsewhere' };
  });
  const reloaded = await daemon.line(isEvent('config.reloaded'));
  t.like(reloaded, { level: 'warn', changed: [], needsRestart: ['poller.name', 'dynamoDb.stateTable'] });
  const after = cycles(daemon);
  await daemon.line((line) => line.event === 'cycle.completed' && cycles(daemon) > after + 1);
  t.false(daemon.lines.some(isEvent('cycle.failed')));
  daemon.process.kill('SIGTERM');
  t.is((await daemon.ended).code, 0);
});

test('SIGHUP reloads where the file is not watched; another bus is used from the next cycle on', async (t) => {
  const stage = await staged('* * * * * *', living());
  t.teardown(stage.close);
  await edit(stage, (config) => {
    Object.assign(config.poller ?? {}, { watchConfig: false });
    config.eventBridge = { bus: 'another-bus' };
  });
  await stage.run(['setup']);
  await edit(stage, (config) => Object.assign(config, { eventBridge: {} }));
  const daemon = stage.start(['run']);
  await daemon.line(caughtUp);
  await edit(stage, (config) => Object.assign(config, { eventBridge: { bus: 'another-bus' } }));
  await delay(2_500);
  t.false(daemon.lines.some(isEvent('config.reloaded')), 'it was not asked for');

  daemon.process.kill('SIGHUP');
  t.like(await daemon.line(isEvent('config.reloaded')), { trigger: 'SIGHUP', changed: ['eventBridge.bus'] });
  const next = await daemon.line(({ event, fence }) => event === 'lease.acquired' && fence === 2);
  const from = daemon.lines.indexOf(next);
  await daemon.line((line) => daemon.lines.indexOf(line) > from && Number(line.published) > 0);
  t.is(stage.bus.arrived.at(-1)?.bus, 'another-bus');

  await stage.windDown(daemon);
  daemon.process.kill('SIGTERM');
  t.is((await daemon.ended).code, 0);
  const { lost, repeated } = stage.verdict();
  t.deepEqual({ lost, repeated }, { lost: [], repeated: 0 });
});

test('reloads in the middle of catching up lose nothing and repeat nothing', async (t) => {
  const stage = await staged('* * * * * *', { historyMs: 24 * 3_600_000 });
  t.teardown(stage.close);
  // Many windows: catching up lasts longer than the reloads.
  await edit(stage, (config) => {
    Object.assign(config.streams?.conversations ?? {}, { maxWindow: '30m' });
  });
  const daemon = stage.start(['run']);
  for (const concurrency of [3, 2, 5]) {
    const before = cycles(daemon);
    await daemon.line((line) => line.event === 'cycle.completed' && cycles(daemon) > before);
    await edit(stage, (config) => {
      config.eventBridge = { concurrency };
    });
    const reloads = daemon.lines.filter(isEvent('config.reloaded')).length;
    daemon.process.kill('SIGHUP');
    await daemon.line(
      (line) => line.event === 'config.reloaded' && daemon.lines.filter(isEvent('config.reloaded')).length > reloads,
    );
  }
  await daemon.line(caughtUp);
  daemon.process.kill('SIGTERM');
  t.is((await daemon.ended).code, 0);
  t.is(daemon.lines.filter(isEvent('config.reloaded')).length, 3);
  const { lost, repeated, invented } = stage.verdict();
  t.deepEqual({ lost, repeated, invented }, { lost: [], repeated: 0, invented: [] });
});
