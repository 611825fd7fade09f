import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from './project.ts';

/**
 * What the publisher has to fill in: npm's provenance compares the first with where the package was built.
 */
const FILLED: readonly (keyof Manifest)[] = ['repository', 'homepage', 'bugs'];

/** Why the checkout in this folder is not fit to be published; empty if it is. */
export function findRefusals(project: string): readonly string[] {
  const read = (file: string) => readFileSync(join(project, file), 'utf8');
  const uncommitted = execFileSync('git', ['status', '--porcelain'], { cwd: project, encoding: 'utf8' });
  return refusalsOf(JSON.parse(read('package.json')), read('CHANGELOG.md'), uncommitted);
}

/** The same, of what was read: package.json, the changelog, and what git says is not committed. */
export function refusalsOf(manifest: Partial<Manifest>, changelog: string, uncommitted: string): readonly string[] {
  const missing = FILLED.filter((key) => manifest[key] === undefined || manifest[key] === '');
  const heading = changelog.split('\n').find((line) => line.startsWith(`## ${manifest.version} `));
  const dated = /^## \S+ \(\d{4}-\d{2}-\d{2}\)$/.test(heading ?? '');
  return [
    ...missing.map((key) => `package.json has no "${key}"; fill it in, then release`),
    ...(dated ? [] : [`CHANGELOG.md has no heading "## ${manifest.version} (YYYY-MM-DD)"`]),
    ...(uncommitted.trim() === '' ? [] : [`not committed:\n${uncommitted.trimEnd()}`]),
  ];
}
