import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { systemdNotifier, watchdogWanted } from '../../src/observability/systemd-notify.ts';
import { cannotNotify, startNotifySocket } from '../support/notify-socket.ts';
import { recordedLog } from '../support/recorded-log.ts';

const ENV = { NOTIFY_SOCKET: '/run/systemd/notify' };

/** A notifier whose messages are kept, and delivered when the test says so. */
function held() {
  const log = recordedLog();
  const messages: string[] = [];
  let settle: (error?: unknown) => void = () => undefined;
  const notifier = systemdNotifier({
    env: ENV,
    log,
    deliver: (assignments) => {
      messages.push(assignments.join(' '));
      return new Promise((resolve, reject) => {
        settle = (error) => (error === undefined ? resolve() : reject(error));
      });
    },
  });
  if (!notifier) throw new Error('there is a socket');
  const answer = async (error?: unknown) => {
    settle(error);
    await turn();
  };
  return { notifier, log, messages, answer };
}

test('without NOTIFY_SOCKET nothing is sent', (t) => {
  t.is(systemdNotifier({ env: {}, log: recordedLog() }), undefined);
  t.is(systemdNotifier({ env: { NOTIFY_SOCKET: '' }, log: recordedLog() }), undefined);
});

test('a watchdog is wanted by the unit, and of this process', (t) => {
  t.true(watchdogWanted({ WATCHDOG_USEC: '300000000', WATCHDOG_PID: '42' }, 42));
  t.true(watchdogWanted({ WATCHDOG_USEC: '300000000' }, 42));
  t.false(watchdogWanted({ WATCHDOG_USEC: '300000000', WATCHDOG_PID: '41' }, 42));
  t.false(watchdogWanted({}, 42));
});

test('one message at a time: what comes meanwhile goes together, the latest of each name', async (t) => {
  const { notifier, messages, answer } = held();
  notifier.send({ STATUS: 'a' });
  notifier.send({ READY: '1', STATUS: 'b' });
  notifier.send({ STATUS: 'c', WATCHDOG: '1' });
  t.deepEqual(messages, ['STATUS=a']);
  await answer();
  t.deepEqual(messages, ['STATUS=a', 'READY=1 STATUS=c WATCHDOG=1']);
  await answer();
  notifier.send({ WATCHDOG: '1' });
  t.is(messages.length, 3);
});

test('of two states in one message the later one stands last, where systemd looks', async (t) => {
  const { notifier, messages, answer } = held();
  notifier.send({ STATUS: 'a' });
  notifier.send({ READY: '1' });
  notifier.send({ RELOADING: '1' });
  notifier.send({ READY: '1' });
  await answer();
  t.is(messages[1], 'RELOADING=1 READY=1');
});

test('what could not be delivered goes with the next message, and is no busy loop', async (t) => {
  const { notifier, messages, answer } = held();
  notifier.send({ READY: '1', STATUS: 'a' });
  await answer(new Error('down'));
  t.deepEqual(messages, ['READY=1 STATUS=a']);
  notifier.send({ STATUS: 'b' });
  t.deepEqual(messages[1], 'READY=1 STATUS=b');
});

test('what comes while a delivery fails is sent at once, with what that one held', async (t) => {
  const { notifier, messages, answer } = held();
  notifier.send({ READY: '1' });
  notifier.send({ STATUS: 'b' });
  await answer(new Error('down'));
  t.deepEqual(messages, ['READY=1', 'READY=1 STATUS=b']);
});

test('a failed message to systemd is one warning, and another when it fails again after having worked', async (t) => {
  const { notifier, log, answer } = held();
  for (const error of [{ code: 'ENOENT' }, { killed: true }, undefined, { killed: true, code: null }, {}]) {
    notifier.send({ STATUS: 'x' });
    await answer(error);
  }
  t.deepEqual(
    log.lines.map(({ level, event, error }) => [level, event, error]),
    [
      ['warn', 'systemd.unreachable', 'ENOENT'],
      ['warn', 'systemd.unreachable', 'no answer within 2 s'],
    ],
  );
});

test('an error without a code is an unknown one', async (t) => {
  const { notifier, log, answer } = held();
  notifier.send({ STATUS: 'x' });
  await answer({});
  t.is(log.lines[0]?.error, 'unknown error');
});

test('the program gets the socket, the path and the assignments, and nothing else: no secret of ours', async (t) => {
  const folder = temporary(t);
  const program = join(folder, 'systemd-notify');
  const record = join(folder, 'record');
  writeFileSync(
    program,
    `#!/bin/sh\n/usr/bin/env > ${record}.env\nprintf '%s\\n' "$@" > ${record}.new\nmv ${record}.new ${record}\n`,
  );
  chmodSync(program, 0o755);
  const env = { ...ENV, PATH: `${folder}:/usr/bin:/bin`, GENESYS_CLIENT_SECRET: 'sesame' };
  systemdNotifier({ env, log: recordedLog() })?.send({ READY: '1', STATUS: 'two words' });
  while (!existsSync(record)) await new Promise((resolve) => setTimeout(resolve, 10));
  t.is(readFileSync(record, 'utf8'), 'READY=1\nSTATUS=two words\n');
  const names = readFileSync(`${record}.env`, 'utf8')
    .split('\n')
    .map((line) => line.split('=')[0] ?? '');
  t.deepEqual(names.filter((name) => !['', '_', 'PWD', 'SHLVL', 'OLDPWD'].includes(name)).sort(), [
    'NOTIFY_SOCKET',
    'PATH',
  ]);
});

test('a host without the program is one warning', async (t) => {
  const log = recordedLog();
  systemdNotifier({ env: { ...ENV, PATH: temporary(t) }, log })?.send({ READY: '1' });
  while (log.lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  t.like(log.lines[0], { event: 'systemd.unreachable', error: 'ENOENT' });
});

if (cannotNotify) {
  test.skip(`the real delivery is not tried: ${cannotNotify}`, (t) => t.pass());
} else {
  test("systemd's own program delivers what is sent, as one datagram", async (t) => {
    const socket = await startNotifySocket();
    t.teardown(socket.close);
    const env = { NOTIFY_SOCKET: socket.path, PATH: process.env.PATH };
    const sent = { READY: '1', STATUS: 'conversations polled 61 s behind = late' };
    systemdNotifier({ env, log: recordedLog() })?.send(sent);
    t.deepEqual(await socket.message(() => true), sent);
  });
}

function temporary(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-notify-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}
