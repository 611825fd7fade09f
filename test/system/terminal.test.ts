import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { type Stage, setStage } from '../support/stage.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** util-linux's `script` gives a program a terminal to write to. */
const hasTerminals = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

/** The line of a cycle on a terminal of 80 columns, the width where none is known. */
const CYCLE = /^\d\d:\d\d:\d\d {2}[\w-]+ +\d+ records +\d+ published .*lag \d+\.\d s/;

/** What a command writes when its standard output is a terminal, line by line. */
async function onTerminal(stage: Stage, command: string, env = {}): Promise<readonly string[]> {
  const line = `'${process.execPath}' '${MAIN}' ${command} --config '${stage.configFile}'`;
  const child = spawn('script', ['-qec', line, '/dev/null'], { env: { ...stage.environment, ...env } });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return output.split('\r\n').filter(Boolean);
}

(hasTerminals ? test : test.skip)(
  'on a terminal the log is for people, in colours unless NO_COLOR is set, and without metrics',
  async (t) => {
    const stage = await setStage({ world: { historyMs: 600_000 } });
    t.teardown(stage.close);
    await stage.run(['setup']);
    const coloured = await onTerminal(stage, 'once');
    t.true(coloured.some((line) => line.includes('\u001b[')));
    t.true(
      coloured.some((line) => line.includes(' published')),
      coloured.join('\n'),
    );

    const plain = await onTerminal(stage, 'once', { NO_COLOR: '1' });
    t.true(
      plain.some((line) => CYCLE.test(line)),
      plain.join('\n'),
    );
    for (const line of plain) t.regex(line, /^\d\d:\d\d:\d\d {2}\S|^ {10}\S/, 'no colour before the words');
    for (const line of plain) t.notRegex(line, /[{}]|_aws/);
  },
);

(hasTerminals ? test : test.skip)(
  'an audit shows how far it is, and its report below that; not on a dumb terminal',
  async (t) => {
    const stage = await setStage({ world: { historyMs: 600_000 }, jobs: { lagMs: 1_000, queuedMs: 0, runningMs: 0 } });
    t.teardown(stage.close);
    await stage.run(['setup']);
    const command = 'audit --from 8h --to 1s';
    const lines = await onTerminal(stage, command, { TERM: 'xterm' });
    const report = lines.findIndex((line) => line.startsWith('poller stage'));
    t.regex(lines[report - 1] ?? '', /█{24} 100 % {2}at \d\d-\d\d \d\d:\d\d {2}\d+ events, 0 missing?$/);
    t.true(lines.includes('Nothing is missing'), lines.join('\n'));
    const plain = await onTerminal(stage, command, { TERM: 'dumb' });
    t.true(plain[0]?.startsWith('poller stage'), plain.join('\n'));
  },
);
