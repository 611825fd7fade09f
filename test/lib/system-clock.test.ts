import { getEventListeners } from 'node:events';
import { mock } from 'node:test';
import test from 'ava';
import { systemClock } from '../../src/lib/system-clock.ts';

test('the wall clock tells milliseconds since the epoch', (t) => {
  const before = Date.now();
  const now = systemClock.now();
  t.true(now >= before && now <= Date.now());
});

test('the monotonic clock goes on by what was slept, or more, and never back', async (t) => {
  const before = systemClock.monotonic();
  await systemClock.sleep(5);
  // Node's timers are set in whole milliseconds and may fire up to one early.
  t.true(systemClock.monotonic() - before >= 4);
});

test('chance is in [0, 1)', (t) => {
  for (let draw = 0; draw < 1_000; draw++) {
    const chance = systemClock.random();
    t.true(chance >= 0 && chance < 1);
  }
});

test.serial('a sleep that is longer than a timer of Node can wait lasts as long as it was asked for', async (t) => {
  const DAY = 86_400_000;
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  let isOver = false;
  void systemClock.sleep(60 * DAY).then(() => {
    isOver = true;
  });
  for (let day = 1; day < 60; day++) {
    mock.timers.tick(DAY);
    await settle();
    t.false(isOver, `day ${day}`);
  }
  // A piece that ends within a turned day is followed by the next one at the end of that day.
  for (let day = 60; day < 63; day++) {
    mock.timers.tick(DAY);
    await settle();
  }
  t.true(isOver);
});

test('a long sleep is no short one', async (t) => {
  const stop = new AbortController();
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning);
  process.on('warning', onWarning);
  t.teardown(() => process.off('warning', onWarning));
  const outcome = systemClock.sleep(3_650 * 86_400_000, stop.signal).then(
    () => 'over',
    () => 'stopped',
  );
  await systemClock.sleep(10);
  stop.abort(new Error('stopped'));
  t.is(await outcome, 'stopped');
  t.deepEqual(
    warnings.filter(({ name }) => name === 'TimeoutOverflowWarning'),
    [],
  );
});

test("an abort ends a sleep at once, with the signal's own reason and not with Node's AbortError", async (t) => {
  const stop = new AbortController();
  const reason = new Error('stopped by SIGTERM');
  const sleeping = t.throwsAsync(systemClock.sleep(3_600_000, stop.signal));
  stop.abort(reason);
  t.is(await sleeping, reason);
});

test('no sleep begins under a signal that is aborted already', async (t) => {
  const reason = new Error('stopped by SIGTERM');
  t.is(await t.throwsAsync(systemClock.sleep(3_600_000, AbortSignal.abort(reason))), reason);
});

test('a sleep leaves no listener behind, whichever way it ended', async (t) => {
  const stop = new AbortController();
  await systemClock.sleep(1, stop.signal);
  t.is(getEventListeners(stop.signal, 'abort').length, 0);
  const sleeping = t.throwsAsync(systemClock.sleep(3_600_000, stop.signal));
  stop.abort(new Error('stopped'));
  await sleeping;
  t.is(getEventListeners(stop.signal, 'abort').length, 0);
});
