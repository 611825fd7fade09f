import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { PrioritySemaphore } from '../../src/prefetch/priority-semaphore.ts';

const lasting = new AbortController().signal;

/** Enters for each rank in turn, and notes who was let in. */
function waiters(semaphore: PrioritySemaphore, ...ranks: readonly number[]) {
  const inside: number[] = [];
  const leave = new Map<number, (() => void)[]>();
  const entering = ranks.map(async (rank) => {
    const { leave: done } = await semaphore.enter(rank, lasting);
    inside.push(rank);
    leave.set(rank, [...(leave.get(rank) ?? []), done]);
  });
  return { inside, leave: (rank: number) => leave.get(rank)?.pop()?.(), entering };
}

test('as many are let in as there is room for, and the next when one leaves', async (t) => {
  const { inside, leave } = waiters(new PrioritySemaphore(2), 1, 1, 1, 1);
  await turn();
  t.deepEqual(inside, [1, 1]);
  leave(1);
  await turn();
  t.deepEqual(inside, [1, 1, 1]);
});

test('the lowest rank comes first', async (t) => {
  const { inside, leave } = waiters(new PrioritySemaphore(3), 1, 2, 3, 3, 2, 1);
  await turn();
  t.deepEqual(inside, [1, 2, 3]);
  leave(3);
  await turn();
  leave(2);
  await turn();
  t.deepEqual(inside, [1, 2, 3, 1, 2]);
});

test('a rank that holds nothing is let in although there is no room', async (t) => {
  const { inside, leave } = waiters(new PrioritySemaphore(1), 5, 5, 1, 1);
  await turn();
  t.deepEqual(inside, [5, 1]);
  // There is one too many still: the first who leaves makes room for nobody.
  leave(5);
  await turn();
  t.deepEqual(inside, [5, 1]);
  leave(1);
  await turn();
  t.deepEqual(inside, [5, 1, 1]);
});

test('leaving twice makes room once', async (t) => {
  const semaphore = new PrioritySemaphore(1);
  const { leave } = await semaphore.enter(1, lasting);
  const { inside } = waiters(semaphore, 1, 1);
  leave();
  leave();
  await turn();
  t.deepEqual(inside, [1]);
});

test('whoever gives up waiting rejects with the reason, and takes no room', async (t) => {
  const semaphore = new PrioritySemaphore(1);
  const { leave } = await semaphore.enter(1, lasting);
  const controller = new AbortController();
  const waiting = semaphore.enter(1, controller.signal);
  controller.abort('enough');
  t.is(await waiting.catch((reason: unknown) => reason), 'enough');
  t.is(await semaphore.enter(1, controller.signal).catch((reason: unknown) => reason), 'enough');
  leave();
  const { inside } = waiters(semaphore, 1);
  await turn();
  t.deepEqual(inside, [1]);
});

test('who is let in at the very moment of giving up gives the room back', async (t) => {
  const semaphore = new PrioritySemaphore(1);
  const { leave } = await semaphore.enter(1, lasting);
  const controller = new AbortController();
  const waiting = semaphore.enter(1, controller.signal);
  const { inside } = waiters(semaphore, 1);
  controller.abort('enough');
  leave();
  t.is(await waiting.catch((reason: unknown) => reason), 'enough');
  await turn();
  t.deepEqual(inside, [1]);
});
