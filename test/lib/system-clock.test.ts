import { getEventListeners } from 'node:events';
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
