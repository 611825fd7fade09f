import test from 'ava';
import { ServiceManager } from '../../src/observability/service-manager.ts';
import type { Assignments } from '../../src/observability/systemd-notify.ts';
import { observe } from '../support/cycle-reports.ts';
import { ManualClock } from '../support/manual-clock.ts';

const MINUTE = 60_000;
/** How long the poller may take to recover from a hang. */
const RECOVERY = 2 * MINUTE;

/**
 * A service manager for two streams, of which the conversations give a sign within 2 minutes and the event
 * log within 10.
 */
function managed({ watchdog = true } = {}) {
  const clock = new ManualClock('2026-11-20T10:00:00.000Z');
  const messages: Assignments[] = [];
  const service = new ServiceManager({
    notifier: { send: (message) => void messages.push(message) },
    clock,
    watchdog,
    recoveryMs: RECOVERY,
  });
  const freshFor = (stream: string) => (stream === 'conversations' ? 2 : 10) * MINUTE;
  const start = (...streams: string[]) => service.start(streams, freshFor);
  const begin = () => {
    start('conversations', 'event-log');
    service.loggedIn();
    observe(service, { stream: 'conversations', outcome: 'acquired' });
    observe(service, { stream: 'event-log', outcome: 'standby' });
    messages.length = 0;
  };
  return { service, clock, messages, start, begin, latest: () => messages.at(-1) };
}

const usec = (ms: number) => String(ms * 1_000);
const saysReady = (messages: readonly Assignments[]) => messages.filter(({ READY }) => READY === '1').length;

test('a poller is ready once it has logged in and knows of each stream whether it is polled here or elsewhere', (t) => {
  const { service, start, messages, latest } = managed();
  start('conversations', 'event-log');
  observe(service, { stream: 'conversations', outcome: 'acquired' });
  service.loggedIn();
  t.is(saysReady(messages), 0);
  t.is(latest()?.STATUS, 'Logged in; conversations polled; event-log starting');
  observe(service, { stream: 'event-log', outcome: 'standby' });
  t.is(saysReady(messages), 1);
  t.is(latest()?.STATUS, 'conversations polled; event-log standing by');
});

test('a standby that has never logged in is not ready', (t) => {
  const { service, start, messages, latest } = managed();
  start('conversations');
  observe(service, { stream: 'conversations', outcome: 'standby' });
  t.is(saysReady(messages), 0);
  t.is(latest()?.STATUS, 'Logging in to Genesys; conversations standing by');
  service.loggedIn();
  t.is(saysReady(messages), 1);
});

test('while the login fails, the status says why, in one line', (t) => {
  const { service, start, latest } = managed();
  start('conversations');
  service.loginFailed('Genesys refused the login:\nthe client secret is wrong');
  t.is(latest()?.STATUS, 'Not ready: Genesys refused the login: the client secret is wrong');
});

test('a failed look for the lease decides nothing; a cycle that fails under it does not take readiness back', (t) => {
  const { service, start, messages, latest } = managed();
  start('conversations');
  service.loggedIn();
  observe(service, { stream: 'conversations', outcome: 'failed', code: 'table.unavailable' });
  t.is(saysReady(messages), 0);
  observe(service, { stream: 'conversations', outcome: 'acquired' });
  observe(service, { stream: 'conversations', outcome: 'failed', code: 'genesys.unreachable' });
  t.is(saysReady(messages), 1);
  t.is(latest()?.STATUS, 'conversations failing (genesys.unreachable)');
});

test('until it is ready, every sign of life extends the time for the start to when the next sign is overdue', (t) => {
  const { service, start, clock, latest } = managed();
  start('conversations');
  t.is(latest()?.EXTEND_TIMEOUT_USEC, '120000000');
  clock.pause(90_000);
  service.loginFailed('Genesys cannot be reached');
  t.is(latest()?.EXTEND_TIMEOUT_USEC, '30000000', 'a login is no sign of life of a stream');
  observe(service, { stream: 'conversations', outcome: 'failed', code: 'genesys.unreachable' });
  t.is(latest()?.EXTEND_TIMEOUT_USEC, '120000000');
  t.is(latest()?.WATCHDOG, undefined);
});

test('once ready, every sign of life sets the watchdog to when the first of all streams is overdue and has not recovered', (t) => {
  const { service, clock, begin, latest } = managed();
  begin();
  clock.pause(30_000);
  observe(service, { stream: 'event-log', outcome: 'standby' });
  t.like(latest(), { WATCHDOG: '1', WATCHDOG_USEC: usec(90_000 + RECOVERY), EXTEND_TIMEOUT_USEC: undefined });
  observe(service, { stream: 'conversations', outcome: 'completed' });
  t.like(latest(), { WATCHDOG: '1', WATCHDOG_USEC: usec(2 * MINUTE + RECOVERY) });
});

test('a stream that hangs is not hidden by another that lives: the watchdog is fed no more', (t) => {
  const { service, clock, begin, messages, latest } = managed();
  begin();
  clock.pause(2 * MINUTE);
  observe(service, { stream: 'event-log', outcome: 'completed' });
  t.is(messages.length, 1);
  t.deepEqual(Object.keys(latest() ?? {}), ['STATUS']);
});

test('a stream that has recovered from a hang feeds the watchdog again', (t) => {
  const { service, clock, begin, latest } = managed();
  begin();
  clock.pause(2 * MINUTE + RECOVERY / 2);
  observe(service, { stream: 'conversations', outcome: 'failed', code: 'lease.released' });
  t.like(latest(), { WATCHDOG: '1', WATCHDOG_USEC: usec(2 * MINUTE + RECOVERY) });
});

test('a wall clock that is set changes nothing about the watchdog', (t) => {
  const { service, clock, begin, latest } = managed();
  begin();
  clock.step(-60 * MINUTE);
  clock.pause(MINUTE);
  observe(service, { stream: 'event-log', outcome: 'completed' });
  t.is(latest()?.WATCHDOG_USEC, usec(MINUTE + RECOVERY));
});

test('a cycle that goes on reading sets the watchdog, and leaves the status as it was', (t) => {
  const { service, clock, begin, latest } = managed();
  begin();
  observe(service, { stream: 'conversations', outcome: 'failed', code: 'genesys.unreachable' });
  const before = latest();
  clock.pause(MINUTE);
  observe(service, { stream: 'conversations', outcome: 'reading' });
  t.deepEqual(latest(), before);
  t.is(latest()?.WATCHDOG_USEC, usec(2 * MINUTE + RECOVERY));
});

test('nothing is sent while no sign of life comes, however long that is', async (t) => {
  const { clock, begin, messages } = managed();
  begin();
  await clock.advance(60 * MINUTE);
  t.deepEqual(messages, []);
});

test('without a watchdog in the unit none is fed', (t) => {
  const { service, begin, latest } = managed({ watchdog: false });
  begin();
  observe(service, { stream: 'conversations', outcome: 'completed' });
  t.deepEqual(Object.keys(latest() ?? {}), ['STATUS']);
});

test('a stream that has stopped holds up neither the watchdog nor readiness', (t) => {
  const { service, start, clock, messages, latest } = managed();
  start('conversations', 'event-log');
  service.loggedIn();
  observe(service, { stream: 'event-log', outcome: 'acquired' });
  service.onStopped('conversations');
  clock.pause(3 * MINUTE);
  observe(service, { stream: 'event-log', outcome: 'completed' });
  t.is(saysReady(messages), 1);
  t.is(latest()?.WATCHDOG_USEC, usec(10 * MINUTE + RECOVERY));
});

test('the status tells the lag of each stream', (t) => {
  const { service, clock, begin, latest } = managed();
  begin();
  observe(service, { stream: 'conversations', outcome: 'completed', watermark: clock.now() - 61_400 });
  observe(service, {
    stream: 'event-log',
    outcome: 'failed',
    code: 'genesys.throttled',
    watermark: clock.now() - 600_000,
  });
  t.is(latest()?.STATUS, 'conversations polled 61 s behind; event-log failing (genesys.throttled) 600 s behind');
});

test('a status is never longer than systemd takes', (t) => {
  const { service, latest } = managed();
  service.loginFailed('x'.repeat(9_000));
  t.is(latest()?.STATUS?.length, 1_000);
});

test('reloading lasts from the new configuration to the new start; before it is ready there is nothing to say', (t) => {
  const { service, start, begin, messages, latest } = managed();
  service.reloading();
  t.deepEqual(messages, []);
  begin();
  service.reloading();
  t.like(latest(), { RELOADING: '1', WATCHDOG: '1' });
  service.onStopped('conversations');
  service.onStopped('event-log');
  start('conversations');
  const watchdog = { WATCHDOG: '1', WATCHDOG_USEC: usec(2 * MINUTE + RECOVERY) };
  t.like(latest(), { READY: '1', STATUS: 'conversations starting', ...watchdog });
});

test('a stop asks for the time that it may take, and after it nothing more is said', (t) => {
  const { service, begin, messages } = managed();
  begin();
  service.stopping(25_000);
  observe(service, { stream: 'conversations', outcome: 'interrupted' });
  t.deepEqual(messages, [{ STOPPING: '1', STATUS: 'Finishing what is in flight', EXTEND_TIMEOUT_USEC: '35000000' }]);
});
