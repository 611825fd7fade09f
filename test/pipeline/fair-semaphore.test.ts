import { setMaxListeners } from 'node:events';
import test from 'ava';
import { FairSemaphore } from '../../src/pipeline/fair-semaphore.ts';

const forever = new AbortController().signal;
setMaxListeners(0, forever);
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Acquires, and notes the group once it has a permit. */
function acquireAll(semaphore: FairSemaphore, groups: string, admitted: string[], signal = forever) {
  return [...groups].map(async (group) => {
    const release = await semaphore.acquire(group, signal);
    admitted.push(group);
    return release;
  });
}

test('a group that works alone holds every permit, and never one more', async (t) => {
  const semaphore = new FairSemaphore(3);
  const admitted: string[] = [];
  const permits = acquireAll(semaphore, 'aaaa', admitted);
  await settled();
  t.deepEqual(admitted, ['a', 'a', 'a']);
  (await permits[0])?.();
  await settled();
  t.is(admitted.length, 4);
});

test('a group that comes later has its share as soon as that many permits are released, however many wait before it', async (t) => {
  const semaphore = new FairSemaphore(4);
  const admitted: string[] = [];
  const first = acquireAll(semaphore, 'aaaaaaaa', admitted);
  const second = acquireAll(semaphore, 'bbb', admitted);
  await settled();
  for (const permit of first.slice(0, 2)) (await permit)();
  await settled();
  t.is(admitted.slice(4).join(''), 'bb');
  (await first[2])?.();
  await settled();
  t.is(admitted.slice(4).join(''), 'bba', 'with two permits against one, the other group is next');
  t.is(second.length, 3);
});

test('among groups with equally many permits, the longest waiter is next', async (t) => {
  const semaphore = new FairSemaphore(1);
  const admitted: string[] = [];
  const [only] = acquireAll(semaphore, 'a', admitted);
  acquireAll(semaphore, 'cba', admitted);
  (await only)?.();
  await settled();
  t.deepEqual(admitted, ['a', 'c']);
});

test('a waiter leaves with its signal, and takes no permit', async (t) => {
  const semaphore = new FairSemaphore(1);
  const admitted: string[] = [];
  const release = await semaphore.acquire('a', forever);
  const ending = new AbortController();
  const [waiting] = acquireAll(semaphore, 'b', admitted, ending.signal);
  ending.abort(new Error('the lease is lost'));
  await t.throwsAsync(async () => waiting, { message: 'the lease is lost' });
  release();
  await semaphore.acquire('a', forever);
  t.deepEqual(admitted, []);
});

test('a permit that comes with the abort goes to the next waiter', async (t) => {
  const semaphore = new FairSemaphore(1);
  const admitted: string[] = [];
  const release = await semaphore.acquire('a', forever);
  const ending = new AbortController();
  const [leaving] = acquireAll(semaphore, 'b', admitted, ending.signal);
  acquireAll(semaphore, 'c', admitted);
  ending.abort(new Error('the lease is lost'));
  release();
  await t.throwsAsync(async () => leaving, { message: 'the lease is lost' });
  await settled();
  t.deepEqual(admitted, ['c']);
});

test('a caller with an aborted signal gets nothing', async (t) => {
  const semaphore = new FairSemaphore(1);
  await t.throwsAsync(semaphore.acquire('a', AbortSignal.abort(new Error('over'))), { message: 'over' });
  t.is(typeof (await semaphore.acquire('a', forever)), 'function');
});
