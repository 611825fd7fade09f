import { getEventListeners } from 'node:events';
import test from 'ava';
import { abortable, linkSignals, TimeoutError, withTimeLimit } from '../../src/lib/abort.ts';
import { ManualClock } from '../support/manual-clock.ts';

test('a linked signal aborts with the first of its signals, and with its reason', (t) => {
  const [first, second] = [new AbortController(), new AbortController()];
  const { signal } = linkSignals(first.signal, second.signal);
  t.false(signal.aborted);
  const reason = new Error('enough');
  second.abort(reason);
  first.abort(new Error('too late'));
  t.is(signal.reason, reason);
});

test('a link to a signal that is aborted already is aborted from the start', (t) => {
  const reason = new Error('long ago');
  t.is(linkSignals(new AbortController().signal, AbortSignal.abort(reason)).signal.reason, reason);
});

test('a released link leaves no listener behind and hears nothing more', (t) => {
  const long = new AbortController();
  const { signal, release } = linkSignals(long.signal);
  t.is(getEventListeners(long.signal, 'abort').length, 1);
  release();
  t.is(getEventListeners(long.signal, 'abort').length, 0);
  long.abort();
  t.false(signal.aborted);
});

test('abortable settles as its promise does and leaves no listener', async (t) => {
  const { signal } = new AbortController();
  t.is(await abortable(Promise.resolve(7), signal), 7);
  const error = new Error('no');
  t.is(await t.throwsAsync(abortable(Promise.reject(error), signal)), error);
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('an abort ends the wait with its reason, and a rejection that comes later ends no process', async (t) => {
  const stop = new AbortController();
  let reject = (_error: Error) => {};
  const promise = new Promise<never>((_resolve, refuse) => {
    reject = refuse;
  });
  const waiting = abortable(promise, stop.signal);
  const reason = new Error('stopped');
  stop.abort(reason);
  t.is(await t.throwsAsync(waiting), reason);
  reject(new Error('late'));
  await new Promise((resolve) => setImmediate(resolve));
});

test('under a signal that is aborted already the reason comes at once, though the promise rejects as well', async (t) => {
  const reason = new Error('stopped');
  t.is(await t.throwsAsync(abortable(Promise.reject(new Error('too')), AbortSignal.abort(reason))), reason);
  await new Promise((resolve) => setImmediate(resolve));
});

const forEver = () => new Promise<never>(() => undefined);

test('work within its time limit is passed on, and neither a timer nor a listener stays', async (t) => {
  const clock = new ManualClock(0, { autoAdvance: false });
  const { signal } = new AbortController();
  const limits = { clock, limit: 5_000, signal };
  let ofTheWork: AbortSignal | undefined;
  const work = async (under: AbortSignal) => {
    ofTheWork = under;
    return 7;
  };
  t.is(await withTimeLimit(work, limits), 7);
  const error = new Error('no');
  t.is(await t.throwsAsync(withTimeLimit(() => Promise.reject(error), limits)), error);
  await clock.advance(10_000);
  t.false(ofTheWork?.aborted);
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('work that exceeds its time limit is signalled and no longer awaited though it goes on', async (t) => {
  const clock = new ManualClock(0, { autoAdvance: false });
  let ofTheWork: AbortSignal | undefined;
  const work = (under: AbortSignal) => {
    ofTheWork = under;
    return forEver();
  };
  const outcome = t.throwsAsync(withTimeLimit(work, { clock, limit: 5_000 }), { instanceOf: TimeoutError });
  await clock.advance(4_999);
  t.false(ofTheWork?.aborted);
  await clock.advance(1);
  const error = await outcome;
  t.is(error?.message, 'no answer within 5 s');
  t.is(ofTheWork?.reason, error);
});

test('a signal ends work before its time limit, with its reason; an earlier one lets none begin', async (t) => {
  const clock = new ManualClock(0, { autoAdvance: false });
  const stop = new AbortController();
  const reason = new Error('stopped');
  const outcome = t.throwsAsync(withTimeLimit(forEver, { clock, limit: 5_000, signal: stop.signal }));
  stop.abort(reason);
  t.is(await outcome, reason);
  const never = async () => t.fail('work began');
  t.is(await t.throwsAsync(withTimeLimit(never, { clock, limit: 5_000, signal: stop.signal })), reason);
  t.deepEqual(clock.slept, [5_000]);
});
