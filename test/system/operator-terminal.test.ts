import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { sandboxEnvironment } from '../../src/sandbox/settings.ts';
import { type Stage, setStage } from '../support/stage.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const HOME = '\u001b[H';
const COLOUR = '\u001b[';
/** util-linux's `script` lends a terminal. */
const serial = spawnSync('script', ['--version']).stdout?.includes('util-linux') ? test.serial : test.serial.skip;

/** Runs a command on a terminal; when a question is asked there, it is answered. */
async function onTerminal(stage: Stage, args: string, answer = '', env: Readonly<Record<string, string>> = {}) {
  const command = `exec ${process.execPath} ${MAIN} ${args} --config ${stage.configFile}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: {
      PATH: process.env.PATH ?? '',
      TERM: 'xterm',
      ...sandboxEnvironment({ loginUrl: '', apiUrl: '', dynamoDb: stage.dynamoDb, eventBridge: stage.bus.url }),
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const asked = screen.includes('[y/N]');
    screen += text;
    if (!asked && screen.includes('[y/N]')) child.stdin.write(answer);
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, screen };
}

serial('on a terminal the operator is asked, and only a yes is one', async (t) => {
  const stage = await setStage({ world: { historyPerMinute: 0.1 } });
  t.teardown(stage.close);
  for (const command of ['setup', 'once']) t.is((await stage.run([command])).code, 0);
  const set = 'checkpoint set conversations 1h';
  for (const answer of ['n\r', '\r', '\u0003', '\u0004']) {
    const declined = await onTerminal(stage, set, answer);
    t.is(declined.code, 1);
    t.regex(declined.screen, /goes from 20\S+Z to 20\S+Z\..*Set it\?.*\[y\/N\]/s);
    t.regex(declined.screen, /Nothing was changed/);
  }
  const agreed = await onTerminal(stage, set, 'y\r');
  t.is(agreed.code, 0, agreed.screen);
  t.regex(agreed.screen, /Set the checkpoint of conversations to/);
});

serial('on a terminal there are colours, and with NO_COLOR there are none', async (t) => {
  const stage = await setStage({ world: { historyPerMinute: 0.1 } });
  t.teardown(stage.close);
  await stage.run(['setup']);
  for (const command of ['status', 'check']) {
    t.true((await onTerminal(stage, command)).screen.includes(COLOUR));
    t.false((await onTerminal(stage, command, '', { NO_COLOR: '1' })).screen.includes(COLOUR));
  }
});

serial('a watched status takes the whole screen, look after look, until Ctrl-C', async (t) => {
  const stage = await setStage({ world: { historyPerMinute: 0.1 } });
  t.teardown(stage.close);
  await stage.run(['setup']);
  const command = `exec ${process.execPath} ${MAIN} status --watch 200ms --config ${stage.configFile}`;
  const env = sandboxEnvironment({ loginUrl: '', apiUrl: '', dynamoDb: stage.dynamoDb, eventBridge: stage.bus.url });
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { PATH: process.env.PATH ?? '', TERM: 'xterm', ...env },
  });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const looked = screen.split(HOME).length > 3;
    screen += text;
    if (!looked && screen.split(HOME).length > 3) child.stdin.write('\u0003');
  });
  t.is(await new Promise((resolve) => child.once('close', resolve)), 0);
  t.true(screen.split('poller stage, table').length > 3);
  t.false(screen.includes('\u001b[2J'), 'nothing is cleared before it is drawn over');
  t.true(screen.startsWith('\u001b[?25l') && screen.includes('\u001b[?25h'), 'the cursor comes back');
});
