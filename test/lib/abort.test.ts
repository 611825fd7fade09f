import { getEventListeners } from 'node:events';
import test from 'ava';
import { abortable, linkSignals } from '../../src/lib/abort.ts';

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
