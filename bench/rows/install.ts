import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { installed, type Sides } from '../program.ts';
import type { Row } from '../row.ts';

const MEGABYTE = 1_000_000;

/** What an installation of the npm package takes. */
export async function install({ program }: Sides): Promise<readonly Row[]> {
  const { tarball, modules, packages, remove } = installed(program);
  try {
    return [
      { what: 'npm package, to be copied', unit: 'MB', runs: [statSync(tarball).size / MEGABYTE], digits: 1 },
      { what: 'installed', unit: 'MB', runs: [sizeOf(modules) / MEGABYTE], digits: 1, bound: { atMost: 5 } },
      { what: 'packages that npm installs', unit: '', runs: [packages.length], bound: { atMost: 1 } },
    ];
  } finally {
    remove();
  }
}

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}
