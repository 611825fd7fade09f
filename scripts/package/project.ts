import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** What is read here of package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  /** What goes into the package besides the program, and always README.md, LICENSE and package.json. */
  readonly files: readonly string[];
  readonly repository?: unknown;
  readonly homepage?: string;
  readonly bugs?: unknown;
}

export function readManifest(): Manifest {
  return JSON.parse(readFileSync(`${PROJECT}/package.json`, 'utf8')) as Manifest;
}

/**
 * The one time that all packages carry, in seconds since 1970: SOURCE_DATE_EPOCH, which other tools of a
 * reproducible build take too, else the time of the last commit.
 */
export function sourceDate(): number {
  const given = process.env.SOURCE_DATE_EPOCH;
  const text = given ?? execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: PROJECT, encoding: 'utf8' }).trim();
  if (!/^\d+$/.test(text)) throw new Error(`SOURCE_DATE_EPOCH has to be a number of seconds, and is ${text}`);
  return Number(text);
}
