import test from 'ava';
import { ListReader } from '../../src/lib/list-reader.ts';
import { ManualClock } from '../support/manual-clock.ts';

const elements = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ id: `e${from + index}` }));

/** A reader that is given these answers, one for each request, and how many of them it has asked for. */
function readerOf(answers: readonly { readonly list?: readonly unknown[]; readonly total?: number }[]) {
  const reader = new ListReader({ clock: new ManualClock(), what: 'things', idMember: 'id' });
  let asked = 0;
  const page = () =>
    reader.page(
      async () => {
        const answer = answers[asked++];
        return { list: answer?.list, total: answer?.total };
      },
      { pageSize: 100, signal: new AbortController().signal },
    );
  return { reader, page, asked: () => asked };
}

test('a wrong page is no empty one: empty answers are believed only after three of their own in a row', async (t) => {
  const first = { list: elements(0, 100), total: 150 };
  const rest = { list: elements(100, 150), total: 150 };
  const { page, asked } = readerOf([first, first, {}, {}, rest]);
  await page();
  t.is((await page()).list?.length, 50);
  t.is(asked(), 5);
});

test('a page without anything new is believed the third time, and empty answers in between are no such page', async (t) => {
  const first = { list: elements(0, 100), total: 150 };
  const { page, asked } = readerOf([first, {}, {}, first, {}, first, first]);
  await page();
  t.is((await page()).list?.length, 100);
  t.is(asked(), 7);
});

test('an empty page whose total has dropped to what has come is believed only the third time', async (t) => {
  const first = { list: elements(0, 100), total: 350 };
  const rest = { list: elements(100, 200), total: 350 };
  const none = { list: [], total: 100 };
  const blip = readerOf([first, none, none, rest]);
  await blip.page();
  t.is((await blip.page()).list?.length, 100);
  const gone = readerOf([first, none, none, none]);
  await gone.page();
  t.is((await gone.page()).list?.length, 0);
  t.is(gone.asked(), 4);
});

test('an empty page whose total is less than what has come is not believed, and does not lower the total', async (t) => {
  const { page, asked } = readerOf([
    { list: elements(0, 100), total: 350 },
    { list: [], total: 0 },
    { list: [], total: 0 },
    { list: [], total: 0 },
  ]);
  await page();
  t.like(await t.throwsAsync(page()), { code: 'genesys.incomplete', fields: { total: 350, read: 100 } });
  t.is(asked(), 4);
});

test('a total that a page contradicts, or that comes with the wrong page, does not shorten the list', async (t) => {
  const first = { list: elements(0, 100), total: 5_000 };
  const second = { list: elements(100, 200), total: 150 };
  for (const [answers, read] of [
    [[first, { ...first, total: 100 }], 100],
    [[first, ...Array(3).fill({ ...first, total: 100 })], 100],
    [[first, second], 200],
  ] as const) {
    const { page } = readerOf([...answers, {}, {}, {}]);
    const failure = await t.throwsAsync(async () => {
      while (((await page()).list ?? []).length > 0);
    });
    t.like(failure, { code: 'genesys.incomplete', fields: { total: 5_000, read } });
  }
});

test('a total that falls while a list is read, and no page contradicts, is the one that counts', async (t) => {
  const { page, asked } = readerOf([
    { list: elements(0, 100), total: 5_000 },
    { list: elements(100, 200), total: 200 },
    { list: [], total: 200 },
  ]);
  for (const length of [100, 100, 0]) t.is((await page()).list?.length, length);
  t.is(asked(), 3);
});

test('fresh is what the latest page brought that had not come before', async (t) => {
  const { reader, page } = readerOf([
    { list: elements(0, 2), total: 3 },
    { list: elements(1, 3), total: 3 },
    { list: [], total: 2 },
  ]);
  await page();
  t.deepEqual(reader.fresh, elements(0, 2));
  await page();
  t.deepEqual(reader.fresh, elements(2, 3));
  await page();
  t.deepEqual(reader.fresh, []);
});
