import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Reload } from '../../src/app/reload.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { withKeys } from '../support/config-file.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';

const CREDENTIALS = { GENESYS_CLIENT_ID: 'an-id', GENESYS_CLIENT_SECRET: 'the-secret-of-this-client' };
const HOURLY = withKeys({ 'poller.schedule': '0 0 * * * *' });
const EVERY_MINUTE = withKeys({ 'poller.schedule': '0 * * * * *' });

/** A poller's configuration in a file, and all that becomes of it. */
function reloading(t: ExecutionContext, text = HOURLY, env: Readonly<Record<string, string>> = CREDENTIALS) {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-reload-'));
  const file = join(folder, 'config.yaml');
  writeFileSync(file, text);
  const clock = new ManualClock('2026-11-20T10:00:00.000Z', { autoAdvance: false });
  const log = recordedLog();
  const accepted: Config[] = [];
  const origin = { file, env };
  const reload = new Reload({
    ...{ origin, config: loadConfig(origin), log, clock },
    onAccepted: (config) => void accepted.push(config),
  });
  t.teardown(() => {
    reload.close();
    rmSync(folder, { recursive: true });
  });
  return {
    folder,
    file,
    clock,
    reload,
    accepted,
    lines: log.lines,
    write: (next: string) => writeFileSync(file, next),
    /** Lets so many looks at the file pass. */
    looks: (count: number) => clock.advance(count * 1_000),
    hangUp: () => process.emit('SIGHUP', 'SIGHUP'),
  };
}

// SIGHUP reaches every poller of the process: one at a time.
const serial = test.serial;

serial('a changed file is taken within two seconds: a new round begins with it', async (t) => {
  const { reload, accepted, lines, write, looks } = reloading(t);
  const first = reload.replaced;
  await looks(3);
  t.false(first.aborted);
  write(EVERY_MINUTE);
  await looks(2);
  t.true(first.aborted);
  t.is(reload.config.poller.schedule, '0 * * * * *');
  t.deepEqual(accepted, [reload.config]);
  t.deepEqual(lines, [
    {
      level: 'info',
      event: 'config.reloaded',
      msg: 'From the next cycle on: poller.schedule',
      trigger: 'the file has changed',
      changed: ['poller.schedule'],
      needsRestart: [],
    },
  ]);
  t.true(reload.replaced.aborted, 'until the next round begins');
  reload.nextRound();
  t.false(reload.replaced.aborted);
  await looks(3);
  t.is(lines.length, 1, 'once a change');
});

serial(
  'a file that was cut at the end of a line is taken, and the keys that fall back to their defaults are listed',
  async (t) => {
    const { reload, lines, write, looks } = reloading(t, HOURLY);
    t.true(HOURLY.includes('schedule'));
    write(withKeys({}));
    await looks(2);
    t.not(reload.config.poller.schedule, '0 0 * * * *');
    t.is(lines.length, 1);
    t.like(lines[0], { level: 'warn', event: 'config.reloaded', defaulted: ['poller.schedule'] });
    t.regex(String(lines[0]?.msg), /no longer sets poller\.schedule, and the default takes its place/);
  },
);

serial('a configuration that has become a named pipe is rejected at once, and the old one stays', async (t) => {
  const { file, reload, lines, hangUp } = reloading(t);
  unlinkSync(file);
  execFileSync('mkfifo', [file]);
  hangUp();
  t.is(reload.config.poller.schedule, '0 0 * * * *');
  t.is(lines.length, 1);
  t.like(lines[0], { level: 'error', event: 'config.rejected', code: 'config.invalid' });
  t.regex(String(lines[0]?.msg), /is not a regular file/);
});

serial('a file that is still being written is left alone until it stands still', async (t) => {
  const { reload, lines, write, looks } = reloading(t);
  for (const length of [5, 20, 40]) {
    write(EVERY_MINUTE.slice(0, length));
    await looks(1);
  }
  write(EVERY_MINUTE);
  await looks(1);
  t.deepEqual(lines, []);
  await looks(1);
  t.is(reload.config.poller.schedule, '0 * * * * *');
  t.is(lines.length, 1);
});

serial('an invalid file is rejected once with the reason, and the configuration from before stays', async (t) => {
  const { reload, accepted, lines, write, looks } = reloading(t);
  write(withKeys({ 'poller.schedule': 'now and then', 'poller.nmae': 'x' }));
  await looks(5);
  t.is(reload.config.poller.schedule, '0 0 * * * *');
  t.false(reload.replaced.aborted);
  t.deepEqual(accepted, []);
  t.is(lines.length, 1);
  t.like(lines[0], { level: 'error', event: 'config.rejected', trigger: 'the file has changed' });
  t.regex(lines[0]?.msg ?? '', /poller\.nmae.*poller\.schedule: must be a cron expression.*stays$/);
  write(EVERY_MINUTE);
  await looks(2);
  t.is(reload.config.poller.schedule, '0 * * * * *');
});

serial('a change that breaks a rule between keys is rejected as a whole', async (t) => {
  const { reload, lines, write, looks } = reloading(t);
  write(withKeys({ 'poller.schedule': '0 * * * * *', 'dedup.ttl': '2d' }));
  await looks(2);
  t.is(reload.config.poller.schedule, '0 0 * * * *');
  t.regex(lines[0]?.msg ?? '', /dedup\.ttl \(2d\) must be at least 4d/);
});

serial('a file that vanishes is rejected; when it is back as it was, nothing has changed', async (t) => {
  const { reload, file, lines, write, looks } = reloading(t);
  unlinkSync(file);
  await looks(3);
  t.like(lines, [{ event: 'config.rejected' }]);
  t.regex(lines[0]?.msg ?? '', /does not exist/);
  write(HOURLY);
  await looks(2);
  t.like(lines[1], { event: 'config.reloaded', changed: [], msg: 'Nothing has changed' });
  t.false(reload.replaced.aborted);
});

serial(
  'a file replaced by another one is seen, and so is a symbolic link that is turned to another place',
  async (t) => {
    const { reload, folder, file, looks } = reloading(t);
    writeFileSync(join(folder, 'next'), EVERY_MINUTE);
    renameSync(join(folder, 'next'), file);
    await looks(2);
    t.is(reload.config.poller.schedule, '0 * * * * *');
    writeFileSync(join(folder, 'other'), HOURLY);
    symlinkSync(join(folder, 'other'), join(folder, 'link'));
    renameSync(join(folder, 'link'), file);
    await looks(2);
    t.is(reload.config.poller.schedule, '0 0 * * * *');
  },
);

serial('other words for the same settings begin no new round', async (t) => {
  const { reload, lines, write, looks } = reloading(t);
  write(`# a comment\n${HOURLY}`);
  await looks(2);
  t.like(lines, [{ event: 'config.reloaded', changed: [] }]);
  t.false(reload.replaced.aborted);
});

serial('what only a restart can change is said, and keeps its value', async (t) => {
  const { reload, lines, write, looks } = reloading(t);
  write(withKeys({ 'poller.schedule': '0 0 * * * *', 'dynamoDb.stateTable': 'Other' }));
  await looks(2);
  t.like(lines[0], { level: 'warn', event: 'config.reloaded', changed: [], needsRestart: ['dynamoDb.stateTable'] });
  t.regex(lines[0]?.msg ?? '', /Only a restart changes dynamoDb\.stateTable: the old value stays/);
  t.is(reload.config.dynamoDb.stateTable, 'GenesysPollerState');
  t.false(reload.replaced.aborted);
});

serial('without poller.watchConfig a change waits for SIGHUP', async (t) => {
  const unwatched = { 'poller.schedule': '0 0 * * * *', 'poller.watchConfig': false };
  const { reload, lines, write, looks, hangUp } = reloading(t, withKeys(unwatched));
  write(EVERY_MINUTE);
  await looks(5);
  t.deepEqual(lines, []);
  hangUp();
  t.is(reload.config.poller.schedule, '0 * * * * *');
  t.like(lines, [{ event: 'config.reloaded', trigger: 'SIGHUP', changed: ['poller.schedule', 'poller.watchConfig'] }]);
  write(HOURLY);
  await looks(2);
  t.is(reload.config.poller.schedule, '0 0 * * * *', 'the file is watched from then on');
});

serial('SIGHUP after a change is one reload, not two', async (t) => {
  const { lines, write, looks, hangUp } = reloading(t);
  write(EVERY_MINUTE);
  hangUp();
  await looks(3);
  t.is(lines.length, 1);
});

serial('SIGHUP reads the secrets again too, wherever they are, and tells no value', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-secret-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const secret = join(folder, 'secret');
  writeFileSync(secret, 'the-secret-from-before');
  const { reload, lines, hangUp } = reloading(t, HOURLY, {
    GENESYS_CLIENT_ID: 'an-id',
    GENESYS_CLIENT_SECRET_FILE: secret,
  });
  writeFileSync(secret, 'the-secret-from-now-on');
  hangUp();
  t.is(reload.config.genesys.clientSecret, 'the-secret-from-now-on');
  t.like(lines, [{ event: 'config.reloaded', changed: ['genesys.clientSecret'] }]);
  t.false(JSON.stringify(lines).includes('the-secret'));
});

serial('changes that follow one another within a round are taken together by the next', async (t) => {
  const { reload, write, hangUp } = reloading(t);
  write(EVERY_MINUTE);
  hangUp();
  write(withKeys({ 'poller.schedule': '0 * * * * *', 'log.level': 'debug' }));
  hangUp();
  reload.nextRound();
  t.false(reload.replaced.aborted);
  t.like(reload.config, { log: { level: 'debug' }, poller: { schedule: '0 * * * * *' } });
});

serial(
  'a stream goes on under its lease only when a new round that polls it too is the reason for the end',
  async (t) => {
    const { reload, write, hangUp } = reloading(t);
    t.false(reload.keepsStream('conversations'), 'nothing was reloaded: the lease is lost, or the poller ends');
    write(withKeys({ 'poller.schedule': '0 * * * * *', 'streams.eventLog.enabled': false }));
    hangUp();
    t.true(reload.keepsStream('conversations'));
    t.false(reload.keepsStream('event-log'));
    reload.nextRound();
    t.false(reload.keepsStream('conversations'));
  },
);

serial('a poller that has ended takes no further configuration', async (t) => {
  const { reload, lines, write, looks, hangUp } = reloading(t);
  const listeners = process.listenerCount('SIGHUP');
  reload.close();
  t.is(process.listenerCount('SIGHUP'), listeners - 1);
  write(EVERY_MINUTE);
  await looks(3);
  hangUp();
  t.deepEqual(lines, []);
});

serial('a poller without a file is asked by SIGHUP alone', async (t) => {
  const log = recordedLog();
  const clock = new ManualClock('2026-11-20T10:00:00.000Z', { autoAdvance: false });
  const env = { ...CREDENTIALS, GENESYS_POLLER_CONFIG: '' };
  const { file, ...rest } = reloading(t);
  rest.reload.close();
  const config = loadConfig({ file, env });
  const reload = new Reload({ origin: { env }, config, log, clock, onAccepted: () => undefined });
  t.teardown(() => reload.close());
  await clock.advance(5_000);
  t.deepEqual(log.lines, []);
  rest.hangUp();
  t.like(log.lines, [{ event: 'config.rejected' }]);
});

serial('a Secret that is swapped behind a symbolic link is taken like a change of the file', async (t) => {
  const secrets = mkdtempSync(join(tmpdir(), 'genesys-poller-secret-'));
  t.teardown(() => rmSync(secrets, { recursive: true }));
  const publish = (version: string, secret: string) => {
    mkdirSync(join(secrets, version));
    writeFileSync(join(secrets, version, 'client-secret'), `${secret}\n`);
    symlinkSync(version, join(secrets, '..data.new'));
    renameSync(join(secrets, '..data.new'), join(secrets, '..data'));
  };
  publish('..1', 'the-first-secret');
  symlinkSync('..data/client-secret', join(secrets, 'client-secret'));
  const env = { GENESYS_CLIENT_ID: 'an-id', GENESYS_CLIENT_SECRET_FILE: join(secrets, 'client-secret') };
  const { reload, lines, looks } = reloading(t, HOURLY, env);
  publish('..2', 'the-second-secret');
  await looks(2);
  t.is(reload.config.genesys.clientSecret, 'the-second-secret');
  t.like(lines.at(-1), { event: 'config.reloaded', trigger: 'a secret has changed' });
  t.deepEqual(lines.at(-1)?.changed, ['genesys.clientSecret']);
  t.false(JSON.stringify(lines).includes('the-second-secret'));
});

serial(
  'a systemd credential that is renewed is taken; one that vanishes is rejected, and the old one stays',
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-secret-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const credential = join(folder, 'genesys-client-secret');
    writeFileSync(credential, 'the-first-secret');
    const env = { GENESYS_CLIENT_ID: 'an-id', CREDENTIALS_DIRECTORY: folder };
    const { reload, lines, looks } = reloading(t, HOURLY, env);
    writeFileSync(credential, 'the-second-secret');
    await looks(2);
    t.is(reload.config.genesys.clientSecret, 'the-second-secret');
    unlinkSync(credential);
    await looks(3);
    t.is(lines.at(-1)?.event, 'config.rejected');
    t.is(reload.config.genesys.clientSecret, 'the-second-secret');
  },
);
