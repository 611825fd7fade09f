import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { parseDuration } from '../../src/config/duration.ts';
import { SCHEMA } from '../../src/config/schema.ts';

const FOLDER = fileURLToPath(new URL('../../systemd/', import.meta.url));
const unit = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
const SERVICE = unit('genesys-poller.service');
const TEMPLATE = unit('genesys-poller@.service');
const SECRET = unit('genesys-poller-secret.service');
const DROP_INS = [
  ...['memory-deny-write-execute.conf', 'aws-credentials.conf', 'log-file.conf'],
  ...['roles-anywhere.conf', 'secrets-manager.conf', 'refresh-credentials.conf'],
];
/** What a systemd before 260 says of the drop-in that is for later ones. */
const IGNORED = /^.*Unknown key (?:name )?'RefreshOnReload' in section \S+, ignoring\.\n/gm;

/** The specifiers in use. systemd 249 has them; it would leave a later one, such as `%d`, as it stands. */
const SPECIFIERS = ['%i', '%n', '%N'];

/** The highest exposure that is accepted, as systemd 252 rates it. */
const EXPOSURE = 1.3;

/** All values of a key, in order. */
function valuesOf(key: string, text = SERVICE): string[] {
  return [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value ?? '');
}

/** systemd-analyze over copies of the units, which name the Node at hand. */
function analyze(t: ExecutionContext, args: readonly string[], dropIns: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-units-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const inserted = dropIns.map((name) => unit(`drop-ins/${name}`)).join('\n');
  const files = Object.entries({ 'genesys-poller.service': SERVICE, 'genesys-poller@acme.service': TEMPLATE }).map(
    ([name, text]) => {
      const file = join(folder, name);
      writeFileSync(file, `${text}\n${inserted}`.replaceAll('/usr/bin/node', process.execPath));
      return file;
    },
  );
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, ...files], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

if (spawnSync('systemd-analyze', ['--version']).status === 0) {
  test('systemd has nothing to object to, with and without the drop-ins', (t) => {
    for (const dropIns of [[], ...DROP_INS.map((name) => [name])]) {
      const { status, output } = analyze(t, ['verify'], dropIns);
      t.deepEqual([status, output.replace(IGNORED, '')], [0, ''], dropIns.join());
    }
  });

  test(`the exposure of both units is at most ${EXPOSURE}`, (t) => {
    const { output } = analyze(t, ['security', '--offline=true', '--no-pager']);
    const levels = [...output.matchAll(/Overall exposure level for (\S+): ([\d.]+)/g)];
    t.is(levels.length, 2, output);
    for (const [line, , level] of levels) {
      t.log(line);
      t.true(Number(level) <= EXPOSURE, line);
    }
  });

  test('the drop-in against writable code does what it says', (t) => {
    const { output } = analyze(t, ['security', '--offline=true', '--no-pager'], ['memory-deny-write-execute.conf']);
    t.is(output.match(/✓ MemoryDenyWriteExecute=/g)?.length, 2, output);
  });
} else {
  test.skip('systemd-analyze is not on this machine: the units are not verified, and their exposure is not rated', (t) =>
    t.pass());
}

/** What only an instance has: the name of its poller. */
const NAMED =
  '# poller.name, unless the file sets it: two organisations under one name would share their state.\n' +
  'Environment=GENESYS_POLLER_NAME=%i\n';

test('the template is the service with the instance in its paths and in its name', (t) => {
  const instance = SERVICE.replaceAll('/etc/genesys-poller/', '/etc/genesys-poller/%i/')
    .replace('/run/genesys-poller/heartbeat', '/run/genesys-poller/%i/heartbeat')
    .replace(/^(RuntimeDirectory=.*)$/m, '$1/%i')
    .replace(/^(SyslogIdentifier=.*)$/m, '$1-%i')
    .replace(/^(Description=.*)$/m, '$1, organisation %i')
    .replace('`systemctl edit genesys-poller`', '`systemctl edit genesys-poller@NAME`')
    .replace('Environment=NODE_ENV=production\n', `$&${NAMED}`);
  t.is(TEMPLATE, instance);
});

test('it is restarted whatever happens, for ever, but not on an invalid configuration', (t) => {
  t.deepEqual(valuesOf('Restart'), ['always']);
  t.deepEqual(valuesOf('StartLimitIntervalSec'), ['0']);
  t.deepEqual(valuesOf('RestartPreventExitStatus'), ['78']);
  // What fails before the start would be restarted with 78 too: it must not stand in the way.
  for (const command of valuesOf('ExecStartPre')) t.true(command.startsWith('-'), command);
});

test('it is given more time to stop than the poller takes', (t) => {
  const [timeout = ''] = valuesOf('TimeoutStopSec');
  t.true(parseDuration(timeout) >= parseDuration(SCHEMA.poller.shutdownTimeout.default) + 10_000);
});

test('its notifications are heard', (t) => {
  t.deepEqual(valuesOf('Type'), ['notify']);
  t.deepEqual(valuesOf('NotifyAccess'), ['all']);
  t.is(valuesOf('WatchdogSec').length, 1);
  t.true(valuesOf('RestrictAddressFamilies')[0]?.split(' ').includes('AF_UNIX'));
});

test('it may connect to everything, the credentials of its host included, and listen on nothing', (t) => {
  t.deepEqual(valuesOf('IPAddressDeny'), []);
  t.deepEqual(valuesOf('PrivateNetwork'), []);
  t.deepEqual(valuesOf('SocketBindDeny'), ['any']);
});

test('secrets come as credentials, by the names that the poller looks for, and never in the environment', (t) => {
  const source = readFileSync(new URL('../../src/config/secrets.ts', import.meta.url), 'utf8');
  const looked = [...source.matchAll(/credential: '([^']+)'/g)].map(([, name]) => name);
  const loaded = valuesOf('LoadCredential').map((value) => value.split(':')[0]);
  t.deepEqual(loaded, looked);
  for (const text of [SERVICE, TEMPLATE, ...DROP_INS.map((name) => unit(`drop-ins/${name}`))]) {
    for (const value of valuesOf('Environment', text)) t.notRegex(value, /secret|key_id/i);
  }
});

test('every specifier is one that systemd 249 knows', (t) => {
  const texts = [SERVICE, TEMPLATE, SECRET, ...DROP_INS.map((name) => unit(`drop-ins/${name}`))];
  const settings = texts.flatMap((text) => text.match(/^[^#\n].*$/gm) ?? []);
  const used = settings.flatMap((setting) => setting.match(/%./g) ?? []);
  t.deepEqual([...new Set(used)].sort(), [...SPECIFIERS].sort());
});

test('the AWS credentials are looked for where systemd puts the credentials of the unit, instance or not', (t) => {
  const text = unit('drop-ins/aws-credentials.conf');
  const [loaded = ''] = valuesOf('LoadCredential', text);
  const [name] = loaded.split(':');
  t.deepEqual(valuesOf('Environment', text), [`AWS_SHARED_CREDENTIALS_FILE=/run/credentials/%n/${name}`]);
});

test('the secret of Secrets Manager is written where the drop-in has it read, for root alone, and without a trace in the unit', (t) => {
  const [path = ''] = valuesOf('LoadCredential', unit('drop-ins/secrets-manager.conf'));
  const [folder = ''] = valuesOf('RuntimeDirectory', SECRET);
  t.is(path, `genesys-client-secret:/run/${folder}/client-secret`);
  t.deepEqual([...valuesOf('RuntimeDirectoryMode', SECRET), ...valuesOf('UMask', SECRET)], ['0700', '0077']);
  t.deepEqual(valuesOf('Wants', unit('drop-ins/secrets-manager.conf')), ['genesys-poller-secret.service']);
});

test('every command is one of the program, on one configuration', (t) => {
  const ours = [...valuesOf('ExecStartPre'), ...valuesOf('ExecStart'), ...valuesOf('ExecReload')].filter((command) =>
    command.includes('genesys-poller'),
  );
  for (const command of ours) {
    t.regex(
      command,
      /^(-|\/usr\/bin\/env GENESYS_CLIENT_ID=- GENESYS_CLIENT_SECRET=- )?\/usr\/bin\/node \/opt\/genesys-poller\/bin\/genesys-poller \w+ .*--config \/etc\/genesys-poller\/genesys-poller\.yaml$/,
    );
  }
});
