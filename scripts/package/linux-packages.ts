import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIGURATION, sizeOf, stageHostFiles } from './host-files.ts';
import { type Manifest, PROJECT, sourceDate } from './project.ts';
import type { Architecture, Runtime } from './runtime.ts';

const SCRIPTS = join(PROJECT, 'scripts/package');
/** The oldest Node on a host that serves. */
const NODE = '20.19';

/**
 * One of the two packages for hosts: on the host's Node, or with its own for an architecture. Only one can be
 * installed.
 */
export interface Variant {
  readonly name: string;
  readonly other: string;
  readonly runtime?: Runtime;
  readonly architecture?: Architecture;
}

export const PLAIN: Variant = { name: 'genesys-poller', other: 'genesys-poller-standalone' };

export function standalone(runtime: Runtime, architecture: Architecture): Variant {
  return { name: PLAIN.other, other: PLAIN.name, runtime, architecture };
}

/** Why a `.deb` or an `.rpm` cannot be made on this machine; undefined if it can. */
export function cannotMake(kind: 'deb' | 'rpm'): string | undefined {
  const [program, where] = kind === 'deb' ? ['dpkg-deb', 'dpkg'] : ['rpmbuild', 'rpm (Debian) or rpm-build (Red Hat)'];
  const found = spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
  return found ? undefined : `the program ${program} is missing; the distribution's package ${where} has it`;
}

/**
 * Makes a `.deb` of a staged npm package in the folder `out`, with `scratch` for the files in between.
 * Returns the file's name.
 */
export function makeDeb(variant: Variant, manifest: Manifest, folders: Folders): string {
  const { name, other, runtime, architecture } = variant;
  const root = join(folders.scratch, 'deb');
  rmSync(root, { recursive: true, force: true });
  stageHostFiles(folders.staged, root, runtime);
  const control = {
    Package: name,
    Version: manifest.version,
    Architecture: architecture?.deb ?? 'all',
    Maintainer: maintainer(manifest),
    'Installed-Size': sizeOf(root),
    Depends: runtime ? 'libc6 (>= 2.28), libstdc++6 (>= 8), systemd (>= 249)' : `nodejs (>= ${NODE}), systemd (>= 249)`,
    Conflicts: other,
    Replaces: other,
    Section: 'net',
    Priority: 'optional',
    ...(manifest.homepage && { Homepage: manifest.homepage }),
    Description: `${manifest.description.replace(/\.$/, '')}${runtime ? ', with its own Node.js' : ''}`,
  };
  const inside = join(root, 'DEBIAN');
  mkdirSync(inside);
  writeFileSync(join(inside, 'control'), lines(Object.entries(control).map(([key, value]) => `${key}: ${value}`)));
  writeFileSync(join(inside, 'conffiles'), lines(Object.keys(CONFIGURATION)));
  for (const script of readdirSync(join(SCRIPTS, 'debian'))) {
    cpSync(join(SCRIPTS, 'debian', script), join(inside, script));
    chmodSync(join(inside, script), 0o755);
  }
  const file = `${name}_${manifest.version}_${control.Architecture}.deb`;
  // gzip, which every dpkg can read, and which does not depend on the number of processors as xz does.
  const flags = ['--root-owner-group', '-Zgzip', '-z6'];
  run('dpkg-deb', [...flags, '--build', root, join(folders.out, file)]);
  rmSync(root, { recursive: true });
  return file;
}

/** Likewise an `.rpm`. */
export function makeRpm(variant: Variant, manifest: Manifest, folders: Folders): string {
  const { name, other, runtime, architecture } = variant;
  const root = join(folders.scratch, 'rpm');
  rmSync(root, { recursive: true, force: true });
  stageHostFiles(folders.staged, root, runtime);
  const list = join(folders.scratch, 'rpm-files');
  writeFileSync(list, lines(rpmFiles(root)));
  const arch = architecture?.rpm ?? 'noarch';
  const definitions = {
    name_: name,
    version_: manifest.version,
    arch_: arch,
    // Red Hat's package nodejs has an epoch, before which every version of its name is new enough; this is
    // what npm's `engines` is there.
    requires_: runtime ? 'glibc >= 2.28, libstdc++' : `nodejs(engine) >= ${NODE}`,
    conflicts_: other,
    staged_: root,
    files_: list,
    _topdir: join(folders.scratch, 'rpmbuild'),
    _rpmdir: folders.out,
    _rpmfilename: '%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm',
  };
  const defined = Object.entries(definitions).flatMap(([key, value]) => ['--define', `${key} ${value}`]);
  run('rpmbuild', ['-bb', '--quiet', '--target', arch, ...defined, join(SCRIPTS, 'rpm/genesys-poller.spec')]);
  for (const path of ['rpm', 'rpmbuild']) rmSync(join(folders.scratch, path), { recursive: true });
  return `${name}-${manifest.version}-1.${arch}.rpm`;
}

export interface Folders {
  /** The content of the npm package. */
  readonly staged: string;
  readonly scratch: string;
  readonly out: string;
}

/** What the list `%files` says of each file. */
function rpmFiles(root: string): readonly string[] {
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
  const modeOf = (path: string) => CONFIGURATION[path]?.mode.toString(8);
  return [
    '%defattr(-,root,root,-)',
    '%dir /etc/genesys-poller',
    '%dir /usr/lib/genesys-poller',
    ...paths.map((path) =>
      modeOf(path) ? `%config(noreplace) %attr(${modeOf(path)},root,root) "${path}"` : `"${path}"`,
    ),
  ];
}

/** Debian's control file needs one; the publisher of the package says in package.json where reports go. */
function maintainer({ bugs }: Manifest): string {
  const address = typeof bugs === 'object' && bugs !== null && 'email' in bugs ? String(bugs.email) : 'root@localhost';
  return `genesys-poller <${address}>`;
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}

function run(program: string, args: readonly string[]): void {
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(sourceDate()) };
  execFileSync(program, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
}
