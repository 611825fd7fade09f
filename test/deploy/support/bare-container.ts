import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Image } from './dockerfile.ts';

/** Why no container can be made on this machine; undefined if one can. */
export const cannotContain =
  process.getuid?.() === 0 && spawnSync('unshare', ['--mount', '--pid', '--fork', 'true']).status === 0
    ? undefined
    : 'that takes root, and namespaces of its own';

/**
 * What a container engine does with an image, as far as matters here: the image's root, read-only, with the
 * Node of this machine in the place of the base image's and the libraries it needs, the files that are
 * mounted, a writable folder for the heartbeat; no shell. Then the entry point as process 1 of its own
 * namespace, as a user without any ability. The network is this machine's.
 */
const SCRIPT = `set -e
mount --make-rprivate /
mount --bind "$ROOT" "$ROOT"
cd "$ROOT"
mkdir -p nodejs/bin lib lib64 usr/lib proc dev
touch nodejs/bin/node dev/null dev/urandom
mount --bind "$NODE" nodejs/bin/node
for folder in lib lib64 usr/lib; do if [ -e "/$folder" ]; then mount --bind "/$folder" "$folder"; fi; done
for device in null urandom; do mount --bind "/dev/$device" "dev/$device"; done
mount --bind "$CONFIG" etc/genesys-poller/genesys-poller.yaml
mount -t tmpfs -o "uid=\${USER_ID%:*},gid=\${USER_ID#*:},mode=0700" tmpfs run/genesys-poller
mount -t proc proc proc
mount -o remount,bind,ro "$ROOT"
exec env -i "$@"`;

/** What an engine finds in the base image's list of users. */
const HOME = { HOME: '/home/nonroot' };

/** A running container. */
export interface Container {
  readonly stdout: string;
  /** The exit code. */
  readonly ended: Promise<number | null>;
  /** To process 1. */
  kill(signal: NodeJS.Signals): void;
  /** Runs something in it, as an engine runs a health check. */
  exec(command: readonly string[]): {
    readonly status: number | null;
    readonly stdout: string;
    readonly stderr: string;
  };
}

/** Runs an image, with this configuration mounted into it, and this in its environment besides its own. */
export function runImage(
  { root, env, user, entrypoint, command }: Image,
  options: {
    readonly config: string;
    readonly env: Readonly<Record<string, string>>;
    readonly command?: readonly string[];
  },
): Container {
  const variables = Object.entries({ ...HOME, ...env, ...options.env }).map(([name, value]) => `${name}=${value}`);
  const asUser = ['/usr/sbin/chroot', `--userspec=${user}`, root];
  const child = spawn(
    'unshare',
    [
      ...['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', SCRIPT, 'sh'],
      ...[...variables, ...asUser, ...entrypoint, ...(options.command ?? command)],
    ],
    {
      env: {
        ...{ PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ROOT: root, NODE: process.execPath },
        ...{ CONFIG: options.config, USER_ID: user },
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const [uid = '', gid = ''] = user.split(':');
  return {
    get stdout() {
      return stdout;
    },
    ended: once(child, 'close').then(([code]) => code as number | null),
    kill: (signal) => process.kill(firstOf(child), signal),
    exec(inside) {
      const into = ['--target', String(firstOf(child)), '--mount', '--pid', '--root', '--setuid', uid, '--setgid', gid];
      return spawnSync('nsenter', [...into, ...inside], {
        encoding: 'utf8',
        env: { ...HOME, ...env, ...options.env },
      });
    },
  };
}

/** Process 1 of the container, by its number outside. */
function firstOf({ pid }: ChildProcess): number {
  const [first = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return Number(first);
}
