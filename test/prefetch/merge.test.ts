import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { type Merge, merge } from '../../src/prefetch/merge.ts';

const lasting = new AbortController().signal;
const nothing = () => undefined;

async function collect<T>(elements: AsyncIterable<T>): Promise<{ read: T[]; failure?: unknown }> {
  const read: T[] = [];
  try {
    for await (const element of elements) read.push(element);
    return { read };
  } catch (failure) {
    return { read, failure };
  }
}

/** A source that ends when its signal does. */
const untilAborted = ({ signal }: Merge<unknown>) =>
  new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

test('what sources emit comes as it comes, until all of them have ended', async (t) => {
  const elements = merge<string>(lasting, (merge) => {
    merge.add(async () => {
      await turn();
      await turn();
      merge.emit('slow', nothing);
    });
    merge.add(async () => {
      merge.emit('quick', nothing);
      merge.add(async () => merge.emit('opened by another', nothing));
    });
  });
  t.deepEqual(await collect(elements), { read: ['quick', 'opened by another', 'slow'] });
});

test('an element is done with when its consumer comes back', async (t) => {
  const done: number[] = [];
  const elements = merge<number>(lasting, (merge) => {
    merge.add(async () => {
      for (const element of [1, 2]) merge.emit(element, () => done.push(element));
    });
  });
  const seen: number[][] = [];
  for await (const _ of elements) seen.push([...done]);
  t.deepEqual(seen, [[], [1]]);
  t.deepEqual(done, [1, 2]);
});

test('the failure of a source ends the others, and comes after what was emitted before', async (t) => {
  const failure = new Error('broken');
  let ended: unknown;
  const elements = merge<string>(lasting, (merge) => {
    merge.add(() =>
      untilAborted(merge).catch((reason: unknown) => {
        ended = reason;
      }),
    );
    merge.add(async () => {
      merge.emit('before', nothing);
      throw failure;
    });
  });
  t.deepEqual(await collect(elements), { read: ['before'], failure });
  t.is(ended, failure);
});

test('a consumer that stops early ends all sources, and what was emitted is done with', async (t) => {
  let isOver = false;
  let done = 0;
  const elements = merge<number>(lasting, (merge) => {
    merge.add(async () => {
      for (const element of [1, 2, 3]) merge.emit(element, () => done++);
      await untilAborted(merge).catch(async () => {
        await turn();
        isOver = true;
      });
    });
  });
  for await (const _ of elements) break;
  t.true(isOver);
  t.is(done, 3);
});

test('an abort ends the reading at once with its reason, even of what was emitted already', async (t) => {
  const controller = new AbortController();
  let done = 0;
  const elements = merge<number>(controller.signal, (merge) => {
    merge.add(async () => {
      for (const element of [1, 2, 3]) merge.emit(element, () => done++);
      await untilAborted(merge);
    });
  });
  const read: number[] = [];
  const failure = await (async () => {
    for await (const element of elements) {
      read.push(element);
      controller.abort('stop');
    }
  })().catch((reason: unknown) => reason);
  t.is(failure, 'stop');
  t.deepEqual(read, [1]);
  t.is(done, 3);
});

test('an abort while the consumer waits wakes it', async (t) => {
  const controller = new AbortController();
  const reading = collect(merge<number>(controller.signal, (merge) => merge.add(() => untilAborted(merge))));
  await turn();
  controller.abort('stop');
  t.deepEqual(await reading, { read: [], failure: 'stop' });
});

test('what is never read is dropped when the signal aborts', async (t) => {
  const controller = new AbortController();
  let done = 0;
  merge<number>(controller.signal, (merge) => {
    merge.add(async () => {
      merge.emit(1, () => done++);
      await untilAborted(merge);
    });
  });
  await turn();
  controller.abort('stop');
  t.is(done, 1);
  await turn();
});

test('what is emitted after an abort is dropped too, though it is never read', async (t) => {
  const controller = new AbortController();
  let done = 0;
  merge<number>(controller.signal, (merge) => {
    merge.add(async () => {
      await turn();
      merge.emit(1, () => done++);
    });
  });
  controller.abort('stop');
  await turn();
  await turn();
  t.is(done, 1);
});
