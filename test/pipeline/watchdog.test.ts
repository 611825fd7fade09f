import { getEventListeners } from 'node:events';
import test from 'ava';
import { watched } from '../../src/pipeline/watchdog.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { trouble } from '../support/wire.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Work that may take 5 minutes between two signs of life; the test ends it. */
function watching(allowed = () => 5 * MINUTE) {
  const clock = new ManualClock(undefined, { autoAdvance: false });
  const abort = new AbortController();
  const cancelled: number[] = [];
  const work = { resolve: (_value: string) => {}, reject: (_error: Error) => {} };
  const promise = new Promise<string>((resolve, reject) => void Object.assign(work, { resolve, reject }));
  let alive = () => {};
  const result = watched(
    (sign) => {
      alive = sign;
      return promise;
    },
    {
      clock,
      allowed,
      abort: abort.signal,
      cancel: (ms) => void cancelled.push(ms),
      stuck: () => trouble('poller.stuck'),
    },
  );
  const outcome = result.then(
    (value) => value,
    (error: { code?: string }) => error.code ?? error,
  );
  return { clock, abort, cancelled, work, outcome, alive: () => alive() };
}

test('work that ends is what comes of it, whether well or not, and nothing is left behind', async (t) => {
  const well = watching();
  well.work.resolve('done');
  t.is(await well.outcome, 'done');
  t.is(getEventListeners(well.abort.signal, 'abort').length, 0);
  const badly = watching();
  const error = new TypeError('a defect');
  badly.work.reject(error);
  t.is<unknown, unknown>(await badly.outcome, error);
  await badly.clock.advance(60 * MINUTE);
  t.deepEqual(badly.cancelled, []);
});

test('without a sign of life it is cancelled, once, at the millisecond', async (t) => {
  const { clock, cancelled, work, outcome } = watching();
  await clock.advance(5 * MINUTE - 1);
  t.deepEqual(cancelled, []);
  await clock.advance(1);
  t.deepEqual(cancelled, [5 * MINUTE]);
  await clock.advance(MINUTE - 1);
  work.resolve('cancelled cleanly');
  t.is(await outcome, 'cancelled cleanly');
  t.deepEqual(cancelled, [5 * MINUTE]);
});

test('every sign of life gives it the allowed time anew, which may have changed', async (t) => {
  let allowed = 5 * MINUTE;
  const { clock, cancelled, alive } = watching(() => allowed);
  for (let signs = 0; signs < 10; signs++) {
    await clock.advance(4 * MINUTE + 30 * SECOND);
    alive();
  }
  allowed = 10 * MINUTE;
  alive();
  await clock.advance(10 * MINUTE - 1);
  t.deepEqual(cancelled, []);
  await clock.advance(1);
  t.deepEqual(cancelled, [10 * MINUTE]);
});

test('what ignores being cancelled is stuck after a minute, and after five seconds where it was cancelled from outside', async (t) => {
  const overdue = watching();
  await overdue.clock.advance(6 * MINUTE);
  t.is(await overdue.outcome, 'poller.stuck');
  overdue.work.reject(new Error('this is ignored'));

  const dropAll = watching();
  dropAll.abort.abort(new Error('poller.shutdownTimeout has passed'));
  await dropAll.clock.advance(5 * SECOND);
  t.is(await dropAll.outcome, 'poller.stuck');
  t.deepEqual(dropAll.cancelled, []);
});

test('time in which the process was stopped counts as a minute at most, and steps of the wall clock not at all', async (t) => {
  const { clock, cancelled } = watching();
  clock.pause(60 * MINUTE);
  clock.step(30 * 24 * 60 * MINUTE);
  await clock.advance(4 * MINUTE - 1);
  t.deepEqual(cancelled, []);
  await clock.advance(1);
  t.is(cancelled.length, 1);
});
