import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SUITE = 'bookworm';
/** Kept from one run of the tests to the next: making it takes minutes. */
const ROOT = join(tmpdir(), `genesys-poller-bare-${SUITE}`);
/** A host with systemd and both package managers. No Node, no npm. */
const INCLUDED = 'systemd,libstdc++6,rpm';

/** Why no bare root can be made on this machine; undefined if one can. */
export const cannotDebootstrap =
  process.getuid?.() === 0 && spawnSync('debootstrap', ['--version']).status === 0
    ? undefined
    : 'that takes root, and debootstrap';

/** The root folder of a bare Debian; made from Debian's mirror where there is none yet. */
export function bareRoot(): string {
  if (existsSync(ROOT)) return ROOT;
  const unfinished = `${ROOT}-${process.pid}`;
  const { status, stderr } = spawnSync(
    'debootstrap',
    ['--variant=minbase', `--include=${INCLUDED}`, SUITE, unfinished, 'http://deb.debian.org/debian'],
    { encoding: 'utf8' },
  );
  if (status !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    throw new Error(stderr);
  }
  renameSync(unfinished, ROOT);
  return ROOT;
}
