import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));
/** `import … from`, `export … from`, `import '…'` and `import('…')`: types count as much as values. */
const IMPORT = /\b(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'/g;

type Graph = ReadonlyMap<string, readonly string[]>;

test('no module of the program imports itself by way of others, types included', (t) => {
  const graph = importsOf(SOURCE);
  // The expression above is worth nothing if it finds nothing.
  t.true([...graph.values()].flat().length > graph.size);
  t.deepEqual(circlesIn(graph), []);
});

test('no folder of the program imports itself by way of others, types included', (t) => {
  const folders = foldersOf(importsOf(SOURCE));
  t.true(folders.size > 10);
  t.deepEqual(circlesIn(folders), []);
});

test('a circle is found however long it is, and wherever it begins', (t) => {
  const graph: Graph = new Map([
    ['entry', ['a']],
    ['a', ['b', 'leaf']],
    ['b', ['c']],
    ['c', ['a']],
    ['self', ['self']],
    ['leaf', []],
  ]);
  t.deepEqual(circlesIn(graph), ['a → b → c → a', 'self → self']);
});

function importsOf(folder: string): Graph {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    files.map((file) => {
      const names = [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, name = '']) => name);
      return [relative(folder, file), names.map((name) => relative(folder, resolve(dirname(file), name)))];
    }),
  );
}

/** Which folder imports which others. */
function foldersOf(files: Graph): Graph {
  const folders = new Map<string, string[]>();
  for (const [file, imported] of files) {
    const folder = folderOf(file);
    const others = imported.map(folderOf).filter((other) => other !== folder);
    folders.set(folder, [...new Set([...(folders.get(folder) ?? []), ...others])]);
  }
  return folders;
}

/** The first folder of a path below `src`; a file in `src` itself stands for itself. */
function folderOf(file: string): string {
  return file.split(sep)[0] ?? file;
}

/** One circle for each edge that closes one, depth first. */
function circlesIn(graph: Graph): readonly string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      circles.push([...path.slice(start), file].join(' → '));
      return;
    }
    if (done.has(file)) return;
    for (const imported of graph.get(file) ?? []) visit(imported, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return circles;
}
