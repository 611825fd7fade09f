import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import type { PageData } from '../../src/report/page-data.ts';
import { cycle, line, workingDay } from '../report/support/sample-log.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const at = (clock: string) => Date.parse(`2026-11-27T${clock}Z`);

const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-report-'));
test.after.always(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function report(args: readonly string[], input: string | Buffer = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'report', ...args], {
    input,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  return { code: status, page: stdout, said: stderr };
}

/** The data that stand in a page. */
function dataOf(page: string): PageData {
  return JSON.parse(/id="data">(.*?)<\/script>/.exec(page)?.[1] ?? '') as PageData;
}

const published = ({ series }: PageData) =>
  series.flatMap(({ sums }) => sums.published ?? []).reduce((sum, value) => sum + value, 0);
const day = workingDay().map(({ text }) => text);
const log = (lines: readonly string[]) => `${lines.join('\n')}\n`;

test('a log on standard input becomes a page on standard output, and a summary on standard error', (t) => {
  const { code, page, said } = report([], log([...day, '{"level":"info","ti', 'Started genesys-poller.service.']));
  t.is(code, 0);
  t.true(page.startsWith('<!doctype html>'));
  t.is(
    said,
    `The report shows ${day.length} lines, from 2026-11-27T06:00:00Z to 2026-11-27T18:00:00Z; left out: 1 broken, 1 of other programs\n`,
  );
  t.true(page.includes('Permission is hereby granted'), 'the licence of uPlot');
  t.deepEqual(page.match(/(?:src|href)=/g), null);
});

test('rotated files, compressed ones and in any order, are one log', (t) => {
  const names = [
    file('poller.log', log(day.slice(1_500))),
    file('poller.log.1', log(day.slice(700, 1_500))),
    file('poller.log.2.gz', gzipSync(log(day.slice(0, 700)))),
  ];
  const out = join(folder, 'out.html');
  const { code, page } = report([...names, '--out', out]);
  t.is(code, 0);
  t.is(page, '');
  const data = dataOf(readFileSync(out, 'utf8'));
  const whole = dataOf(report([], log(day)).page);
  t.deepEqual({ ...data, madeAt: 0 }, { ...whole, madeAt: 0 });
});

const bash = spawnSync('bash', ['--version']).status === 0 ? test : test.skip;

/** Runs `report` with arguments as bash understands them, such as `<(cat FILE)`. */
function reportInBash(args: string) {
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-c', `exec "$@" ${args}`, 'bash', process.execPath, MAIN, 'report'],
    {
      encoding: 'utf8',
      maxBuffer: 1e8,
    },
  );
  return { code: status, page: stdout, said: stderr };
}

bash('a log that can be read only once is read from its first line to its last', (t) => {
  const whole = file('whole.log', log(day));
  const { code, page, said } = reportInBash(`<(cat ${whole})`);
  t.is(code, 0, said);
  t.deepEqual({ ...dataOf(page), madeAt: 0 }, { ...dataOf(report([], log(day)).page), madeAt: 0 });
});

bash('so is each of several, beside files', (t) => {
  const [early, middle, late] = [day.slice(0, 700), day.slice(700, 1_500), day.slice(1_500)].map((lines, n) =>
    file(`part-${n}`, log(lines)),
  );
  for (const args of [`<(cat ${middle}) <(cat ${late}) ${early}`, `${middle} <(cat ${late}) ${early}`]) {
    const { code, page, said } = reportInBash(args);
    t.is(code, 0, said);
    const { lines, series } = dataOf(page);
    t.is(lines.used, day.length);
    t.is(published({ series } as PageData), published(dataOf(report([], log(day)).page)));
  }
});

test('files of several hosts are distinguished by their names', (t) => {
  const acquired = (fence: number) =>
    line(at('09:00:00') + fence, 'lease.acquired', { stream: 'conversations', fence });
  const { page } = report([file('a.log', log([acquired(1)])), file('b.log', log([acquired(2)]))]);
  t.deepEqual(
    dataOf(page).hosts.map((host) => host.slice(-5)),
    ['a.log', 'b.log'],
  );
});

test('a period is cut out of the log', (t) => {
  const lines = ['08:00:00', '09:00:00', '10:00:00'].map((clock) =>
    cycle(at(clock), 'conversations', { published: 5 }),
  );
  const { page } = report(['--since', '2026-11-27T08:30:00Z', '--until', '2026-11-27T09:30:00Z'], log(lines));
  t.is(published(dataOf(page)), 5);
});

test('gzip on standard input is recognised, and a file that is cut off is shown up to the cut', (t) => {
  const whole = gzipSync(log(day));
  t.is(dataOf(report([], whole).page).lines.used, day.length);
  const { code, page } = report([file('cut.gz', whole.subarray(0, whole.length - 2_000))]);
  t.is(code, 0);
  const { used, broken } = dataOf(page).lines;
  t.true(used > 100 && used < day.length);
  t.true(broken >= 1);
});

for (const [what, args, input, code, said] of [
  [
    'a file that does not exist',
    ['/nonexistent/poller.log'],
    '',
    2,
    /^genesys-poller: The log cannot be read: ENOENT.*\n$/,
  ],
  ['a folder', [tmpdir()], '', 2, /^genesys-poller: The log cannot be read: EISDIR.*\n$/],
  ['a folder among files', [MAIN, tmpdir()], '', 2, /^genesys-poller: The log cannot be read: EISDIR.*\n$/],
  ['a page that cannot be written', ['--out', '/nonexistent/x.html'], '', 2, /The report cannot be written: ENOENT/],
  [
    'a period that ends before it begins',
    ['--since', '1h', '--until', '2h'],
    '',
    2,
    /--since has to be before --until/,
  ],
  ['a time without a zone', ['--since', '2026-11-27T08:00:00'], '', 2, /^genesys-poller: "2026-11-27T08:00:00" /],
  [
    'nothing',
    [],
    '',
    1,
    /^genesys-poller: Standard input has no line of the poller's log: 0 lines are of another form/,
  ],
  [
    'lines for people',
    [],
    '09:12:00 info cycle.completed\n',
    1,
    /1 lines are of another form. The report needs the log as JSON/,
  ],
  [
    'a period without a line',
    ['--since', '1h'],
    `${cycle(at('09:00:00'), 'conversations')}\n`,
    1,
    /has 1 lines of the poller, from 2026-11-27T09:00:00.000Z to .* none of the period asked for. Durations count back from now/,
  ],
] as const) {
  test(`${what} is reported in one line, and no page is written`, (t) => {
    const result = report(args, input);
    t.is(result.code, code);
    t.regex(result.said, said);
    t.is(result.said.trimEnd().split('\n').length, 1);
    t.is(result.page, '');
  });
}
