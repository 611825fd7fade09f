import { readFileSync } from 'node:fs';
import test from 'ava';
import { PROVOCATIONS, type ProvokedLine, settled } from './support/provoked.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The page's lines, word for word, each by the heading above it. */
function quoted(): readonly ProvokedLine[] {
  const sections = (read('docs/troubleshooting.md').split('\n## Log lines')[0] ?? '').split('\n### ').slice(1);
  return sections.flatMap((section) => {
    const name = /^`([\w.]+)`/.exec(section)?.[1] ?? 'a heading without a code';
    return [...section.matchAll(/^ {4}(.+)$/gm)].map(([, line = '']) => ({ name, line }));
  });
}

const inOrder = (lines: readonly ProvokedLine[]) => lines.map(({ name, line }) => `${name}\n${line}`).sort();

test('each line on the page is what the program says, word for word, when that goes wrong; and each that is provoked is there', async (t) => {
  const provoked: ProvokedLine[] = [];
  for (const provoke of PROVOCATIONS) {
    const { name, line } = await provoke(t);
    provoked.push({ name, line: settled(line) });
  }
  t.deepEqual(inOrder(quoted()), inOrder(provoked));
});

test('every failure code has its section', (t) => {
  const codes = [...read('src/domain/failure.ts').matchAll(/^ +\| '([\w.]+)'/gm)].map(([, code]) => code ?? '');
  t.true(codes.length > 15);
  const sections = new Set(quoted().map(({ name }) => name));
  t.deepEqual(
    codes.filter((code) => !sections.has(code)),
    [],
  );
});
