import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import test from 'ava';
import { PAGES_AHEAD, PART_SIZE } from '../../src/genesys/conversation-query.ts';
import { WINDOWS_AHEAD } from '../../src/streams/conversations.ts';

const root = new URL('../../', import.meta.url);
const page = await readFile(new URL('ARCHITECTURE.md', root), 'utf8');

test('every file and folder that the map names exists', (t) => {
  const named = [...page.matchAll(/\b(?:[a-z]+\/)+[a-z0-9-]+\.ts\b/g)].map(([path]) => path);
  const folders = [...page.matchAll(/`([a-z]+)\/`/g)].map(([, folder = '']) => folder);
  t.true(named.length > 30 && folders.length > 10);
  for (const path of [...named, ...folders]) t.true(existsSync(new URL(`src/${path}`, root)), path);
});

test('figures of prefetching in the documents are those of the code', async (t) => {
  const text = await readFile(new URL('docs/guarantees.md', root), 'utf8');
  const figures = {
    'windows ahead': WINDOWS_AHEAD,
    'pages ahead': PAGES_AHEAD,
    'conversations for a split': 2 * PART_SIZE,
  };
  for (const [name, figure] of Object.entries(figures)) {
    t.true(text.includes(`${figure.toLocaleString('en-US')} ${FIGURES[name as keyof typeof figures]}`), name);
  }
});

/** The words that follow each figure. */
const FIGURES = {
  'windows ahead': 'windows ahead',
  'pages ahead': 'pages',
  'conversations for a split': 'conversations or more',
} as const;
