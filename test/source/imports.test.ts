import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
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
