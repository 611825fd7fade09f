import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { buildPageParts } from '../../scripts/report/page-parts.ts';
import { ALWAYS, Digest } from '../../src/report/digest.ts';
import { renderPage } from '../../src/report/page.ts';
import { pageModel } from '../../src/report/page-model.ts';
import { unwrap } from '../../src/report/unwrap.ts';
import { Browser, CHROMIUM } from './support/browser.ts';
import { cycle, journald, line, workingDay } from './support/sample-log.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const at = (clock: string) => Date.parse(`2026-11-27T${clock}:00Z`);

/** Each test opens pages of its own in one browser, one after the other. */
const serial = CHROMIUM === undefined ? test.serial.skip : test.serial;
const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-report-'));
let browser: Browser;
test.before(async (t) => {
  if (CHROMIUM === undefined) t.log('Not tested in a browser: install chromium for that');
  else browser = await Browser.start(CHROMIUM);
});
test.after.always(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

async function pageOf(lines: readonly string[], name: string): Promise<string> {
  const digest = new Digest(ALWAYS, NOW);
  for (const text of lines) {
    const found = unwrap(text);
    if (found.kind === 'lines') for (const one of found.lines) digest.take(one, '');
    else digest.lines[found.kind]++;
  }
  const file = join(folder, `${name}.html`);
  writeFileSync(file, renderPage(pageModel(digest, { at: NOW, version: '0.1.0' }), await buildPageParts()));
  return file;
}

/** Clears what earlier pages did, and opens one. */
async function open(file: string, scheme: 'light' | 'dark' = 'light'): Promise<void> {
  browser.requests.length = 0;
  browser.complaints.length = 0;
  await browser.open(file, scheme);
}

/** The cells of a table, row by row. */
async function table(title: string): Promise<readonly (readonly string[])[]> {
  return (await browser.evaluate(
    `[...document.querySelectorAll('[aria-label="${title}"] tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))`,
  )) as string[][];
}

const textOf = (selector: string) => browser.evaluate(`document.querySelector('${selector}')?.innerText ?? ''`);
const countOf = (selector: string) => browser.evaluate(`document.querySelectorAll('${selector}').length`);

serial(
  'the page shows the figures of the log, asks for nothing and complains of nothing, light and dark',
  async (t) => {
    const day = workingDay();
    const file = await pageOf(day.map(journald), 'day');
    const sum = (stream: string, name: string) =>
      day
        .map(({ text }) => JSON.parse(text))
        .filter((one) => one.stream === stream)
        .reduce((total, one) => total + (one[name] ?? 0), 0)
        .toLocaleString('en');
    for (const scheme of ['light', 'dark'] as const) {
      await open(file, scheme);
      t.deepEqual(browser.requests, [`file://${file}`]);
      t.deepEqual(browser.complaints, []);
      t.is(await countOf('.plot canvas'), 10);
      t.deepEqual(String(await textOf('.summary')).split(/\n+/), [
        'The stream conversations was behind for 41 minutes from 09:12, because Genesys throttled.',
        'It caught up at 09:53.',
        'Nothing lost, 2 dead letters.',
      ]);
      const totals = new Map((await table('Totals')).map(([name, ...cells]) => [name, cells]));
      for (const [label, name] of [
        ['published', 'published'],
        ['known again', 'duplicates'],
        ['dead letters', 'deadLettered'],
        ['Genesys requests', 'genesysRequests'],
        ['missed by live, found later', 'missed'],
      ] as const) {
        const streams = ['conversations', 'event-log', 'reconciliation'];
        t.deepEqual(
          totals.get(label),
          streams.map((stream) => sum(stream, name)),
          label,
        );
      }
      t.like((await table('Failures'))[0], { 0: 'genesys.throttled', 2: '2026-11-27 09:12:30' });
    }
  },
);

serial('every plot is drawn: its canvas is not empty, in its own colours', async (t) => {
  await open(await pageOf(workingDay().map(journald), 'drawn'));
  const inks = (await browser.evaluate(`[...document.querySelectorAll('.plot canvas')].map((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let coloured = 0;
    for (let n = 0; n < data.length; n += 4) {
      if (data[n + 3] > 200 && Math.max(data[n], data[n + 1], data[n + 2]) - Math.min(data[n], data[n + 1], data[n + 2]) > 80) coloured++;
    }
    return coloured;
  })`)) as number[];
  t.is(inks.length, 10);
  for (const ink of inks) t.true(ink > 40, inks.join(' '));
});

serial(
  'a drag over one plot zooms all of them, buttons move and undo it, and a legend switches its curve',
  async (t) => {
    await open(await pageOf(workingDay().map(journald), 'zoom'));
    const box = (await browser.evaluate(
      `(({ left, top, width, height }) => ({ left, top, width, height }))(document.querySelector('.plot .u-over').getBoundingClientRect())`,
    )) as { left: number; top: number; width: number; height: number };
    const y = box.top + box.height / 2;
    await browser.mouse('mousePressed', box.left + box.width * 0.25, y);
    await browser.mouse('mouseMoved', box.left + box.width * 0.5, y);
    await browser.mouse('mouseReleased', box.left + box.width * 0.5, y);
    t.regex(String(await textOf('output')), /^2026-11-27 0[89]:\d\d:\d\d – 2026-11-27 1[12]:\d\d:\d\d$/);
    t.regex(String(await textOf('.plot:nth-of-type(2) .note')), /Per 1 min/);
    const press = (label: string) =>
      browser.evaluate(
        `[...document.querySelectorAll('button')].find((one) => one.textContent === '${label}').click()`,
      );
    await press('Later');
    t.regex(String(await textOf('output')), /^2026-11-27 1/);
    await press('Whole log');
    t.regex(String(await textOf('output')), /the whole log/);
    await browser.evaluate(`document.querySelector('.legend button').click()`);
    t.is(await browser.evaluate(`document.querySelector('.legend button').getAttribute('aria-pressed')`), 'false');
    t.deepEqual(browser.complaints, []);
  },
);

serial('pollers are distinguished: chosen one by one, or all together', async (t) => {
  const lines = ['eu', 'us'].flatMap((poller, n) => [
    cycle(at('09:00'), 'conversations', { poller, published: 5 + n, host: `host-${poller}` }),
    cycle(at('09:01'), 'conversations', { poller, published: 5 + n, host: `host-${poller}` }),
  ]);
  await open(await pageOf(lines, 'pollers'));
  const published = async () => (await table('Totals')).find(([label]) => label === 'published');
  const choose = (n: number) =>
    browser.evaluate(
      `{ const select = document.querySelector('select'); select.selectedIndex = ${n}; select.dispatchEvent(new Event('change')); }`,
    );
  t.deepEqual(await published(), ['published', '10', '12']);
  await choose(2);
  t.deepEqual(await published(), ['published', '12']);
  await choose(0);
  t.deepEqual(await published(), ['published', '10', '12']);
});

serial('the number of gaps is that of all, of all pollers or of the chosen one', async (t) => {
  const gap = { level: 'warn', gapStart: '2026-11-27T08:00:00Z', gapEnd: '2026-11-27T08:01:00Z' };
  const lines = [
    ...Array.from({ length: 150 }, (_, n) => line(at('09:00') + n, 'gap.detected', { ...gap, poller: 'eu' })),
    line(at('09:01'), 'gap.detected', { ...gap, poller: 'us' }),
  ];
  await open(await pageOf(lines, 'gaps'));
  const gaps = () =>
    browser.evaluate(
      `[...document.querySelectorAll('.tiles dt')].find((one) => one.textContent === 'gaps').nextSibling.textContent`,
    );
  t.is(await gaps(), '151');
  await browser.evaluate(
    `{ const select = document.querySelector('select'); select.selectedIndex = 1; select.dispatchEvent(new Event('change')); }`,
  );
  t.is(await gaps(), '150');
});

const SCRIPTS = [
  '<script>document.title = "owned"</script>',
  '</script><script>document.title = "owned"</script>',
  '<!--<script>document.title = "owned"',
  '<img src=x onerror="document.title = 1">',
  '"><svg onload=alert(1)>',
  'javascript:alert(1)',
  '\u2028\u2029document.title = "owned"',
  '\u001b]8;;http://example.invalid\u0007link\u001b[2J',
  '{{constructor.constructor("document.title = 1")()}}',
  'http://example.invalid/x.png',
];

serial('hostile lines are shown as what they are and do nothing', async (t) => {
  const lines = SCRIPTS.flatMap((text, n) => [
    cycle(at('09:00') + n, text, { poller: text, host: text, code: text, msg: text, published: n }, 'cycle.failed'),
    line(at('09:01') + n, 'event.deadLettered', { level: 'warn', reason: text, poller: text, msg: text }),
    line(at('09:01') + n, 'daemon.started', { poller: text, host: text, version: text, msg: text }),
    line(at('09:01') + n, 'config.reloaded', { poller: text, changed: [text, text], msg: text }),
    line(at('09:01') + n, 'gap.detected', {
      level: 'warn',
      poller: text,
      msg: text,
      gapStart: '2026-11-27T08:00:00Z',
      gapEnd: '2026-11-27T08:01:00Z',
    }),
    line(at('09:01') + n, 'lease.acquired', { poller: text, stream: text, host: text, fence: n }),
  ]);
  const odd = [
    '{"level":"info","time":"2026-11-27T09:02:00Z","event":"cycle.completed","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"stream":"conversations","published":1e308,"lagSeconds":1e999,"durationMs":-5}',
    '{"level":"info","time":"2026-11-27T09:02:01Z","event":"__proto__","poller":"__proto__","stream":"__proto__"}',
    '{"level":"error","time":"2026-11-27T09:02:02Z","event":"cycle.failed","poller":"constructor","stream":"toString","code":"hasOwnProperty"}',
    `{"level":"info","time":"2026-11-27T09:02:03Z","event":${'['.repeat(5_000)}`,
  ];
  await open(await pageOf([...lines, ...odd], 'hostile'));
  t.regex(String(await browser.evaluate('document.title')), /^genesys-poller 2026-11-27/);
  t.deepEqual(browser.complaints, []);
  t.is(browser.requests.length, 1);
  t.is(await countOf('script'), 2);
  t.is(await countOf('img, svg, iframe, a, object, embed'), 0);
  t.is(await browser.evaluate('({}).polluted'), undefined);
  const failures = await table('Failures');
  t.true(failures.some((cells) => cells.includes(SCRIPTS[1] ?? '')));
  t.false(String(await textOf('main')).includes('\u001b'));
});

serial('even a script that got into the page could not run: its policy allows no other', async (t) => {
  await open(await pageOf([cycle(at('09:00'), 'conversations')], 'policy'));
  await browser.evaluate(`{
    const script = document.createElement('script');
    script.textContent = 'document.title = "owned"';
    document.body.append(script);
    new Image().src = 'http://127.0.0.1:9/x.png';
  }`);
  t.not(await browser.evaluate('document.title'), 'owned');
  t.true(browser.complaints.some((one) => one.includes('Content Security Policy')));
});

serial('on paper it is dark on white, whatever the screen is, and nothing is cut off at the side', async (t) => {
  await open(await pageOf(workingDay().map(journald), 'paper'), 'dark');
  t.is((await browser.print()).subarray(0, 5).toString(), '%PDF-');
  await browser.emulate('print', 'dark');
  const [page, text] = (await browser.evaluate(
    `[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]`,
  )) as string[];
  t.deepEqual([page, text], ['rgb(255, 255, 255)', 'rgb(0, 0, 0)']);
  t.is(await browser.evaluate('getComputedStyle(document.querySelector(".tools button")).display'), 'none');
});

/** In the documents. `WRITE_PICTURES=1` makes it anew. */
const PICTURE = fileURLToPath(new URL('../../docs/report.png', import.meta.url));
/** To the end of the second plot, CSS pixels. */
const PICTURE_HEIGHT = 940;

serial('the picture in the documents is of this page, and small', async (t) => {
  if (process.env.WRITE_PICTURES !== undefined) {
    await open(await pageOf(workingDay().map(journald), 'picture'));
    writeFileSync(PICTURE, await browser.picture(PICTURE_HEIGHT));
  }
  const picture = readFileSync(PICTURE);
  t.true(picture.length < 200_000, `${picture.length} bytes`);
  t.deepEqual([picture.readUInt32BE(16), picture.readUInt32BE(20)], [1_180, PICTURE_HEIGHT]);
});

serial('all that can be used or seen has a name', async (t) => {
  await open(await pageOf(workingDay().map(journald), 'names'));
  t.is(await countOf('[role=img]:not([aria-label*="over time"])'), 0);
  t.deepEqual(
    await browser.evaluate(`[...document.querySelectorAll('button, select, [role=region]')].filter((one) =>
      (one.getAttribute('aria-label') ?? one.closest('label')?.textContent ?? one.textContent).trim() === '').length`),
    0,
  );
  t.is(await browser.evaluate('document.documentElement.lang'), 'en');
  t.is(await countOf('h1'), 1);
});
