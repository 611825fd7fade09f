import { getEventListeners } from 'node:events';
import test from 'ava';
import { abortable } from '../../src/lib/abortable.ts';

test('what the promise comes to is passed on, and no listener stays', async (t) => {
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
