import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A built program that is measured. */
export interface Program {
  readonly name: string;
  /** `main.js`. */
  readonly main: string;
  /**
   * A module of it, by its path below `src`: the built one, since a module compiled on the fly costs more.
   */
  load<T>(module: string): Promise<T>;
}

/** What is measured, and beside it another build, if one was named. */
export interface Sides {
  readonly program: Program;
  readonly other?: Program;
}

/** The program whose `main.js` stands there; the one of this working copy unless given. */
export function programAt(
  main: string = fileURLToPath(new URL('../dist/main.js', import.meta.url)),
  name = 'this build',
): Program {
  return {
    name,
    main,
    load: async <T>(module: string) => (await import(main.replace(/main\.js$/, module.replace(/\.ts$/, '.js')))) as T,
  };
}

export function sidesOf({ program, other }: Sides): readonly Program[] {
  return other ? [program, other] : [program];
}

/** What npm installs of a program, in a folder of its own. */
export interface Installed {
  readonly tarball: string;
  readonly modules: string;
  readonly main: string;
  /** Folders of packages, relative to `modules`. */
  readonly packages: readonly string[];
  remove(): void;
}

/** Packs a program by the script of its own working copy, and installs that. */
export function installed({ main }: Program): Installed {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-install-'));
  const made = join(folder, 'made');
  const command = ['run', '--silent', 'package', '--', '--only', 'npm', '--out', made];
  const sums = execFileSync('npm', command, { cwd: dirname(dirname(main)), encoding: 'utf8' });
  const tarball = join(made, sums.trim().split(/\s+/)[1] ?? '');
  writeFileSync(join(folder, 'package.json'), '{}');
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: folder, stdio: 'ignore' });
  const modules = join(folder, 'node_modules');
  const lock = readFileSync(join(modules, '.package-lock.json'), 'utf8');
  const packages = Object.keys((JSON.parse(lock) as { packages: Record<string, object> }).packages);
  return {
    tarball,
    modules,
    packages,
    main: join(folder, packages[0] ?? '', 'dist/main.js'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
