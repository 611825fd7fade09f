import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const manifest = JSON.parse(readFileSync(`${PROJECT}/package.json`, 'utf8'));
const lock = JSON.parse(readFileSync(`${PROJECT}/package-lock.json`, 'utf8'));

function npm(...args: readonly string[]): string {
  return execFileSync('npm', args, {
    cwd: PROJECT,
    encoding: 'utf8',
    maxBuffer: 1e8,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Files under version control, and those that will be. */
function sources(...folders: readonly string[]): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', ...folders], {
    cwd: PROJECT,
    encoding: 'utf8',
  });
  return listed.trimEnd().split('\n');
}

test('the package holds the program, its configuration, units, templates, schemas and docs, and nothing else', (t) => {
  const [{ files }] = JSON.parse(npm('pack', '--dry-run', '--json', '--ignore-scripts')) as [
    { readonly files: readonly { readonly path: string }[] },
  ];
  const packed = files.map(({ path }) => path);
  const compiled = sources('src')
    .filter((path) => !path.endsWith('.d.ts'))
    .map((path) => path.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js'));
  const asTheyAre = sources('config', 'docs', 'systemd', 'deploy/aws', 'schema');
  const types = 'dist/domain/published.d.ts';
  const expected = [...compiled, types, ...asTheyAre, 'CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
  t.deepEqual(
    packed.filter((path) => !expected.includes(path)),
    [],
    'too much; where it is in dist, the folder is older than the sources: remove it and build again',
  );
  t.deepEqual(
    expected.filter((path) => !packed.includes(path)),
    [],
    'too little',
  );
});

test('it can be published with its provenance, and begins with a clean build', (t) => {
  t.deepEqual(manifest.publishConfig, { access: 'public', provenance: true });
  t.regex(manifest.scripts.prepack, /rmSync\('dist'.*npm run --silent build/);
  t.deepEqual(manifest.bin, { 'genesys-poller': 'dist/main.js' });
  t.regex(readFileSync(`${PROJECT}/src/main.ts`, 'utf8'), /^#!\/usr\/bin\/env node\n/);
});

/** Licences that ask for no more than their own text to be kept. */
const COMPATIBLE = ['MIT', 'ISC', '0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0'];

interface Locked {
  readonly dev?: boolean;
  readonly license?: string;
}

test('whatever is installed with it may be used with it', (t) => {
  const packages = Object.entries(lock.packages as Record<string, Locked>).filter(([path, { dev }]) => path && !dev);
  t.true(packages.length > 50);
  t.deepEqual(
    packages
      .filter(([, { license = 'none' }]) => !COMPATIBLE.includes(license))
      .map(([path, { license }]) => [path, license]),
    [],
  );
});

test('its bill of materials names every dependency, and none of development', (t) => {
  const { bomFormat, components } = JSON.parse(npm('run', '--silent', 'sbom')) as {
    readonly bomFormat: string;
    readonly components: readonly { readonly name: string }[];
  };
  t.is(bomFormat, 'CycloneDX');
  const names = components.map(({ name }) => name);
  t.deepEqual(
    Object.keys(manifest.dependencies).filter((name) => !names.includes(name)),
    [],
  );
  t.deepEqual(
    Object.keys(manifest.devDependencies).filter((name) => names.includes(name)),
    [],
  );
});

test('a clean install is possible: every package the lock file speaks of is in it', (t) => {
  const locked = Object.keys(lock.packages);
  const missing = Object.entries(
    lock.packages as Record<string, { readonly dependencies?: object; readonly optionalDependencies?: object }>,
  ).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !locked.some((at) => at.endsWith(`node_modules/${name}`)))
      .map((name) => `${name} of ${path || 'the package itself'}`),
  );
  t.deepEqual(missing, []);
});
