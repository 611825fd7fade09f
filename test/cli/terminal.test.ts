import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import test from 'ava';
import {
  columns,
  confirm,
  type Dialogue,
  endWithOutput,
  outliveOutput,
  painted,
  painter,
  spoken,
} from '../../src/cli/terminal.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { supportsColour } from '../../src/lib/colour.ts';

const terminal = { isTTY: true } as NodeJS.WriteStream;
const pipe = {} as NodeJS.WriteStream;

test('colours are for terminals alone, and not where NO_COLOR or TERM=dumb says otherwise', (t) => {
  t.true(supportsColour(terminal, {}));
  t.true(supportsColour(terminal, { NO_COLOR: '' }));
  t.false(supportsColour(terminal, { NO_COLOR: '1' }));
  t.false(supportsColour(terminal, { TERM: 'dumb' }));
  t.false(supportsColour(pipe, {}));
});

test('a painter that may not paint changes nothing', (t) => {
  t.is(painter(false)('red', 'text').text, 'text');
  t.is(painter(true)('red', 'text').text, '\u001b[31mtext\u001b[0m');
});

test('what came from outside is escaped in a painted text, colours of our own are not', (t) => {
  const paint = painter(true);
  t.is(painted`${paint('red', 'a\u001b[2J')} b: ${'c\u202e'}`.text, '\u001b[31ma\\u001b[2J\u001b[0m b: c\\u202e');
});

test('a cell is one line, and as wide as it is shown', (t) => {
  t.deepEqual(
    columns([
      ['A', 'B'],
      ['x\n\u001b]0;owned\u0007', 'y'],
    ]),
    [`A${' '.repeat(28)}B`, 'x\\u000a\\u001b]0;owned\\u0007  y'],
  );
});

for (const [failure, code, pattern] of [
  ['EPIPE', 0, /^$/],
  ['ENOSPC', 1, /^genesys-poller: Standard output cannot be written \(ENOSPC\)/],
] as const) {
  test.serial(`output that cannot be written (${failure}) ends the command with ${code}`, (t) => {
    const exits: number[] = [];
    const lines: string[] = [];
    const [stdout, stderr] = [new EventEmitter(), new EventEmitter()];
    const warn = (line: string) => void lines.push(line);
    endWithOutput({ stdout, stderr }, (exitCode) => void exits.push(exitCode), warn);
    t.notThrows(() => stderr.emit('error', Object.assign(new Error(), { code: 'EPIPE' })));
    stdout.emit('error', Object.assign(new Error(), { code: failure }));
    t.deepEqual(exits, [code]);
    t.regex(lines.join(''), pattern);
  });
}

test.serial('a command that changes something goes on without its output, and says once that it is lost', (t) => {
  outliveOutput();
  t.teardown(() => outliveOutput(false));
  for (const [failure, said] of [
    ['EPIPE', 0],
    ['ENOSPC', 1],
  ] as const) {
    const lines: string[] = [];
    const [stdout, stderr] = [new EventEmitter(), new EventEmitter()];
    const warn = (line: string) => void lines.push(line);
    endWithOutput({ stdout, stderr }, () => t.fail(), warn);
    for (const _ of [1, 2]) stdout.emit('error', Object.assign(new Error(), { code: failure }));
    t.is(lines.length, said);
  }
});

test('columns are as wide as their widest cell, without blanks at the end', (t) => {
  t.deepEqual(
    columns([
      ['A', 'LONG', ''],
      ['longer', 'b', 'c'],
    ]),
    ['A       LONG', 'longer  b     c'],
  );
});

for (const [ms, words] of [
  [-5, '0s'],
  [999, '0s'],
  [1_000, '1s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [61_000, '1m 1s'],
  [7_500_000, '2h 5m'],
  [3_601_000, '1h'],
  [90_061_000, '1d 1h'],
] as const) {
  test(`${ms} ms are spoken of as ${words}`, (t) => t.is(spoken(ms), words));
}

test('--yes is an answer to every question', async (t) => {
  t.true(await confirm('Really?', true, dialogue(false)));
});

test('without a terminal and without --yes it is wrong usage, and says what to add', async (t) => {
  await t.throwsAsync(confirm('Really?', false, dialogue(false)), { instanceOf: UsageError, message: /add --yes/ });
});

for (const [answer, means] of [
  ['y\n', true],
  ['YES\n', true],
  ['\n', false],
  ['no\n', false],
  ['yesterday\n', false],
] as const) {
  test(`${JSON.stringify(answer)} on a terminal means ${means ? 'yes' : 'no'}`, async (t) => {
    const { input, output } = dialogue(true);
    const asked = confirm('Really?', false, { input, output });
    input.push(answer);
    t.is(await asked, means);
    t.regex(String(output.read()), /Really\? \[y\/N\] /);
  });
}

test('a closed terminal means no', async (t) => {
  const { input, output } = dialogue(true);
  const asked = confirm('Really?', false, { input, output });
  input.push(null);
  t.false(await asked);
});

function dialogue(isTTY: boolean): Dialogue & { readonly input: PassThrough; readonly output: PassThrough } {
  const stream = () => Object.assign(new PassThrough(), { isTTY });
  return { input: stream(), output: stream() } as never;
}
