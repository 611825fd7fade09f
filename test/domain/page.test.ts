import test from 'ava';
import { countOf, judgePage, type Page, type PageContext } from '../../src/domain/page.ts';
import {
  nextPage,
  type PagePosition,
  pageAfter,
  pageNumber,
  smallerPage,
  smallestPage,
} from '../../src/domain/page-size.ts';

function judged(page: Partial<Page>, context: Partial<PageContext> = {}) {
  const usual = { read: 0, lastTotal: undefined, empties: 1, pageSize: 100 };
  return judgePage({ list: undefined, total: undefined, ...page }, { ...usual, ...context });
}

test('elements are a list, whatever the total says', (t) => {
  t.is(judged({ list: [1], total: 0 }), 'list');
  t.is(judged({ list: [1] }, { empties: 3 }), 'list');
});

test('an empty answer whose own total is reached is the end at once', (t) => {
  t.is(judged({ total: 0 }), 'end');
  t.is(judged({ list: [], total: 250 }, { read: 250 }), 'end');
  t.is(judged({ total: 250 }, { read: 260 }), 'end');
});

test('an empty answer without a total, or short of it, is asked for again, twice', (t) => {
  for (const page of [{}, { list: [] }, { total: 250 }, { list: [], total: 250 }]) {
    t.is(judged(page, { empties: 1 }), 'again');
    t.is(judged(page, { empties: 2 }), 'again');
  }
  t.is(judged({}, { read: 250, lastTotal: 250 }), 'again');
});

test('a total that has dropped by more than a page below what was to come is believed the third time', (t) => {
  const page = { list: [], total: 0 };
  for (const [context, verdict] of [
    [{ lastTotal: 5_000, empties: 1 }, 'again'],
    [{ lastTotal: 5_000, empties: 2 }, 'again'],
    [{ lastTotal: 5_000, empties: 3 }, 'end'],
    [{ lastTotal: 5_000, read: 4_899, empties: 1 }, 'again'],
    [{ lastTotal: 5_000, read: 4_900, empties: 1 }, 'end'],
    [{ lastTotal: 100, empties: 1 }, 'end'],
  ] as const) {
    t.is(judged(page, context), verdict, JSON.stringify(context));
  }
});

test('a total of fewer elements than have come is not believed, not even the third time', (t) => {
  for (const [context, verdict] of [
    [{ lastTotal: 5_000, read: 1 }, 'incomplete'],
    [{ lastTotal: 5_000, read: 4_499 }, 'incomplete'],
    [{ lastTotal: 5_000, read: 4_500 }, 'end'],
    [{ lastTotal: undefined, read: 100 }, 'end'],
  ] as const) {
    for (const total of [0, context.read - 1, undefined]) {
      t.is(judged({ total }, { ...context, empties: 3 }), verdict, JSON.stringify(context));
    }
    t.is(judged({ total: context.read }, { ...context, empties: 3 }), 'end');
  }
});

test('the third empty answer is believed where there never was a total', (t) => {
  t.is(judged({}, { empties: 3 }), 'end');
});

test('the third empty answer is believed where no more than a page or a tenth is missing', (t) => {
  for (const [total, read, verdict] of [
    [100, 0, 'end'],
    [101, 0, 'incomplete'],
    [350, 250, 'end'],
    [351, 250, 'incomplete'],
    [10_000, 9_000, 'end'],
    [10_000, 8_999, 'incomplete'],
  ] as const) {
    t.is(judged({ total }, { read, empties: 3 }), verdict, `${read} of ${total}`);
    t.is(judged({}, { read, lastTotal: total, empties: 3 }), verdict, `${read} of ${total}, reported before`);
  }
});

test('each size of a page divides the one before, down to one', (t) => {
  t.deepEqual(
    [100, 50, 25, 5].map((size) => smallerPage(size as 100)),
    [50, 25, 5, 1],
  );
  t.is(smallerPage(1), undefined);
});

test('a list whose pages shrink and grow leaves nothing out, also where fewer come than were asked for', (t) => {
  for (const clamp of [100, 60, 30, 7, 3, 1]) {
    const met = new Set<number>();
    let at: PagePosition = { offset: 0, size: 100 };
    let largest = at.size;
    let full = true;
    for (let step = 0; step < 20_000 && met.size < 1_000; step++) {
      // Too large five times. Each time a list that was not full goes back.
      const smaller = step % 700 === 3 && step < 3_000 ? smallerPage(at.size) : undefined;
      if (smaller !== undefined) {
        if (!full) largest = smaller;
        at = full ? { offset: at.offset, size: smaller } : pageAfter(met.size, smaller);
        full = true;
      }
      const length = Math.min(at.size, clamp);
      const first = (pageNumber(at) - 1) * length;
      if (!Number.isInteger(first)) t.fail(`${clamp}: a page that begins at ${first}`);
      for (let index = first; index < Math.min(1_000, first + length); index++) {
        // What comes before has been met: pages come in order, and only go back.
        if (index > 0 && !met.has(index - 1)) t.fail(`${clamp}: ${index}`);
        met.add(index);
      }
      full &&= length === at.size;
      at = nextPage(at, full ? largest : at.size);
    }
    t.is(met.size, 1_000, `${clamp}`);
  }
});

test('pages grow again where a larger one begins', (t) => {
  const sizes: number[] = [];
  let at: PagePosition = { offset: 0, size: 1 };
  while (at.offset < 200) {
    sizes.push(at.size);
    at = nextPage(at, 100);
  }
  t.deepEqual(sizes, [1, 1, 1, 1, 1, 5, 5, 5, 5, 25, 50, 100]);
});

test('a page grows no larger than it may, even where a larger page would begin', (t) => {
  t.deepEqual(nextPage({ offset: 25, size: 25 }, 25), { offset: 50, size: 25 });
  t.deepEqual(nextPage({ offset: 25, size: 25 }, 50), { offset: 50, size: 50 });
  t.deepEqual(nextPage({ offset: 75, size: 25 }, 100), { offset: 100, size: 50 });
  t.deepEqual(nextPage({ offset: 0, size: 100 }, 100), { offset: 100, size: 100 });
  t.deepEqual(nextPage({ offset: 0, size: 100 }, 50), { offset: 100, size: 100 });
});

test('the smallest page that holds so many elements, and the largest one for more', (t) => {
  const held = [0, 1, 2, 5, 6, 25, 26, 50, 51, 100, 101];
  t.deepEqual(held.map(smallestPage), [1, 1, 5, 5, 25, 25, 50, 50, 100, 100, 100]);
});

test('a list is read on with the page that holds the first element not received, or begins with it', (t) => {
  t.deepEqual(pageAfter(0, 50), { offset: 0, size: 50 });
  t.deepEqual(pageAfter(99, 50), { offset: 50, size: 50 });
  t.deepEqual(pageAfter(100, 50), { offset: 100, size: 50 });
  t.deepEqual(pageAfter(7, 1), { offset: 7, size: 1 });
});

test('countOf accepts finite numbers from 0 on, and nothing else', (t) => {
  for (const count of [0, 1, 250]) t.is(countOf(count), count);
  for (const none of [-1, Number.NaN, Number.POSITIVE_INFINITY, '250', [250], true, null, undefined]) {
    t.is(countOf(none), undefined);
  }
});
