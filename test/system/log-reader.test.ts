import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { Fifo } from '../support/fifo.ts';
import { type Stage, setStage } from '../support/stage.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The services run in this process too: to look without a pause would slow them down. Milliseconds. */
const LOOK_EVERY = 20;

/** The program, with something of the test's own for its standard output. */
function started(stage: Stage, command: string, stdout: number) {
  const env = { ...stage.environment, GENESYS_POLLER_CONFIG: stage.configFile };
  const child = spawn(process.execPath, [MAIN, command], { env, stdio: ['ignore', stdout, 'pipe'] });
  let stderr = '';
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<{ code: number | null; signal: string | null; stderr: string }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stderr }));
  });
  return { child: child as ChildProcess, ended };
}

/** Everything of the world is on the bus. */
async function published(stage: Stage): Promise<void> {
  while (stage.verdict().lost.length > 0) await wait(LOOK_EVERY);
}

for (const [what, output] of [
  [
    'a pipe that is full and never read',
    () => {
      const fifo = new Fifo();
      fifo.fill();
      return { fd: fifo.writer('blocking'), close: () => fifo.close() };
    },
  ],
  [
    'a pipe whose reader has gone',
    () => {
      const fifo = new Fifo();
      const fd = fifo.writer('blocking');
      fifo.leave();
      return { fd, close: () => fifo.close() };
    },
  ],
  ['a full disk', () => ({ fd: openSync('/dev/full', 'w'), close: () => undefined })],
] as const) {
  test(`a daemon whose log goes into ${what} publishes everything, and SIGTERM ends it in order`, async (t) => {
    const config = { log: { level: 'debug' }, poller: SHORT_BUDGET };
    const stage = await setStage({ world: SMALL, config });
    const { fd, close } = output();
    t.teardown(close);
    t.teardown(stage.close);
    await stage.run(['setup']);
    const { child, ended } = started(stage, 'run', fd);
    t.teardown(() => child.kill('SIGKILL'));
    await published(stage);
    child.kill('SIGTERM');
    t.deepEqual(await ended, { code: 0, signal: null, stderr: '' });
  });
}

const SMALL = { historyMs: 1_800_000 };
/** The last lines have this long to be read. */
const SHORT_BUDGET = { shutdownTimeout: '2s' };

test('a command that runs once delivers every line to a reader that is slow, and only then ends', async (t) => {
  const stage = await setStage({ world: SMALL });
  const fifo = new Fifo();
  t.teardown(() => fifo.close());
  t.teardown(stage.close);
  await stage.run(['setup']);
  const filling = fifo.fill();
  const { child, ended } = started(stage, 'once', fifo.writer('blocking'));
  t.teardown(() => child.kill('SIGKILL'));
  while (stage.bus.arrived.length === 0) await wait(LOOK_EVERY);
  let text = '';
  let isRunning = true;
  void ended.then(() => {
    isRunning = false;
  });
  for (; isRunning; text += fifo.read()) await wait(LOOK_EVERY);
  text += fifo.read();
  t.is((await ended).code, 0);
  t.true(text.startsWith(filling));
  const lines = text.slice(filling.length).trimEnd().split('\n');
  const events = lines.map((line) => (JSON.parse(line) as { event: string }).event);
  t.is(events[0], 'lease.acquired');
  t.is(events.at(-1), 'cycle.completed');
});
