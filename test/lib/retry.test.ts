import { getEventListeners } from 'node:events';
import test from 'ava';
import { retrying, untilSucceeded } from '../../src/lib/retry.ts';
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

test('work is tried until it succeeds, and each failure is told', async (t) => {
  const [clock, { signal }] = [new ManualClock(), new AbortController()];
  const { attempt, made, error } = failing(4);
  const told: unknown[] = [];
  const onFailure = (failure: unknown) => void told.push(failure);
  const work = async () => void (await attempt(made.length + 1));
  await untilSucceeded(work, { backoff: BACKOFF, clock, signal, onFailure });
  t.deepEqual(made, [1, 2, 3, 4, 5]);
  t.deepEqual(told, [error, error, error, error]);
  t.deepEqual(clock.slept, [75, 150, 300, 600]);
});

test('a stop ends the pause between two attempts, and the failure of a stopped attempt is not told', async (t) => {
  for (const during of ['pause', 'attempt'] as const) {
    const [clock, stop] = [new ManualClock(0, { autoAdvance: false }), new AbortController()];
    const told: unknown[] = [];
    const work = async () => {
      if (during === 'attempt') stop.abort();
      throw new Error('busy');
    };
    const onFailure = (failure: unknown) => void told.push(failure);
    const trying = untilSucceeded(work, { backoff: BACKOFF, clock, signal: stop.signal, onFailure });
    await clock.advance(10);
    stop.abort();
    await trying;
    t.is(told.length, during === 'pause' ? 1 : 0);
  }
});

test('an error thrown by onFailure ends the retries', async (t) => {
  const [clock, { signal }] = [new ManualClock(), new AbortController()];
  const { attempt, made, error } = failing(9);
  const onFailure = (failure: unknown) => {
    if (made.length === 2) throw failure;
  };
  const work = async () => void (await attempt(made.length + 1));
  t.is(await t.throwsAsync(untilSucceeded(work, { backoff: BACKOFF, clock, signal, onFailure })), error);
  t.deepEqual(made, [1, 2]);
});
