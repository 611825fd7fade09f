import test from 'ava';
import { WaitQueue } from '../../src/lib/wait-queue.ts';

const never = new AbortController().signal;

test('the lowest rank comes first, and among equals the one that has waited longest', async (t) => {
  const line = new WaitQueue<{ readonly name: string; readonly rank: number }>();
  const entered: string[] = [];
  const waiters = [
    { name: 'c', rank: 2 },
    { name: 'a', rank: 1 },
    { name: 'b', rank: 1 },
  ];
  const waiting = waiters.map((waiter) => line.wait(waiter, never, t.fail).then(() => entered.push(waiter.name)));
  for (;;) {
    const first = line.first(({ rank }) => rank);
    if (!first) break;
    line.admit(first);
  }
  await Promise.all(waiting);
  t.deepEqual(entered, ['a', 'b', 'c']);
});

test('a waiter whose signal aborts leaves the line, and has nothing to release', async (t) => {
  const line = new WaitQueue<object>();
  const stop = new AbortController();
  const waiter = {};
  const waiting = t.throwsAsync(line.wait(waiter, stop.signal, t.fail));
  const reason = new Error('stopping');
  stop.abort(reason);
  t.is(await waiting, reason);
  t.is(
    line.first(() => 0),
    undefined,
  );
  t.notThrows(() => line.admit(waiter));
});

test('an admission that comes together with an abort is released', async (t) => {
  const line = new WaitQueue<object>();
  const stop = new AbortController();
  const waiter = {};
  let givenBack = 0;
  const waiting = t.throwsAsync(line.wait(waiter, stop.signal, () => givenBack++));
  stop.abort(new Error('stopping'));
  line.admit(waiter);
  await waiting;
  t.is(givenBack, 1);
});
