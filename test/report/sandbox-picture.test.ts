import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { Browser, CHROMIUM } from './support/browser.ts';

/** In the README. `WRITE_PICTURES=1` makes it anew, of a run of the built program. */
const PICTURE = fileURLToPath(new URL('../../docs/sandbox.png', import.meta.url));
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** CSS pixels. */
const [WIDTH, HEIGHT] = [960, 620];
/** As many lines as fit; the last of them is the verdict. */
const LINES = 31;

const STYLE = `
  body { margin: 0; background: #14181f; color: #d6dbe2; font: 13px/18.5px 'DejaVu Sans Mono', monospace; }
  pre { margin: 0; padding: 20px 24px; } b { color: #7ee787; }`;

test('the picture of the sandbox is small, and has the size of a page', async (t) => {
  if (process.env.WRITE_PICTURES !== undefined && CHROMIUM !== undefined) {
    const { stdout } = spawnSync(process.execPath, [MAIN, 'sandbox'], { encoding: 'utf8' });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .slice(-LINES)
      .map((line) => line.slice(0, 112));
    const text = lines.join('\n').replace(/[&<]/g, (one) => (one === '&' ? '&amp;' : '&lt;'));
    const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-picture-'));
    const file = join(folder, 'sandbox.html');
    const shown = text.replace(/^.*lost \d.*$/m, '<b>$&</b>');
    writeFileSync(file, `<meta charset="utf-8"><style>${STYLE}</style><pre>$ npm run sandbox\n${shown}</pre>`);
    const browser = await Browser.start(CHROMIUM);
    await browser.open(file, 'dark', WIDTH);
    writeFileSync(PICTURE, await browser.picture(HEIGHT, WIDTH));
    await browser.close();
    rmSync(folder, { recursive: true });
  }
  const picture = readFileSync(PICTURE);
  t.true(picture.length < 200_000, `${picture.length} bytes`);
  t.deepEqual([picture.readUInt32BE(16), picture.readUInt32BE(20)], [WIDTH, HEIGHT]);
});
