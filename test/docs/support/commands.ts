import { readdirSync, readFileSync } from 'node:fs';

const PROJECT = new URL('../../../', import.meta.url);

/** Every page for operators, consumers and contributors. */
export const PAGES: readonly string[] = [
  ...readdirSync(PROJECT).filter((name) => name.endsWith('.md')),
  ...readdirSync(new URL('docs/', PROJECT))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'examples/consumer/README.md',
];

/** A block of shell commands in a page. */
export interface CommandBlock {
  readonly page: string;
  /** Without the indentation that a list gives it. */
  readonly script: string;
  /** Why no test runs it: the comment `<!-- not run: … -->` on the line before. */
  readonly notRun: string | undefined;
}

const BLOCK = /(?:^ *<!-- not run: (?<reason>.+) -->\n)?^(?<indent> *)```sh\n(?<script>[\s\S]*?)^ *```$/gm;

export function readPage(page: string): string {
  return readFileSync(new URL(page, PROJECT), 'utf8');
}

/** The blocks of a page, in its order. */
export function commandBlocks(page: string): readonly CommandBlock[] {
  return [...readPage(page).matchAll(BLOCK)].map(({ groups = {} }) => ({
    page,
    script: (groups.script ?? '')
      .split('\n')
      .map((line) => line.slice(groups.indent?.length ?? 0))
      .join('\n'),
    notRun: groups.reason,
  }));
}
