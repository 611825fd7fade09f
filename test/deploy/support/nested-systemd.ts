import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const SYSTEMD = '/lib/systemd/systemd';
/** Where this machine has its cgroups of the second version. */
const CGROUPS = /^\S+ (\S+) cgroup2 /m.exec(readFileSync('/proc/mounts', 'utf8'))?.[1];

/** Why no systemd can be run on this machine beside its own; undefined if one can. */
export const cannotNest =
  process.getuid?.() === 0 &&
  existsSync(SYSTEMD) &&
  CGROUPS !== undefined &&
  /\boverlay\b/.test(readFileSync('/proc/filesystems', 'utf8')) &&
  spawnSync('unshare', ['--mount', '--pid', '--fork', '--cgroup', 'true']).status === 0
    ? undefined
    : 'that takes root, overlayfs, cgroups of the second version, and namespaces of its own';

/**
 * A machine within this one: the files of `$BELOW` for its own, in which nothing it writes stays; its own
 * processes, cgroups, /run, /tmp and /dev; the same network. Of the units below it knows none that would be
 * started by themselves.
 */
const script = (prepare: string) => `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$SCRATCH"
mkdir "$SCRATCH/upper" "$SCRATCH/work" "$SCRATCH/root"
mount -t overlay overlay -o "lowerdir=$BELOW,upperdir=$SCRATCH/upper,workdir=$SCRATCH/work" "$SCRATCH/root"
cd "$SCRATCH/root"
mkdir -p proc sys run tmp dev
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
for folder in run tmp dev; do mount -t tmpfs tmpfs $folder; done
mkdir dev/shm dev/pts dev/mqueue dev/hugepages
for device in null zero full random urandom tty; do touch dev/$device; mount --bind /dev/$device dev/$device; done
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t mqueue mqueue dev/mqueue
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
rm -rf lib/systemd/system/*.wants usr/lib/systemd/system/*.wants etc/systemd/system/*
printf '[Unit]\\nDescription=Only the poller\\nWants=genesys-poller.service\\n' > etc/systemd/system/nested.target
mkdir etc/systemd/system/genesys-poller.service.d
cp "$DROP_IN" etc/systemd/system/genesys-poller.service.d/
${prepare}
mkdir outside
pivot_root . outside
umount -l /outside
mount --make-rshared /
exec env -i container=nested PATH=/usr/sbin:/usr/bin:/sbin:/bin ${SYSTEMD} --system --unit=nested.target --show-status=0`;

/**
 * The checkout, as if npm had installed it, the Node of this machine, and by hand the units, the
 * configuration, and the drop-in for an AWS access key.
 */
const CHECKOUT = `mkdir -p opt/genesys-poller/bin opt/genesys-poller/lib etc/genesys-poller
mount --bind "$PROJECT" opt/genesys-poller/lib
ln -s ../lib/dist/main.js opt/genesys-poller/bin/genesys-poller
[ -e usr/bin/node ] || touch usr/bin/node
mount --bind "$NODE" usr/bin/node
cp "$ETC"/* etc/genesys-poller/
cp "$PROJECT"/systemd/drop-ins/aws-credentials.conf etc/systemd/system/genesys-poller.service.d/
cp "$PROJECT"/systemd/*.service etc/systemd/system/`;

/** These packages, into a folder from which they can be installed. */
const PACKAGES = `mkdir -p srv/packages
mount --bind "$PACKAGES" srv/packages`;

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface NestedSystemd {
  /** Runs something in it, as root. */
  run(program: string, ...args: readonly string[]): Ran;
  /** The same without holding up this process, in which the services that are simulated live. */
  call(program: string, ...args: readonly string[]): Promise<Ran>;
  /** Properties of the service, as `systemctl show` tells them. */
  show(...properties: readonly string[]): Readonly<Record<string, string>>;
  /**
   * Resolves when the service is in this state; rejects with how it stands after two minutes, since machines
   * can be busy.
   */
  until(state: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a systemd of its own that starts the service, with the files of `etc` for its configuration.
 * `scratch` is an empty folder.
 */
export function startSystemd(project: string, etc: string, scratch: string): NestedSystemd {
  return start(project, scratch, { SCRIPT: script(CHECKOUT), BELOW: '/', ETC: etc, NODE: process.execPath });
}

/**
 * Starts a systemd in a machine made of the root folder `below`, which knows nothing of the poller; packages
 * are in /srv/packages.
 */
export function startMachine(project: string, below: string, packages: string, scratch: string): NestedSystemd {
  return start(project, scratch, { SCRIPT: script(PACKAGES), BELOW: below, PACKAGES: packages });
}

function start(project: string, scratch: string, env: Readonly<Record<string, string>>): NestedSystemd {
  const cgroup = join(CGROUPS ?? '', `genesys-poller-test-${process.pid}`);
  mkdirSync(cgroup);
  const child = spawn(
    'sh',
    [
      '-c',
      'echo $$ > "$CGROUP/cgroup.procs" && exec unshare "$@" sh -c "$SCRIPT"',
      'sh',
      ...['--mount', '--pid', '--fork', '--kill-child', '--cgroup', '--ipc', '--uts'],
    ],
    {
      env: {
        ...{ PATH: '/usr/sbin:/usr/bin:/sbin:/bin', CGROUP: cgroup, SCRATCH: scratch, PROJECT: project },
        ...{ DROP_IN: join(project, 'systemd/drop-ins/log-file.conf'), ...env },
      },
      stdio: 'inherit',
    },
  );
  const manager = () => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
  const inside = () => ['--target', manager(), '--mount', '--pid', '--cgroup', '--ipc', '--uts', '--root', '--wd'];
  const options = { encoding: 'utf8', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } } as const;
  const run: NestedSystemd['run'] = (program, ...args) =>
    spawnSync('nsenter', [...inside(), program, ...args], options);
  const call: NestedSystemd['call'] = (program, ...args) =>
    new Promise((resolve) => {
      const called = execFile('nsenter', [...inside(), program, ...args], options, (_error, stdout, stderr) =>
        resolve({ status: called.exitCode, stdout, stderr }),
      );
    });
  const show: NestedSystemd['show'] = (...properties) => {
    const { stdout } = run('systemctl', 'show', 'genesys-poller', ...properties.map((name) => `--property=${name}`));
    const pairs = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2));
    return Object.fromEntries(pairs) as Record<string, string>;
  };
  return {
    run,
    call,
    show,
    async until(state) {
      for (let looks = 0; looks < 240; looks++) {
        if (manager() !== '' && show('ActiveState').ActiveState === state) return;
        await delay(500);
      }
      throw new Error(run('systemctl', 'status', '--no-pager', '--full', 'genesys-poller').stdout);
    },
    async close() {
      const ended = once(child, 'exit');
      process.kill(Number(manager()), 'SIGKILL');
      await ended;
      // What ran in it is gone with its process 1, which the kernel may take a moment for.
      for (let tries = 0; tries < 50 && existsSync(cgroup); tries++) {
        removeTree(cgroup);
        await delay(100);
      }
    },
  };
}

/** A cgroup is removed from its leaves on; one that still has processes stays. */
function removeTree(cgroup: string): void {
  const { stdout } = spawnSync('find', [cgroup, '-depth', '-type', 'd'], { encoding: 'utf8' });
  for (const folder of stdout.trim().split('\n')) {
    try {
      rmdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
    }
  }
}

/** The files of /etc/genesys-poller. */
export function writeEtc(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}
