import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Row } from '../row.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const RUNS = 7;
const MEGABYTE = 1_000_000;

/** What an installation of the npm package takes, and how long the installed program takes to answer at all. */
export async function install(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-install-'));
  try {
    const made = join(folder, 'made');
    const command = ['run', '--silent', 'package', '--', '--only', 'npm', '--out', made];
    const sums = execFileSync('npm', command, { cwd: PROJECT, encoding: 'utf8' });
    const tarball = join(made, sums.trim().split(/\s+/)[1] ?? '');
    writeFileSync(join(folder, 'package.json'), '{}');
    execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: folder, stdio: 'ignore' });
    const installed = join(folder, 'node_modules');
    const { packages } = JSON.parse(readFileSync(join(installed, '.package-lock.json'), 'utf8'));
    const [path = ''] = Object.keys(packages);
    const main = join(folder, path, 'dist/main.js');
    return [
      { what: 'npm package, to be copied', unit: 'MB', runs: [statSync(tarball).size / MEGABYTE], digits: 1 },
      { what: 'installed', unit: 'MB', runs: [sizeOf(installed) / MEGABYTE], digits: 1, bound: { atMost: 5 } },
      { what: 'packages that npm installs', unit: '', runs: [Object.keys(packages).length], bound: { atMost: 1 } },
      { what: '`--help`, process start to end', unit: 'ms', runs: timesOf(main, '--help'), bound: { below: 500 } },
      { what: 'Node alone, process start to end', unit: 'ms', runs: timesOf('--eval', '0') },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}

/** Milliseconds from start to end of each run. */
function timesOf(...args: readonly string[]): readonly number[] {
  return Array.from({ length: RUNS }, () => {
    const startedAt = performance.now();
    spawnSync(process.execPath, args);
    return performance.now() - startedAt;
  });
}
