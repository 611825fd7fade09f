import { setMaxListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { PrioritySemaphore } from '../../src/prefetch/priority-semaphore.ts';

const lasting = new AbortController().signal;
setMaxListeners(0, lasting);

/** Enters for each rank in turn, and notes who was let in. */
function waiters(semaphore: PrioritySemaphore, ...ranks: readonly number[]) {
  const inside: number[] = [];
  const release = new Map<number, (() => void)[]>();
  const entering = ranks.map(async (rank) => {
    const { release: done } = await semaphore.acquire(rank, lasting);
    inside.push(rank);
    release.set(rank, [...(release.get(rank) ?? []), done]);
  });
  return { inside, release: (rank: number) => release.get(rank)?.pop()?.(), entering };
}

test('as many are let in as there are permits, and the next when one leaves', async (t) => {
  const { inside, release } = waiters(new PrioritySemaphore(2), 1, 1, 1, 1);
  await turn();
  t.deepEqual(inside, [1, 1]);
  release(1);
  await turn();
  t.deepEqual(inside, [1, 1, 1]);
});

test('the lowest rank comes first', async (t) => {
  const { inside, release } = waiters(new PrioritySemaphore(3), 1, 2, 3, 3, 2, 1);
  await turn();
  t.deepEqual(inside, [1, 2, 3]);
  release(3);
  await turn();
  release(2);
  await turn();
  t.deepEqual(inside, [1, 2, 3, 1, 2]);
});

test('a rank that holds nothing is let in although no permit is free', async (t) => {
  const { inside, release } = waiters(new PrioritySemaphore(1), 5, 5, 1, 1);
  await turn();
  t.deepEqual(inside, [5, 1]);
  // There is one too many still: the first release frees nothing.
  release(5);
  await turn();
  t.deepEqual(inside, [5, 1]);
  release(1);
  await turn();
  t.deepEqual(inside, [5, 1, 1]);
});

test('a permit released twice is free once', async (t) => {
  const semaphore = new PrioritySemaphore(1);
  const { release } = await semaphore.acquire(1, lasting);
  const { inside } = waiters(semaphore, 1, 1);
  release();
  release();
  await turn();
  t.deepEqual(inside, [1]);
});

test('a waiter that gives up rejects with the reason, and takes no permit', async (t) => {
  const semaphore = new PrioritySemaphore(1);
  const { release } = await semaphore.acquire(1, lasting);
  const controller = new AbortController();
  const waiting = semaphore.acquire(1, controller.signal);
  controller.abort('enough');
  t.is(await waiting.catch((reason: unknown) => reason), 'enough');
  t.is(await semaphore.acquire(1, controller.signal).catch((reason: unknown) => reason), 'enough');
  release();
  const { inside } = waiters(semaphore, 1);
  await turn();
  t.deepEqual(inside, [1]);
});

test('a waiter that is let in as it gives up releases its permit', async (t) => {
  const semaphore = new PrioritySemaphore(1);
  const { release } = await semaphore.acquire(1, lasting);
  const controller = new AbortController();
  const waiting = semaphore.acquire(1, controller.signal);
  const { inside } = waiters(semaphore, 1);
  controller.abort('enough');
  release();
  t.is(await waiting.catch((reason: unknown) => reason), 'enough');
  await turn();
  t.deepEqual(inside, [1]);
});

test('what weighs more takes more permits, and what turns out heavier than expected keeps others out until it leaves', async (t) => {
  const semaphore = new PrioritySemaphore(4);
  const heavy = await semaphore.acquire(1, lasting, 3);
  const light = await semaphore.acquire(1, lasting);
  const { inside } = waiters(semaphore, 1, 1);
  await turn();
  t.deepEqual(inside, []);
  heavy.weigh(1);
  await turn();
  t.deepEqual(inside, [1, 1]);
  light.weigh(100);
  const more = waiters(semaphore, 1);
  heavy.release();
  await turn();
  t.deepEqual(more.inside, []);
  light.release();
  await turn();
  t.deepEqual(more.inside, [1]);
});

test('where things are heavy, only the lowest rank is let in although no permit is free', async (t) => {
  const semaphore = new PrioritySemaphore(4);
  const first = await semaphore.acquire(2, lasting, 4);
  const inside: number[] = [];
  const entering = [3, 1].map(async (rank) => {
    const permit = await semaphore.acquire(rank, lasting, 4);
    inside.push(rank);
    return permit;
  });
  await turn();
  t.deepEqual(inside, [1]);
  first.release();
  (await entering[1])?.release();
  await turn();
  t.deepEqual(inside, [1, 3]);
});

test('a weight beyond the whole semaphore is the whole semaphore', async (t) => {
  const semaphore = new PrioritySemaphore(4);
  const permit = await semaphore.acquire(1, lasting, 100);
  permit.release();
  permit.weigh(100);
  const { inside } = waiters(semaphore, 1, 1, 1, 1, 1);
  await turn();
  t.deepEqual(inside, [1, 1, 1, 1]);
});
