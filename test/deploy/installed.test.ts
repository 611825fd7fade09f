import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { BARE_ENVIRONMENT } from './support/environment.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const PACKAGE = 'genesys-eventbridge-poller';
/** Nothing is asked of a registry: no server listens there. */
const ALONE = ['--no-audit', '--no-fund', '--offline', '--registry', 'http://127.0.0.1:9/'];

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program as a stranger would. */
function run(cwd: string, program: string, ...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env: BARE_ENVIRONMENT, maxBuffer: 1e8 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

/** Packs a copy of the sources: what lies about in the working tree has no part in it. */
async function pack(folder: string): Promise<string> {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: PROJECT, encoding: 'utf8' });
  for (const file of files.trimEnd().split('\n')) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(PROJECT, file), join(folder, file));
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  const { stdout, stderr, code } = await run(folder, 'npm', 'run', '--silent', 'package', '--', '--only', 'npm');
  if (code !== 0) throw new Error(stderr);
  return join(folder, 'build', stdout.trim().split('  ')[1] ?? '');
}

if (!process.env.TEST_DEPLOY) {
  test.skip('the package is not installed: that takes a minute, `npm run test:deploy`', (t) => t.pass());
} else {
  const scratch = mkdtempSync(join(tmpdir(), 'genesys-poller-installed-'));
  const sources = join(scratch, 'sources');
  const fresh = join(scratch, 'fresh');
  let tarball: string;
  test.after.always(() => rmSync(scratch, { recursive: true }));

  test.before('it can be packed, and installed into an empty folder without a registry, alone', async (t) => {
    t.timeout(300_000);
    for (const folder of [sources, fresh]) mkdirSync(folder);
    tarball = await pack(sources);
    writeFileSync(join(fresh, 'package.json'), '{}');
    const { code, stderr } = await run(fresh, 'npm', 'install', ...ALONE, tarball);
    t.is(code, 0, stderr);
    t.deepEqual(readdirSync(join(fresh, 'node_modules')).sort(), ['.bin', '.package-lock.json', PACKAGE]);
  });

  test.serial('npx shows what it can do', async (t) => {
    for (const name of ['genesys-eventbridge-poller', 'genesys-poller']) {
      const { code, stdout, stderr } = await run(fresh, 'npx', '--no-install', name, '--help');
      t.is(code, 0, stderr);
      t.regex(stdout, /^Usage: genesys-poller/);
    }
    const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
    t.is((await run(fresh, 'npx', '--no-install', 'genesys-poller', '--version')).stdout, `${version}\n`);
  });

  test.serial('the whole system runs from it, and loses nothing', async (t) => {
    t.timeout(120_000);
    const { code, stdout, stderr } = await run(
      fresh,
      'npx',
      '--no-install',
      'genesys-poller',
      'sandbox',
      '--for',
      '15s',
    );
    t.is(code, 0, stdout + stderr);
    t.regex(stdout, /lost 0 \/ repeated 0/);
  });

  test.serial(
    'installed for systemd, the program and the units are where the units and docs expect them',
    async (t) => {
      t.timeout(300_000);
      const prefix = join(scratch, 'opt');
      const install = await run(fresh, 'npm', 'install', '--global', ...ALONE, '--prefix', prefix, tarball);
      t.is(install.code, 0, install.stderr);
      t.is((await run(fresh, process.execPath, join(prefix, 'bin/genesys-poller'), 'check', '--help')).code, 0);
      const files = join(prefix, 'lib/node_modules/genesys-eventbridge-poller');
      const unit = readFileSync(join(files, 'systemd/genesys-poller.service'), 'utf8');
      const [, page = ''] = /^Documentation=file:\/opt\/genesys-poller\/(\S+)$/m.exec(unit) ?? [];
      t.is(readFileSync(join(prefix, page), 'utf8'), readFileSync(join(PROJECT, 'docs/install.md'), 'utf8'));
      for (const name of ['systemd/genesys-poller.service', 'config/genesys-poller.example.yaml']) {
        t.is(readFileSync(join(files, name), 'utf8'), readFileSync(join(PROJECT, name), 'utf8'));
      }
    },
  );
}
