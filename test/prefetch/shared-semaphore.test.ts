import { setMaxListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import { type Merge, merge } from '../../src/prefetch/merge.ts';
import { PrioritySemaphore } from '../../src/prefetch/priority-semaphore.ts';

/** How many pages each source of a window emits. */
type Window = readonly number[];

/**
 * What goes wrong: after so many pages were read the reading is aborted, or this page of this source fails.
 */
interface Trouble {
  readonly abortAfter: number | undefined;
  readonly broken: string | undefined;
}

const window = fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 4 });
const windows = fc.array(window, { minLength: 1, maxLength: 6 });
const troubles = fc.record({
  abortAfter: fc.option(fc.nat({ max: 30 }), { nil: undefined }),
  broken: fc.option(
    fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 3 }), fc.nat({ max: 5 })).map((page) => page.join('.')),
    { nil: undefined },
  ),
});

test('windows that share a semaphore are all read in their turn, and every permit is free afterwards, whatever goes wrong', async (t) => {
  let failed = 0;
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 4 }),
    windows,
    troubles,
    fc.infiniteStream(fc.nat({ max: 3 })),
    async (size, all, trouble, delays) => {
      const semaphore = new PrioritySemaphore(size);
      const { read, most, failure } = await readInTurn(semaphore, all, trouble, delays);
      if (failure === undefined) t.deepEqual([...read].sort(), pagesOf(all).sort());
      else failed++;
      t.true(most < size + all.length);
      t.is(await freeIn(semaphore), size);
    },
  );
  await fc.assert(property, { numRuns: 300 });
  t.true(failed > 50);
});

function pagesOf(all: readonly Window[]): string[] {
  return all.flatMap((merge, rank) =>
    merge.flatMap((pages, source) => Array.from({ length: pages }, (_, page) => `${rank}.${source}.${page}`)),
  );
}

/** Begins to read all windows at once, as far as permits are free, and takes in one after the other. */
async function readInTurn(
  semaphore: PrioritySemaphore,
  all: readonly Window[],
  { abortAfter, broken }: Trouble,
  delays: Iterator<number>,
): Promise<{ read: string[]; most: number; failure: unknown }> {
  const outer = new AbortController();
  setMaxListeners(0, outer.signal);
  const read: string[] = [];
  let inside = 0;
  let most = 0;

  const pause = async () => {
    for (let turns = delays.next().value; turns > 0; turns--) await turn();
  };
  const enter = async (rank: number, signal: AbortSignal) => {
    const permit = await semaphore.acquire(rank, signal);
    most = Math.max(most, ++inside);
    return () => {
      inside--;
      permit.release();
    };
  };
  const source = async (merge: Merge<string>, rank: number, number: number, pages: number) => {
    for (let page = 0; ; page++) {
      const leave = await enter(rank, merge.signal);
      const name = `${rank}.${number}.${page}`;
      await pause();
      if (page < pages && name !== broken) {
        merge.emit(name, leave);
        continue;
      }
      leave();
      merge.signal.throwIfAborted();
      if (name === broken) throw new Error('broken');
      return;
    }
  };

  /** As a query that is better asked in parts: what it held is free again before they begin. */
  const divided = async (merge: Merge<string>, rank: number, number: number, pages: number) => {
    const leave = await enter(rank, merge.signal);
    await pause();
    leave();
    merge.add(() => source(merge, rank, number, pages));
  };

  let failure: unknown;
  try {
    const readings = all.map((window, rank) =>
      merge<string>(outer.signal, (merge) => {
        for (const [number, pages] of window.entries()) merge.add(() => divided(merge, rank, number, pages));
      }),
    );
    for (const reading of readings) {
      for await (const page of reading) {
        read.push(page);
        if (read.length === abortAfter) outer.abort(new Error('stop'));
        await pause();
      }
    }
  } catch (reason) {
    failure = reason;
  }
  outer.abort(new Error('the reading is over'));
  for (let turns = 0; turns < 20; turns++) await turn();
  return { read, most, failure };
}

/** How many permits of one group are free. */
async function freeIn(semaphore: PrioritySemaphore): Promise<number> {
  const rank = Number.POSITIVE_INFINITY;
  const ending = new AbortController();
  let entered = 0;
  const entering = Array.from({ length: 10 }, () =>
    semaphore.acquire(rank, ending.signal).then(
      () => entered++,
      () => undefined,
    ),
  );
  await turn();
  const free = entered;
  ending.abort();
  await Promise.all(entering);
  return free;
}
