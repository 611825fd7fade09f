import { getEventListeners } from 'node:events';
import test from 'ava';
import { linkSignals } from '../../src/lib/signals.ts';

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
