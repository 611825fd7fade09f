import { getEventListeners } from 'node:events';
import { mock } from 'node:test';
import test from 'ava';
import cron from 'node-cron';
import { cronTicker, tickAfter } from '../../src/schedule/cron-ticker.ts';

// All but the last test turn the process's clock: they must not run side by side.
test.serial.beforeEach(() =>
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.parse('2026-11-20T10:00:05Z') }),
);
test.serial.afterEach.always(() => mock.timers.reset());

/** What a wait for the next tick has come to. */
function waitFor(expression: string, signal = new AbortController().signal) {
  const seen = { ticked: false, error: undefined as unknown };
  const over = cronTicker(expression)
    .next(signal)
    .then(
      () => void Object.assign(seen, { ticked: true }),
      (error: unknown) => void Object.assign(seen, { error }),
    );
  return { seen, over };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

async function after(ms: number) {
  mock.timers.tick(ms);
  await settle();
}

test.serial('it ticks at the next time of its schedule, and not before', async (t) => {
  const { seen } = waitFor('*/30 * * * * *');
  await after(24_999);
  t.false(seen.ticked);
  await after(1);
  t.true(seen.ticked);
});

test.serial('it can be told when it will tick for the third time from now', (t) => {
  const third = (expression: string) => new Date(tickAfter(expression, 3)).toISOString();
  t.is(third('*/30 * * * * *'), '2026-11-20T10:01:30.000Z');
  t.is(third('0 15 * * * *'), '2026-11-20T12:15:00.000Z');
  t.is(third('0 0 8 * * 1'), '2026-12-07T08:00:00.000Z');
  t.is(cron.getTasks().size, 0, 'nothing is left behind');
});

test.serial('it ticks once for each call, and knows nothing of what passed in between', async (t) => {
  const ticker = cronTicker('*/30 * * * * *');
  const { signal } = new AbortController();
  const first = ticker.next(signal);
  await after(25_000);
  await first;
  await after(70_000);
  let ticked = false;
  void ticker.next(signal).then(() => {
    ticked = true;
  });
  await after(19_999);
  t.false(ticked);
  await after(1);
  t.true(ticked);
});

test.serial('a schedule is in UTC, wherever the host is', async (t) => {
  const zone = process.env.TZ;
  process.env.TZ = 'Asia/Kathmandu';
  const { seen } = waitFor('0 15 10 * * *');
  await after(14 * 60_000 + 55_000);
  process.env.TZ = zone;
  if (zone === undefined) delete process.env.TZ;
  t.true(seen.ticked);
});

test.serial('a tick that comes late, because the process was stopped or busy, is a tick all the same', async (t) => {
  const { seen } = waitFor('0 15 * * * *');
  mock.timers.setTime(Date.parse('2026-11-20T10:20:00Z'));
  await after(14 * 60_000 + 55_000);
  t.true(seen.ticked);
});

test.serial('nothing is printed by anyone when a tick comes late: what is printed is the log', async (t) => {
  const printed = ['log', 'info', 'warn', 'error'].map((method) =>
    mock.method(console, method as 'log', () => undefined),
  );
  waitFor('0 15 * * * *');
  mock.timers.setTime(Date.parse('2026-11-20T12:20:00Z'));
  await after(14 * 60_000 + 55_000);
  t.deepEqual(
    printed.map(({ mock }) => mock.callCount()),
    [0, 0, 0, 0],
  );
  mock.restoreAll();
});

test.serial('an abort ends the wait with its reason, and leaves neither a task nor a listener behind', async (t) => {
  const stop = new AbortController();
  const tasks = cron.getTasks().size;
  const { seen, over } = waitFor('*/30 * * * * *', stop.signal);
  t.is(cron.getTasks().size, tasks + 1);
  t.is(getEventListeners(stop.signal, 'abort').length, 1);
  const reason = new Error('stopped by SIGTERM');
  stop.abort(reason);
  await over;
  t.is(seen.error, reason);
  t.is(cron.getTasks().size, tasks);
  t.is(getEventListeners(stop.signal, 'abort').length, 0);
  await after(60_000);
  t.false(seen.ticked);
});

test.serial('a tick leaves neither a task nor a listener behind', async (t) => {
  const stop = new AbortController();
  const tasks = cron.getTasks().size;
  const { over } = waitFor('*/30 * * * * *', stop.signal);
  await after(25_000);
  await over;
  t.is(cron.getTasks().size, tasks);
  t.is(getEventListeners(stop.signal, 'abort').length, 0);
});

test.serial('under a signal that is aborted already nobody waits', async (t) => {
  const tasks = cron.getTasks().size;
  const reason = new Error('stopped by SIGTERM');
  const { seen, over } = waitFor('*/30 * * * * *', AbortSignal.abort(reason));
  await over;
  t.is(seen.error, reason);
  t.is(cron.getTasks().size, tasks);
});

test.serial('an expression that is no schedule is an error, not a wait without end', async (t) => {
  const { seen, over } = waitFor('every now and then');
  await over;
  t.true(seen.error instanceof Error);
});

test.serial('with the real clock it ticks within the second that the schedule says', async (t) => {
  mock.timers.reset();
  await cronTicker('* * * * * *').next(new AbortController().signal);
  t.pass();
});
