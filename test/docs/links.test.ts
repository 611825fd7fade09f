import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const { files } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { readonly files: string[] };

/** Folders that are in the package, beside single files, and may hold pages. */
const PACKED = [...files, 'README.md', 'LICENSE'];

const pages = [
  ...readdirSync(PROJECT).filter((name) => name.endsWith('.md')),
  ...['docs', 'examples', 'src', 'systemd', 'config', 'deploy'].flatMap((folder) =>
    readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  ),
];
const read = (path: string) => readFileSync(join(PROJECT, path), 'utf8');
const isPacked = (path: string) => PACKED.some((one) => path === one || path.startsWith(`${one}/`));

/** The anchors that GitHub makes of a page's headings, and those that stand in it as HTML. */
function anchorsOf(path: string): ReadonlySet<string> {
  const text = read(path).replace(/```[\s\S]*?```/g, '');
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
  const named = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id);
  return new Set([...headings, ...named]);
}

interface Link {
  readonly from: string;
  /** From the folder of the project. */
  readonly path: string;
  readonly anchor: string | undefined;
}

const links: readonly Link[] = pages.flatMap((from) =>
  [...read(from).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(([, target = '', anchor]) => ({
    from,
    path: target === '' ? from : normalize(join(dirname(from), target)),
    anchor,
  })),
);
const shown = ({ from, path, anchor }: Link) => `${from} → ${path}${anchor === undefined ? '' : `#${anchor}`}`;

test('every link leads to a file that exists', (t) => {
  t.true(pages.length > 12 && links.length > 60);
  t.deepEqual(links.filter(({ path }) => !existsSync(join(PROJECT, path))).map(shown), []);
});

test('every anchor is that of a heading', (t) => {
  const anchored = links.filter(({ anchor, path }) => anchor !== undefined && existsSync(join(PROJECT, path)));
  t.true(anchored.length > 30);
  t.deepEqual(anchored.filter(({ path, anchor = '' }) => !anchorsOf(path).has(anchor)).map(shown), []);
});

test('a page in the package links to nothing that the package leaves out', (t) => {
  const inside = links.filter(({ from }) => isPacked(from));
  t.true(inside.length > 50);
  t.deepEqual(inside.filter(({ path }) => !isPacked(path)).map(shown), []);
});

test('no heading of a page has the anchor of another one', (t) => {
  for (const page of pages) {
    const titles = [
      ...read(page)
        .replace(/```[\s\S]*?```/g, '')
        .matchAll(/^#+ (.+)$/gm),
    ].map(([, title]) => title);
    t.deepEqual(
      titles.filter((title, index) => titles.indexOf(title) !== index),
      [],
      page,
    );
  }
});

test('the pages are these, and the README leads to each of them', (t) => {
  const readme = links.filter(({ from }) => from === 'README.md').map(({ path }) => path);
  for (const page of pages.filter((path) => /^(docs\/|[A-Z]+\.md$)/.test(path) && path !== 'README.md')) {
    t.true(readme.includes(page), page);
  }
});

test('lines of prose end at 110 columns', (t) => {
  for (const page of pages) {
    const prose = read(page).replace(/^ *```[\s\S]*?^ *```$/gm, '');
    const long = prose
      .split('\n')
      .filter((line) => [...line].length > 110 && !/^ *(\||<!--| {3}|\S+\)?\S*$)/.test(line));
    t.deepEqual(long, [], page);
  }
});
