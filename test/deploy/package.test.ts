import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { cannotMake } from '../../scripts/package/linux-packages.ts';
import { MADE } from '../../scripts/package/npm-package.ts';
import { sourceDate } from '../../scripts/package/project.ts';
import { PACKED_SCHEMA } from '../../scripts/schema/files.ts';
import { createProgram } from '../../src/cli/program.ts';

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

/** Of the packages for hosts, those that this machine has the tools for. */
const KINDS = (['deb', 'rpm'] as const).filter((kind) => cannotMake(kind) === undefined);
/** The packages, made twice, and what the npm package holds. */
const scratch = mkdtempSync(join(tmpdir(), 'genesys-poller-package-'));
test.after.always(() => rmSync(scratch, { recursive: true }));
const made = [join(scratch, 'first'), join(scratch, 'second')] as const;
const content = join(made[0], 'package');
test.before((t) => {
  t.timeout(180_000);
  const only = ['npm', ...KINDS].flatMap((kind) => ['--only', kind]);
  for (const folder of made) npm('run', '--silent', 'package', '--', ...only, '--out', folder);
  execFileSync('tar', ['-xzf', `${manifest.name}-${manifest.version}.tgz`], { cwd: made[0] });
});
const inside = (path: string) => readFileSync(join(content, path), 'utf8');

test('made twice, the packages are the same to the byte, and their sums are written beside them', (t) => {
  const [first = '', second = ''] = made.map((folder) => readFileSync(join(folder, 'SHA256SUMS'), 'utf8'));
  t.is(first, second);
  t.regex(first, /^[0-9a-f]{64} {2}genesys-eventbridge-poller-[\d.]+\.tgz\n/);
  t.is(first.trimEnd().split('\n').length, 1 + KINDS.length);
  execFileSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: made[0] });
});

test('the package holds the program, its configuration, units, templates, schemas and docs, and nothing else', (t) => {
  const packed = readdirSync(content, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(content, join(entry.parentPath, entry.name)));
  const asTheyAre = sources(...manifest.files.filter((path: string) => !MADE.includes(path)));
  const added = ['README.md', 'LICENSE', 'THIRD-PARTY-LICENSES', 'package.json', 'man/genesys-poller.1'];
  const schema = PACKED_SCHEMA.map((name) => `schema/${name}`);
  const rest = packed.filter((path) => ![...asTheyAre, ...schema, ...added].includes(path));
  t.deepEqual(
    rest.filter((path) => !/^dist\/[\w-]+\.js$/.test(path)),
    [],
    'too much',
  );
  t.deepEqual(
    [...asTheyAre, ...schema, ...added, 'dist/main.js'].filter((path) => !packed.includes(path)),
    [],
    'too little',
  );
});

test('what the package exports is in it', (t) => {
  const paths = Object.values(JSON.parse(inside('package.json')).exports as Record<string, string | { types: string }>)
    .map((target) => (typeof target === 'string' ? target : target.types))
    .map((path) => path.replace('*', 'event.json'));
  t.true(paths.includes('./schema/events.d.ts'));
  for (const path of paths) t.not(inside(path).length, 0, path);
});

test('every link of a page that is packed leads to a file that is packed', (t) => {
  const pages = readdirSync(content, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'));
  t.true(pages.length > 12);
  const broken = pages.flatMap((page) =>
    [...inside(page).matchAll(/\]\((?!\w+:)([^)#\s]+)/g)]
      .filter(([, target = '']) => !existsSync(join(content, dirname(page), target)))
      .map(([, target]) => `${page} → ${target}`),
  );
  t.deepEqual(broken, []);
});

test('it depends on no other package, runs nothing when it is installed, and can be published with its provenance', (t) => {
  const packed = JSON.parse(inside('package.json'));
  t.deepEqual(
    Object.keys(packed).filter((name) => /dependencies|scripts|private/i.test(name)),
    [],
  );
  t.deepEqual(packed.publishConfig, { access: 'public', provenance: true });
  t.deepEqual(packed.bin, { 'genesys-poller': 'dist/main.js' });
  t.regex(inside('dist/main.js'), /^#!\/usr\/bin\/env node\n/);
  t.true(manifest.private, 'the checkout itself, with its dependencies, is not what is published');
});

test('it carries the licence of each package that is bundled: all that production needs, none of development', (t) => {
  const licenses = inside('THIRD-PARTY-LICENSES');
  const named = (name: string) => licenses.includes(`\n${name} ${lock.packages[`node_modules/${name}`].version}\n`);
  t.deepEqual(
    Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }).filter((name) => !named(name)),
    [],
  );
  t.deepEqual(Object.keys(manifest.devDependencies).filter(named), []);
  const sections = licenses.split(`\n${'-'.repeat(80)}\n`).slice(1);
  t.true(sections.length > 50);
  for (const section of sections) t.true(section.trim().length > 60, section);
});

test('the packed program makes a report: what its page needs is inside', (t) => {
  const line =
    '{"level":"info","time":"2026-11-27T09:12:00.000Z","poller":"p","event":"daemon.started","msg":"Polling"}\n';
  const main = join(content, 'dist/main.js');
  const { status, stdout } = spawnSync(process.execPath, [main, 'report'], { input: line, encoding: 'utf8' });
  t.is(status, 0);
  for (const part of ['Leon Sorokin', '.uplot', '"kind":"start"']) t.true(stdout.includes(part), part);
});

test("the sandbox's database is inside, with every action that it loads by name", (t) => {
  const [chunk = ''] = readdirSync(join(content, 'dist')).filter((name) => name.startsWith('dynalite-'));
  const load = `const { default: dynalite } = await import(${JSON.stringify(join(content, 'dist', chunk))}); dynalite();`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', load], { encoding: 'utf8' });
  t.is(status, 0, stderr);
});

test('its manual page is made of its help: every command, and every option', (t) => {
  const page = inside('man/genesys-poller.1');
  const plain = page.replaceAll('\\-', '-').replaceAll('\\e', '\\');
  for (const command of createProgram('0', () => undefined).commands) {
    t.true(plain.includes(`.SS "${command.name()}`), command.name());
    for (const { flags } of command.options) t.true(plain.includes(`.B ${flags}\n`), flags);
  }
  const warnings = spawnSync('man', ['--warnings', '-l', '-'], { input: page, encoding: 'utf8' });
  if (warnings.error === undefined) t.is(warnings.stderr, '');
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

if (KINDS.includes('deb')) {
  test('the .deb asks for a Node that serves, and leaves to the administrator what is in /etc', (t) => {
    const file = join(made[0], `genesys-poller_${manifest.version}_all.deb`);
    const field = (...names: readonly string[]) =>
      execFileSync('dpkg-deb', ['-f', file, ...names], { encoding: 'utf8' });
    t.is(field('Depends'), 'nodejs (>= 20.19), systemd (>= 249)\n');
    const conffiles = execFileSync('dpkg-deb', ['--info', file, 'conffiles'], { encoding: 'utf8' }).trim().split('\n');
    const listed = execFileSync('dpkg-deb', ['--contents', file], { encoding: 'utf8' }).trimEnd().split('\n');
    const inEtc = listed.filter((line) => / \.\/etc\/.*[^/]$/.test(line));
    t.deepEqual(
      inEtc.map((line) => line.split(/ \.(?=\/)/)[1]),
      [...conffiles].sort(),
    );
    t.deepEqual(
      inEtc.filter((line) => line.startsWith('-rw-------')).map((line) => line.split('/').at(-1)),
      ['client-id', 'client-secret'],
    );
    t.true(
      listed.every((line) => line.includes(' root/root ')),
      'the user that builds it owns nothing of it',
    );
    t.true(listed.some((line) => line.endsWith(' ./usr/bin/genesys-poller -> ../lib/genesys-poller/dist/main.js')));
  });

  const root = join(scratch, 'root');
  test.before(() => {
    execFileSync('dpkg-deb', ['--extract', join(made[0], `genesys-poller_${manifest.version}_all.deb`), root]);
  });

  test('the units of the package call its command, and nothing that only an npm installation has', (t) => {
    const main = readFileSync(join(root, 'usr/bin/genesys-poller'), 'utf8');
    t.regex(main, /^#!\/usr\/bin\/node\n/);
    for (const name of ['genesys-poller.service', 'genesys-poller@.service']) {
      const unit = readFileSync(join(root, 'usr/lib/systemd/system', name), 'utf8');
      t.regex(unit, /^ExecStart=\/usr\/bin\/genesys-poller run --config /m);
      t.notRegex(unit, /\/opt\/|\/usr\/bin\/node/);
      const [, page = ''] = /^Documentation=man:genesys-poller\(1\) file:(\S+)$/m.exec(unit) ?? [];
      t.is(readFileSync(join(root, page), 'utf8'), inside('docs/install.md'));
    }
    t.regex(gunzipSync(readFileSync(join(root, 'usr/share/man/man1/genesys-poller.1.gz'))).toString(), /^\.TH GENESYS/);
  });

  test('messages and the installed program refer to pages that are there', (t) => {
    for (const main of [join(content, 'dist/main.js'), join(root, 'usr/bin/genesys-poller')]) {
      const call = (...args: readonly string[]) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
      const { stdout } = call('check', '--offline', '--config', '/no/such/file.yaml');
      const [, page = ''] = /`genesys-poller help (\w+)`/.exec(stdout) ?? [];
      t.is(call('help', page).stdout, inside(`docs/${page}.md`));
    }
  });
}

if (KINDS.includes('rpm')) {
  test('the .rpm asks for the same, and its time is that of the sources', (t) => {
    const file = join(made[0], `genesys-poller-${manifest.version}-1.noarch.rpm`);
    const query = (format: string) =>
      execFileSync('rpm', ['-qp', `--queryformat=${format}`, file], { encoding: 'utf8' });
    t.regex(query('[%{REQUIRENAME} %{REQUIREVERSION}\n]'), /^nodejs\(engine\) 20\.19$/m);
    const configuration = execFileSync('rpm', ['-qpc', file], { encoding: 'utf8' }).trim().split('\n');
    t.deepEqual(
      configuration,
      ['client-id', 'client-secret', 'environment', 'genesys-poller.yaml'].map((name) => `/etc/genesys-poller/${name}`),
    );
    t.is(query('%{BUILDTIME} %{BUILDHOST}'), `${sourceDate()} reproducible`);
  });
}

test('what cannot be made is refused in a sentence, before anything is made', (t) => {
  const { status, stderr } = spawnSync('npm', ['run', '--silent', 'package', '--', '--only', 'snap'], {
    ...{ cwd: PROJECT, encoding: 'utf8' },
  });
  t.is(status, 1);
  t.is(stderr, 'npm run package: --only snap: there is no such kind\n');
});
