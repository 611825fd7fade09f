import { getEventListeners } from 'node:events';
import { mock } from 'node:test';
import test from 'ava';
import cron from 'node-cron';
import { systemClock } from '../../src/lib/system-clock.ts';
import { untilNext } from '../../src/schedule/cron-calendar.ts';
import { cronTicker } from '../../src/schedule/cron-ticker.ts';
import { ManualClock } from '../support/manual-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = '2026-11-20T10:00:05.000Z';

/** A manual clock that node-cron goes by too, which reads the process's own wall clock. */
class HostClock extends ManualClock {
  constructor() {
    super(START, { autoAdvance: false });
    mock.timers.setTime(this.now());
  }
  override step(ms: number): void {
    super.step(ms);
    mock.timers.setTime(this.now());
  }
  override pause(ms: number): void {
    super.pause(ms);
    mock.timers.setTime(this.now());
  }
}

// All but the last test turn the process's clock: they must not run side by side.
test.serial.beforeEach(() => mock.timers.enable({ apis: ['Date'], now: Date.parse(START) }));
test.serial.afterEach.always(() => mock.timers.reset());

/** A poller that does nothing but wait for its ticks, one after the other. */
function ticking(expression: string, signal = new AbortController().signal) {
  const clock = new HostClock();
  const ticker = cronTicker(expression, clock);
  /** When it ticked: milliseconds that have passed, whatever the wall clock says. */
  const ticks: number[] = [];
  const over = (async () => {
    for (;;) {
      await ticker.next(signal);
      ticks.push(clock.monotonic());
    }
  })();
  const ended = over.then(
    () => undefined,
    (error: unknown) => error,
  );
  return { clock, ticks, ended };
}

test.serial('it ticks at the times of its schedule, and not before', async (t) => {
  const { clock, ticks } = ticking('*/30 * * * * *');
  await clock.advance(24_999);
  t.deepEqual(ticks, []);
  await clock.advance(60_001);
  t.deepEqual(ticks, [25_000, 55_000, 85_000]);
});

test.serial('the time until the third tick from now is known', (t) => {
  t.is(untilNext('*/30 * * * * *', 3), 85_000);
  t.is(untilNext('0 15 * * * *', 3), 2 * HOUR + 15 * MINUTE - 5_000);
  t.is(untilNext('0 0 8 * * 1', 3), Date.parse('2026-12-07T08:00:00Z') - Date.parse(START));
  t.is(cron.getTasks().size, 0, 'nothing is left behind');
});

test.serial('ticks that pass without a waiter are not made up for', async (t) => {
  const clock = new HostClock();
  const ticker = cronTicker('*/30 * * * * *', clock);
  const { signal } = new AbortController();
  clock.pause(95_000);
  let ticked = false;
  void ticker.next(signal).then(() => {
    ticked = true;
  });
  await clock.advance(19_999);
  t.false(ticked);
  await clock.advance(1);
  t.true(ticked);
});

test.serial('a schedule is in UTC, wherever the host is', async (t) => {
  const zone = process.env.TZ;
  process.env.TZ = 'Asia/Kathmandu';
  const { clock, ticks } = ticking('0 15 10 * * *');
  await clock.advance(14 * MINUTE + 55_000);
  process.env.TZ = zone;
  if (zone === undefined) delete process.env.TZ;
  t.is(ticks.length, 1);
});

test.serial('a tick that comes late, because the process was stopped or busy, comes once, and at once', async (t) => {
  const { clock, ticks } = ticking('*/30 * * * * *');
  await clock.advance(5_000);
  clock.pause(HOUR);
  await clock.advance(0);
  t.is(ticks.length, 1);
  await clock.advance(20_000);
  t.is(ticks.length, 2, 'the next one is on time again');
});

test.serial('a clock set back, by seconds or by days, delays no tick by more than a little', async (t) => {
  for (const back of [40_000, 10 * MINUTE, HOUR, 30 * DAY]) {
    const { clock, ticks } = ticking('*/30 * * * * *');
    await clock.advance(15_000);
    clock.step(-back);
    await clock.advance(12_000);
    t.is(ticks.length, 1, `set back by ${back} ms`);
    await clock.advance(5 * 30_000);
    t.is(ticks.length, 6);
  }
});

test.serial('a clock set back for three seconds and put right again misses no tick', async (t) => {
  const { clock, ticks } = ticking('*/30 * * * * *');
  await clock.advance(23_000);
  clock.step(-HOUR);
  await clock.advance(3_000);
  clock.step(HOUR);
  await clock.advance(60_000);
  t.is(ticks.length, 3);
});

test.serial('a clock set ahead brings one tick, however many times of the schedule it jumps over', async (t) => {
  for (const ahead of [40_000, HOUR, 30 * DAY, 3_650 * DAY]) {
    const { clock, ticks } = ticking('* * * * * *');
    await clock.advance(500);
    clock.step(ahead);
    await clock.advance(500);
    t.is(ticks.length, 1, `set ahead by ${ahead} ms`);
    await clock.advance(10_000);
    t.true(ticks.length >= 11 && ticks.length <= 12);
  }
});

test.serial('nothing is printed when the clock is set: what is printed is the log', async (t) => {
  const printed = ['log', 'info', 'warn', 'error'].map((method) =>
    mock.method(console, method as 'log', () => undefined),
  );
  const { clock } = ticking('0 15 * * * *');
  clock.step(2 * HOUR);
  await clock.advance(HOUR);
  t.deepEqual(
    printed.map(({ mock }) => mock.callCount()),
    [0, 0, 0, 0],
  );
  mock.restoreAll();
});

test.serial('an abort ends the wait with its reason, and leaves neither a task nor a listener behind', async (t) => {
  const stop = new AbortController();
  const { clock, ticks, ended } = ticking('*/30 * * * * *', stop.signal);
  await clock.advance(500);
  t.is(getEventListeners(stop.signal, 'abort').length, 1);
  const reason = new Error('stopped by SIGTERM');
  stop.abort(reason);
  t.is(await ended, reason);
  t.is(cron.getTasks().size, 0);
  t.is(getEventListeners(stop.signal, 'abort').length, 0);
  t.deepEqual(ticks, []);
});

test.serial('a tick leaves neither a task nor a listener behind', async (t) => {
  const stop = new AbortController();
  const clock = new HostClock();
  const waiting = cronTicker('*/30 * * * * *', clock).next(stop.signal);
  await clock.advance(25_000);
  await waiting;
  t.is(cron.getTasks().size, 0);
  t.is(getEventListeners(stop.signal, 'abort').length, 0);
});

test.serial('under a signal that is aborted already no wait begins', async (t) => {
  const reason = new Error('stopped by SIGTERM');
  const { ended } = ticking('*/30 * * * * *', AbortSignal.abort(reason));
  t.is(await ended, reason);
  t.is(cron.getTasks().size, 0);
});

test.serial('an expression that is no schedule is an error, not a wait without end', async (t) => {
  const { ended } = ticking('every now and then');
  t.true((await ended) instanceof Error);
  t.is(cron.getTasks().size, 0);
});

test.serial('with the real clock it ticks within the second that the schedule says', async (t) => {
  mock.timers.reset();
  await cronTicker('* * * * * *', systemClock).next(new AbortController().signal);
  t.pass();
});
