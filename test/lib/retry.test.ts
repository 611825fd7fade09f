import { getEventListeners } from 'node:events';
import test from 'ava';
import { retrying } from '../../src/lib/retry.ts';
import { ManualClock } from '../support/manual-clock.ts';

const BACKOFF = { first: 100, longest: 1_000 };
const always = () => true;

function failing(times: number, error = new Error('busy')) {
  const made: number[] = [];
  const attempt = async (number: number) => {
    made.push(number);
    if (made.length <= times) throw error;
    return 'done';
  };
  return { attempt, made, error };
}

test('pauses double up to the longest, and chance takes up to half of each', async (t) => {
  const signal = new AbortController().signal;
  const waits = async (chance: number) => {
    const clock = new ManualClock();
    clock.chance = chance;
    await retrying(failing(5).attempt, always, { attempts: 6, backoff: BACKOFF, clock, signal });
    return clock.slept;
  };
  t.deepEqual(await waits(0), [50, 100, 200, 400, 500]);
  t.deepEqual(await waits(0.999), [100, 200, 400, 800, 1_000]);
});

test('the last error comes out once the attempts are used up, and no wait follows the last of them', async (t) => {
  const clock = new ManualClock();
  const signal = new AbortController().signal;
  const { attempt, made, error } = failing(99);
  const retryPolicy = { attempts: 3, backoff: BACKOFF, clock, signal };
  t.is(await t.throwsAsync(retrying(attempt, always, retryPolicy)), error);
  t.deepEqual(made, [1, 2, 3]);
  t.is(clock.slept.length, 2);
});

test('what is not worth retrying comes out at once', async (t) => {
  const clock = new ManualClock();
  const signal = new AbortController().signal;
  const { attempt, made, error } = failing(99);
  const retryPolicy = { attempts: 3, backoff: BACKOFF, clock, signal };
  t.is(await t.throwsAsync(retrying(attempt, () => false, retryPolicy)), error);
  t.deepEqual(made, [1]);
});

test('an abort ends the pause between two attempts with its reason, and leaves no listener behind', async (t) => {
  const clock = new ManualClock(0, { autoAdvance: false });
  const stop = new AbortController();
  const { attempt, made } = failing(99);
  const retryPolicy = { attempts: 3, backoff: BACKOFF, clock, signal: stop.signal };
  const ended = t.throwsAsync(retrying(attempt, always, retryPolicy));
  await clock.advance(0);
  const reason = new Error('stopped');
  stop.abort(reason);
  t.is(await ended, reason);
  t.deepEqual(made, [1]);
  t.is(getEventListeners(stop.signal, 'abort').length, 0);
});

test('nothing is attempted under a signal that is aborted already', async (t) => {
  const reason = new Error('stopped');
  const { attempt, made } = failing(0);
  const retryPolicy = { attempts: 3, backoff: BACKOFF, clock: new ManualClock(), signal: AbortSignal.abort(reason) };
  t.is(await t.throwsAsync(retrying(attempt, always, retryPolicy)), reason);
  t.deepEqual(made, []);
});
