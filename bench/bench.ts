import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { programAt, type Sides } from './program.ts';
import { type Row, tableOf } from './row.ts';
import { catchUp } from './rows/catch-up.ts';
import { coldStart } from './rows/cold-start.ts';
import { derive } from './rows/derive.ts';
import { endToEnd } from './rows/end-to-end.ts';
import { install } from './rows/install.ts';
import { memory } from './rows/memory.ts';
import { organisation } from './rows/organisation.ts';
import { polls } from './rows/polls.ts';
import { report } from './rows/report.ts';
import { exitCodeOf } from './verdict.ts';

/*
 * npm run bench: measures the built program and prints one table. Exits with 1 if a bound is not met, so that
 * a script can tell.
 *
 *     npm run bench -- --only memory                       one group of rows
 *     npm run bench -- --program /other/dist/main.js       beside another build, in turns
 */

const GROUPS: Readonly<Record<string, (sides: Sides) => Promise<readonly Row[]>>> = {
  'end-to-end': endToEnd,
  'catch-up': catchUp,
  polls,
  derive,
  'cold-start': coldStart,
  memory,
  organisation,
  install,
  report,
};

const { values } = parseArgs({ options: { only: { type: 'string' }, program: { type: 'string' } } });
const names = Object.keys(GROUPS).filter((name) => values.only === undefined || name === values.only);
if (names.length === 0) throw new Error(`--only takes one of ${Object.keys(GROUPS).join(', ')}`);

const sides: Sides = {
  program: programAt(),
  ...(values.program !== undefined && { other: programAt(values.program, 'other build') }),
};
const rows: Row[] = [];
for (const name of names) {
  process.stderr.write(`measuring ${name}\n`);
  rows.push(...((await GROUPS[name]?.(sides)) ?? []));
}
process.stdout.write(`${[setting(), tableOf(rows)].join('\n\n')}\n`);
process.exitCode = exitCodeOf(rows);

/** What the figures hold for. */
function setting(): string {
  const cpus = os.cpus();
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ');
  return [
    `Command: \`${command}\`, commit ${commit()}`,
    `Machine: ${cpus[0]?.model.trim()}, ${cpus.length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GB; ${os.type()} ${os.release()}; Node ${process.version}`,
  ].join('\\\n');
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
