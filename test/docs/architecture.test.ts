import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import test from 'ava';

const root = new URL('../../', import.meta.url);
const page = await readFile(new URL('ARCHITECTURE.md', root), 'utf8');

test('every file and folder that the map names exists', (t) => {
  const named = [...page.matchAll(/\b(?:[a-z]+\/)+[a-z0-9-]+\.ts\b/g)].map(([path]) => path);
  const folders = [...page.matchAll(/`([a-z]+)\/`/g)].map(([, folder = '']) => folder);
  t.true(named.length > 30 && folders.length > 10);
  for (const path of [...named, ...folders]) {
    t.true(existsSync(new URL(path.startsWith('test/') ? path : `src/${path}`, root)), path);
  }
});
