/**
 * Tests the tests of the domain: `npm run mutate` changes every module of src/domain in every way that
 * Stryker knows, one change at a time, and each time runs the tests of that module, which have to fail. `npm
 * run mutate -- window lease` does so for these modules only.
 *
 * Stryker has no runner for ava, so it is given a command. A command does not learn which module was changed:
 * so Stryker runs once for each module, the command being that module's own tests. It prints the mutants that
 * survived and, in the end, the table of CONTRIBUTING.md; each module's report is left in reports/mutation.
 * Exit code 1 if the score is below MINIMUM.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Stryker } from '@stryker-mutator/core';

/** So many of a hundred mutants have to be found by a test. */
const MINIMUM = 90;

const SOURCES = 'src/domain';
const TESTS = 'test/domain';

/** Modules whose promises are kept, or kept as well, in the tests of another one. */
const TESTED_IN: Readonly<Record<string, readonly string[]>> = {
  catalogue: ['catalogue', 'derive'],
  conversation: ['conversation', 'derive'],
  fact: ['derive-data'],
  'dead-letter': ['dead-letter', 'redrive'],
  'job-limits': ['streams'],
  'log-entry': ['derive-log-entry'],
  'page-size': ['page'],
  piece: ['derive-malformed', 'derive-log-entry', 'derive-data'],
};

/** Types, and a constant table: Stryker finds nothing in them to change. */
const WITHOUT_MUTANTS = ['environment', 'event', 'members'];

/** Thousands of random records each: last, for mutants that everything else has let through. */
const SLOW = ['derive-properties.test.ts', 'derive-growth.test.ts'];

type Options = NonNullable<ConstructorParameters<typeof Stryker>[0]>;
type Mutants = Awaited<ReturnType<Stryker['runMutationTest']>>;

const OPTIONS: Options = {
  testRunner: 'command',
  coverageAnalysis: 'off',
  concurrency: 2,
  // On a busy machine the same tests take a few times as long: only what really hangs shall be called so.
  timeoutMS: 30_000,
  timeoutFactor: 4,
  ignorePatterns: ['**', `!${SOURCES}/**`, `!${TESTS}/**`, '!package.json', '!ava.config.js'],
  reporters: ['html'],
  logLevel: 'warn' as NonNullable<Options['logLevel']>,
};

const modules = readdirSync(SOURCES)
  .map((file) => basename(file, '.ts'))
  .filter((module) => !WITHOUT_MUTANTS.includes(module));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((module) => !modules.includes(module));
if (unknown.length > 0) throw new Error(`${SOURCES} has no ${unknown.join(', ')}`);

const rows: string[] = [];
const all: Mutants = [];
for (const module of wanted.length > 0 ? wanted : modules) {
  const mutants = await mutantsOf(module);
  print(...mutants.filter((mutant) => !isFound(mutant)).map(lineOf));
  rows.push(row(`\`${module}.ts\``, mutants));
  all.push(...mutants);
}
print('', '| module | killed | hung | survived | score |', '|---|---|---|---|---|', ...rows, row('all', all));
if (scoreOf(all) < MINIMUM) process.exitCode = 1;

async function mutantsOf(module: string): Promise<Mutants> {
  const files = testsOf(module);
  if (files.length === 0) throw new Error(`${TESTS} has no tests of ${module}.ts`);
  const command = files.map((file) => `node node_modules/ava/entrypoints/cli.mjs --fail-fast ${TESTS}/${file}`);
  return await new Stryker({
    ...OPTIONS,
    mutate: [`${SOURCES}/${module}.ts`],
    commandRunner: { command: command.join(' && ') },
    htmlReporter: { fileName: `reports/mutation/${module}.html` },
  }).runMutationTest();
}

/** The files that test a module: those that bear its name, or begin with it. */
function testsOf(module: string): readonly string[] {
  const names = TESTED_IN[module] ?? [module];
  const files = names.flatMap((name) =>
    readdirSync(TESTS).filter((file) => file === `${name}.test.ts` || file.startsWith(`${name}-`)),
  );
  return files.sort((a, b) => SLOW.indexOf(a) - SLOW.indexOf(b));
}

function isFound({ status }: Mutants[number]): boolean {
  return status === 'Killed' || status === 'Timeout';
}

function scoreOf(mutants: Mutants): number {
  return (100 * mutants.filter(isFound).length) / Math.max(1, mutants.length);
}

function row(name: string, mutants: Mutants): string {
  const count = (status: string) => mutants.filter((mutant) => mutant.status === status).length;
  const survived = mutants.filter((mutant) => !isFound(mutant)).length;
  return `| ${name} | ${count('Killed')} | ${count('Timeout')} | ${survived} | ${scoreOf(mutants).toFixed(1)} % |`;
}

/** A mutant as one line: where it is, what stood there, and what stands there instead. */
function lineOf({ fileName, location: { start, end }, status, replacement }: Mutants[number]): string {
  const lines = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line);
  const last = lines.length - 1;
  const cut = lines.map((line, index) =>
    line.slice(index > 0 ? 0 : start.column - 1, index < last ? undefined : end.column - 1),
  );
  const was = cut.join(' ').replace(/\s+/g, ' ');
  return `${basename(fileName)}:${start.line} ${status}: ${was} → ${replacement.replace(/\s+/g, ' ')}`;
}

function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
