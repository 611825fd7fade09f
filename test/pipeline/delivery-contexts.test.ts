import { getEventListeners } from 'node:events';
import test from 'ava';
import { deliveryContexts } from '../../src/pipeline/delivery-contexts.ts';
import type { Counter } from '../../src/ports/request-context.ts';
import { raisable } from './fixture.ts';

/** The contexts under a lease that depends on another one, and all that can end them. */
function desk() {
  const own = new AbortController();
  const other = new AbortController();
  const { signals, stop, abort } = raisable();
  const counted: Counter[] = [];
  const lossSignals = [own.signal, other.signal];
  const contexts = deliveryContexts({ lossSignals }, signals, (what) => counted.push(what));
  const { reading, publishing, recording } = contexts;
  return {
    own,
    other,
    stop,
    abort,
    counted,
    contexts,
    watched: [...lossSignals, signals.stop, signals.abort, publishing.signal],
    ended: () =>
      Object.entries({ reading, publishing, recording }).flatMap(([name, { signal }]) =>
        signal.aborted ? [name] : [],
      ),
  };
}

test('a stop ends reading only', (t) => {
  const d = desk();
  t.deepEqual(d.ended(), []);
  d.stop();
  t.deepEqual(d.ended(), ['reading']);
});

test('the loss of the lease, or of one it depends on, ends reading and publishing, not recording', (t) => {
  for (const lost of ['own', 'other'] as const) {
    const d = desk();
    const reason = new Error(`${lost} lease lost`);
    d[lost].abort(reason);
    t.deepEqual(d.ended(), ['reading', 'publishing']);
    t.is(d.contexts.publishing.signal.reason, reason);
    t.is(d.contexts.reading.signal.reason, reason);
  }
});

test('an abort ends everything', (t) => {
  const d = desk();
  d.abort();
  t.deepEqual(d.ended(), ['reading', 'publishing', 'recording']);
});

test('the calls of all three are counted in one place', (t) => {
  const d = desk();
  d.contexts.reading.count('genesysRequests');
  d.contexts.publishing.count('putEventsCalls');
  d.contexts.recording.count('dynamoCalls');
  t.deepEqual(d.counted, ['genesysRequests', 'putEventsCalls', 'dynamoCalls']);
});

test('once released, no signal has a listener of theirs any more', (t) => {
  const d = desk();
  const listeners = () => d.watched.map((signal) => getEventListeners(signal, 'abort').length);
  t.deepEqual(listeners(), [1, 1, 1, 2, 1]);
  d.contexts.release();
  t.deepEqual(listeners(), [0, 0, 0, 0, 0]);
});
