import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { prefetchOne } from '../../src/prefetch/prefetch-one.ts';

/** A source of 1, 2, 3, … that notes how far it has been asked, and that it has ended. */
function source(last: number) {
  const seen = { asked: 0, ended: false, reason: undefined as unknown };
  async function* open(signal: AbortSignal): AsyncGenerator<number, void, void> {
    signal.addEventListener('abort', () => {
      seen.reason = signal.reason;
    });
    try {
      for (let number = 1; number <= last; number++) {
        seen.asked = number;
        await turn();
        signal.throwIfAborted();
        yield number;
      }
    } finally {
      seen.ended = true;
    }
  }
  return { seen, open };
}

test('yields everything in order, then ends', async (t) => {
  const { seen, open } = source(3);
  const read = [];
  for await (const number of prefetchOne(open, new AbortController().signal)) read.push(number);
  t.deepEqual(read, [1, 2, 3]);
  t.true(seen.ended);
});

test('nothing is asked for before the consumer comes', async (t) => {
  const { seen, open } = source(3);
  prefetchOne(open, new AbortController().signal);
  await turn();
  t.is(seen.asked, 0);
});

test('works on the next while the consumer works on this, and never on one more', async (t) => {
  const { seen, open } = source(9);
  for await (const number of prefetchOne(open, new AbortController().signal)) {
    for (let index = 0; index < 5; index++) await turn();
    t.is(seen.asked, Math.min(9, number + 1));
  }
});

test('when the consumer stops early, nothing is left running and nothing goes unhandled', async (t) => {
  const { seen, open } = source(9);
  const { signal } = new AbortController();
  for await (const number of prefetchOne(open, signal)) if (number === 2) break;
  t.true(seen.ended);
  t.is(seen.asked, 3);
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('when the consumer throws, its error comes through and nothing is left running', async (t) => {
  const { seen, open } = source(9);
  const read = async () => {
    for await (const _ of prefetchOne(open, new AbortController().signal)) throw new Error('full disk');
  };
  await t.throwsAsync(read, { message: 'full disk' });
  t.true(seen.ended);
});

test("an error of the source is met when the consumer comes for the element, with the error's own identity", async (t) => {
  const failure = new Error('no more');
  async function* open(): AsyncGenerator<number, void, void> {
    yield 1;
    throw failure;
  }
  const elements = prefetchOne(open, new AbortController().signal);
  t.deepEqual(await elements.next(), { done: false, value: 1 });
  for (let index = 0; index < 5; index++) await turn();
  t.is(await elements.next().catch((error: unknown) => error), failure);
});

test('the signal aborts the source with its reason, and the consumer gets it', async (t) => {
  const { seen, open } = source(9);
  const controller = new AbortController();
  const elements = prefetchOne(open, controller.signal);
  await elements.next();
  controller.abort('shutting down');
  t.is(await elements.next().catch((reason: unknown) => reason), 'shutting down');
  t.is(seen.reason, 'shutting down');
  t.true(seen.ended);
});

test('under a signal that has aborted, the source is not opened', async (t) => {
  const { seen, open } = source(9);
  const reason = await prefetchOne(open, AbortSignal.abort('too late'))
    .next()
    .catch((error: unknown) => error);
  t.is(reason, 'too late');
  t.is(seen.asked, 0);
});

test('a signal that lives for ever collects no listeners', async (t) => {
  const { signal } = new AbortController();
  for (let round = 0; round < 5; round++) {
    for await (const _ of prefetchOne(source(2).open, signal)) await turn();
  }
  t.is(getEventListeners(signal, 'abort').length, 0);
});
