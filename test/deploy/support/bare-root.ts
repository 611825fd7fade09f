import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Debian 12, the oldest systemd that is tested; and the next Debian, for what only a new systemd can do.
 */
export type Suite = 'bookworm' | 'forky';
/**
 * Hosts with systemd. The first has both package managers and each shell that is completed. No Node, no npm.
 */
const INCLUDED: Readonly<Record<Suite, string>> = {
  bookworm: 'systemd,libstdc++6,rpm,bash-completion,zsh,fish,man-db',
  forky: 'systemd,libstdc++6',
};

/** Why no bare root can be made on this machine; undefined if one can. */
export const cannotDebootstrap =
  process.getuid?.() === 0 && spawnSync('debootstrap', ['--version']).status === 0
    ? undefined
    : 'that takes root, and debootstrap';

/**
 * The root folder of a bare Debian; made from Debian's mirror where there is none yet. It is kept from one
 * run of the tests to the next: making it takes minutes.
 */
export function bareRoot(suite: Suite): string {
  const included = INCLUDED[suite];
  const root = join(
    tmpdir(),
    `genesys-poller-bare-${suite}-${createHash('sha256').update(included).digest('hex').slice(0, 8)}`,
  );
  if (existsSync(root)) return root;
  const unfinished = `${root}-${process.pid}`;
  const { status, stderr } = spawnSync(
    'debootstrap',
    [
      ...['--variant=minbase', `--include=${included}`, suite, unfinished, 'http://deb.debian.org/debian'],
      // An older debootstrap knows no newer suite by its name. All of them are made in this one way.
      '/usr/share/debootstrap/scripts/sid',
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    throw new Error(stderr);
  }
  renameSync(unfinished, root);
  return root;
}
