import { readFile, writeFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { cannotNotify, type NotifySocket, startNotifySocket } from '../support/notify-socket.ts';
import { type Stage, setStage } from '../support/stage.ts';

type Message = Readonly<Record<string, string>>;
const isReady = ({ READY }: Message) => READY === '1';

async function staged(t: ExecutionContext) {
  const stage = await setStage({ config: { poller: { shutdownTimeout: '25s' } } });
  const socket = await startNotifySocket();
  t.teardown(stage.close);
  t.teardown(socket.close);
  await stage.run(['setup']);
  return { stage, socket, run: () => runUnderSystemd(stage, socket) };
}

function runUnderSystemd(stage: Stage, socket: NotifySocket) {
  return stage.start(['run'], { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '300000000' });
}

if (cannotNotify) {
  test.skip(`the daemon is not run as a service of type notify: ${cannotNotify}`, (t) => t.pass());
} else {
  test('the daemon is ready once it has logged in and holds the lease, tells its lag, feeds the watchdog, and says that it stops', async (t) => {
    const { socket, run } = await staged(t);
    const daemon = run();
    const ready = await socket.message(isReady);
    t.is(ready.WATCHDOG, '1');
    t.true(daemon.lines.some(({ event }) => event === 'lease.acquired'));
    const fed = await socket.message(({ STATUS }) => /conversations polled \d+ s behind/.test(STATUS ?? ''));
    // Three times of its schedule, a second each, and the longest cycle that the request budget allows.
    t.true(Number(fed.WATCHDOG_USEC) > 600_000_000, fed.WATCHDOG_USEC);
    daemon.process.kill('SIGTERM');
    const stopping = await socket.message(({ STOPPING }) => STOPPING === '1');
    t.is(stopping.EXTEND_TIMEOUT_USEC, '35000000');
    t.is((await daemon.ended).code, 0);
    t.is(socket.messages.filter(isReady).length, 1);
  });

  test('while Genesys refuses the login, the daemon is not ready, says why, and keeps its start from timing out', async (t) => {
    const { stage, socket } = await staged(t);
    const daemon = stage.start(['run'], { NOTIFY_SOCKET: socket.path, GENESYS_CLIENT_SECRET: 'not-the-one' });
    const status = await socket.message(({ STATUS }) => STATUS?.startsWith('Not ready: ') ?? false);
    t.regex(status.STATUS ?? '', /the client secret is wrong/);
    await daemon.line(({ event }) => event === 'cycle.failed');
    t.true(Number(status.EXTEND_TIMEOUT_USEC) > 600_000_000);
    daemon.process.kill('SIGTERM');
    await daemon.ended;
    t.false(socket.messages.some(isReady));
    t.false(socket.messages.some(({ STATUS }) => STATUS?.includes('not-the-one')));
  });

  test('a standby is ready too, once it has logged in', async (t) => {
    const { stage, socket, run } = await staged(t);
    const active = stage.start(['run']);
    await active.line(({ event }) => event === 'lease.acquired');
    const standby = run();
    const ready = await socket.message(isReady);
    t.regex(ready.STATUS ?? '', /standing by/);
    t.false(standby.lines.some(({ event }) => event === 'lease.acquired'));
    for (const daemon of [standby, active]) {
      daemon.process.kill('SIGTERM');
      t.is((await daemon.ended).code, 0);
    }
  });

  test('a reload is announced from its beginning to its end, an invalid one not at all', async (t) => {
    const { stage, socket, run } = await staged(t);
    const daemon = run();
    await socket.message(isReady);
    const config = JSON.parse(await readFile(stage.configFile, 'utf8'));
    await writeFile(stage.configFile, '{"poller": {"intervall": "1s"}}');
    daemon.process.kill('SIGHUP');
    await daemon.line(({ event }) => event === 'config.rejected');
    await writeFile(stage.configFile, JSON.stringify({ ...config, eventBridge: { concurrency: 2 } }));
    daemon.process.kill('SIGHUP');
    await socket.message(({ RELOADING }) => RELOADING === '1');
    const reloading = socket.messages.findIndex(({ RELOADING }) => RELOADING === '1');
    await socket.message((message) => isReady(message) && socket.messages.indexOf(message) >= reloading);
    t.is(socket.messages.filter(({ RELOADING }) => RELOADING === '1').length, 1);
    daemon.process.kill('SIGTERM');
    t.is((await daemon.ended).code, 0);
  });
}
