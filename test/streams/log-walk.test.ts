import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import type { EventLog, LogPage } from '../../src/ports/event-log.ts';
import { eventLogStream } from '../../src/streams/event-log.ts';
import { at, MINUTE } from '../pipeline/fixture.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { testContext } from '../support/request-context.ts';
import { type Entry, entries, entry, logOf, RULES } from './support/event-log.ts';

const HOUR = 60 * MINUTE;
const NOW = at('10:00');
const WINDOW = { start: at('09:45'), end: at('09:59') };

async function read(eventLog: EventLog, window = WINDOW, mostPages = 1_000) {
  const log = recordedLog();
  const stream = eventLogStream({
    eventLog,
    rules: RULES,
    phoneNumbers: 'mask',
    clock: new ManualClock(),
    log,
    mostPages,
  });
  const ids: string[] = [];
  for await (const page of stream.read(window, testContext())) ids.push(...page.map((one) => (one as Entry).id));
  return { ids, log, stream };
}

/** The same, with two entries in each other's place that are further apart than the overlap. */
function mixed(count: number): Entry[] {
  const held = entries(count);
  [held[0], held[8]] = [held[8] as Entry, held[0] as Entry];
  return held;
}
test('newest first: reading ends with the first page that is older than the window as a whole', async (t) => {
  const { eventLog, asked } = logOf(entries(100));
  const { ids } = await read(eventLog);
  t.deepEqual(asked, [1, 2, 3]);
  t.deepEqual(
    ids,
    entries(16).map(({ id }) => id),
  );
});

test('oldest first: reading goes on from the last page, towards the first', async (t) => {
  const { eventLog, asked } = logOf(entries(100).reverse());
  const { ids } = await read(eventLog);
  t.deepEqual(asked, [1, 10, 9, 8]);
  t.deepEqual(
    [...ids].sort(),
    entries(16)
      .map(({ id }) => id)
      .sort(),
  );
});

test('in no order: all of it is read, and that is logged once', async (t) => {
  const { eventLog, asked } = logOf(mixed(40));
  const { ids, log, stream } = await read(eventLog);
  t.deepEqual(asked, [1, 2, 3, 4]);
  t.is(ids.length, 16);
  for await (const _ of stream.read(WINDOW, testContext())) t.pass();
  t.like(log.lines, [{ level: 'warn', event: 'eventLog.unordered' }]);
  t.is(log.lines.length, 1);
});

test('a page of old entries proves nothing while no order has shown', async (t) => {
  const same = Array.from({ length: 20 }, (_, index) => entry(`old${index}`, at('09:00')));
  const { eventLog, asked } = logOf([...same, entry('new', at('09:50'))]);
  t.deepEqual((await read(eventLog)).ids, ['new']);
  t.deepEqual(asked, [1, 3, 2]);
});

test('entries in each other’s place cost no request, from whichever end the log is served', async (t) => {
  const age = 8 * HOUR;
  for (const [step, idle] of [
    [1, [1]],
    [5 * MINUTE, [1]],
    [5 * MINUTE + 1, Array.from({ length: 200 }, (_, index) => index + 1)],
  ] as const) {
    const held = Array.from({ length: 20_000 }, (_, index) => entry(`e${index}`, at('10:00') - age - index * MINUTE));
    held[40] = entry('later', at('10:00') - age - 39 * MINUTE + step);
    const newest = logOf(held, { pageSize: 100 });
    const { ids, log } = await read(newest.eventLog);
    t.deepEqual(ids, []);
    t.deepEqual(newest.asked, idle, `${step}`);
    t.is(log.lines.length, idle.length > 1 ? 1 : 0);
    const oldest = logOf(held.toReversed(), { pageSize: 100 });
    await read(oldest.eventLog);
    t.is(oldest.asked.length, idle.length > 1 ? 200 : 2);
  }
});

test('a page that is older than the window ends the walk only if nothing that follows can be out of order', async (t) => {
  const held = [
    ...entries(10),
    ...Array.from({ length: 10 }, (_, index) => entry(`old${index}`, WINDOW.start - (index + 1) * 1_000)),
    entry('strayed', WINDOW.start + 4 * MINUTE),
    ...Array.from({ length: 29 }, (_, index) => entry(`older${index}`, WINDOW.start - (index + 1) * MINUTE)),
  ];
  const { eventLog, asked } = logOf(held);
  const { ids, log } = await read(eventLog);
  t.true(ids.includes('strayed'));
  t.deepEqual(asked, [1, 2, 3, 4]);
  t.deepEqual(log.lines, []);
});

test('a page within the overlap shows no order: an idle log then takes its first page and its last', async (t) => {
  const burst = Array.from({ length: 2_000 }, (_, index) => entry(`b${index}`, at('07:00') - index * 10));
  const held = [...burst, ...entries(600).slice(300)];
  for (const order of [held, held.toReversed()]) {
    const { eventLog, asked } = logOf(order, { pageSize: 100 });
    t.deepEqual((await read(eventLog)).ids, []);
    t.deepEqual(asked, [1, 23]);
  }
  const nothingElse = logOf(burst, { pageSize: 100 });
  t.deepEqual((await read(nothingElse.eventLog)).ids, []);
  t.deepEqual(nothingElse.asked, [1, 20]);
});

test('more than a page that arrives while the log is read does not make its order a mixed one', async (t) => {
  const held = entries(200);
  const meanwhile = () => {
    if (held.length === 200)
      held.unshift(...Array.from({ length: 15 }, (_, index) => entry(`new${index}`, NOW - index)));
  };
  const { eventLog, asked } = logOf(held, { meanwhile });
  const { ids, log } = await read(eventLog);
  t.true(entries(16).every(({ id }) => ids.includes(id)));
  t.deepEqual(asked, [1, 2, 3, 4, 5]);
  t.deepEqual(log.lines, []);
});

test('where no order shows, reading goes on from either end until nothing of the window can be left', async (t) => {
  const spread = Array.from({ length: 60 }, (_, index) => entry(`e${index}`, WINDOW.start + 57_000 - index * 5_000));
  const wanted = spread.slice(0, 12).map(({ id }) => id);
  for (const held of [spread, spread.toReversed()]) {
    const { ids } = await read(logOf(held).eventLog);
    t.deepEqual(ids.toSorted(), wanted.toSorted());
  }
});

test('an order that breaks on a later page is believed no more', async (t) => {
  const held = entries(60);
  held.splice(35, 0, entry('strayed', at('09:50')));
  const { eventLog, asked } = logOf([...held.slice(10), ...held.slice(0, 10).reverse()]);
  const { ids } = await read(eventLog, { start: at('09:40'), end: at('09:59') });
  t.deepEqual(asked, [1, 2, 3, 4, 5, 6, 7]);
  t.true(ids.includes('strayed') && ids.includes('e0'));
});

test('without a count of pages reading ends with an empty one', async (t) => {
  const { eventLog, asked } = logOf(entries(12), { counts: false });
  t.is((await read(eventLog)).ids.length, 12);
  t.deepEqual(asked, [1, 2, 3]);
});

test('a count of pages that the entries contradict is not believed', async (t) => {
  const held = Array.from({ length: 35 }, (_, index) => entry(`e${index}`, at('09:59') - index * 10_000));
  for (const order of [held, held.toReversed()]) {
    for (const mostOnPage of [10, 7]) {
      for (const leftOut of [[], [2], [2, 3]]) {
        const { eventLog } = logOf(order, { mostOnPage, leftOut, claims: { pageCount: 1 } });
        t.is((await read(eventLog)).ids.length, 35);
      }
    }
  }
});

test('a total or a count of pages that is absent, or that its page contradicts, ends nothing', async (t) => {
  const window = { start: at('09:00'), end: at('09:59') };
  for (const claims of [
    { total: 0, pageCount: 0 },
    { total: undefined, pageCount: 0 },
    { total: 0, pageCount: undefined },
    { total: 5, pageCount: 1 },
    { total: 5, pageCount: 2 },
    { total: undefined, pageCount: 1 },
  ]) {
    for (const held of [entries(30), entries(30).reverse()]) {
      const { eventLog, asked } = logOf(held, { claims });
      t.is((await read(eventLog, window)).ids.length, 30, JSON.stringify(claims));
      t.deepEqual(asked, [1, 2, 3, 4]);
    }
  }
});

test('a page with fewer entries than it should hold is no last page either', async (t) => {
  const { eventLog, asked } = logOf(entries(9), { claims: { total: 14, pageCount: 1 } });
  t.is((await read(eventLog)).ids.length, 9);
  t.deepEqual(asked, [1, 2, 2, 2]);
  const idle = logOf(entries(30).slice(20), { claims: { total: 14, pageCount: 1 } });
  await read(idle.eventLog);
  t.deepEqual(idle.asked, [1]);
});

test('on pages smaller than asked for, an empty answer is believed only where the total agrees', async (t) => {
  for (const pageSize of [undefined, 4, 100]) {
    for (const total of [15, undefined]) {
      const claims = { pageSize, total };
      const { eventLog, asked } = logOf(entries(15), { pageSize: 100, mostOnPage: 4, leftOut: [2, 3], claims });
      t.is((await read(eventLog)).ids.length, 15);
      t.deepEqual(asked, [1, 2, 2, 2, 3, 4, ...(total === undefined ? [5] : [])]);
    }
  }
});

test('a page that is always answered with another one is missing, from whichever end the log is read', async (t) => {
  const window = { start: at('09:00'), end: at('09:59') };
  for (const counts of [true, false]) {
    for (const [held, misplaced, asked] of [
      [entries(100), { 3: 2 }, [1, 2, 3, 3, 3]],
      [entries(100).reverse(), { 8: 9 }, counts ? [1, 10, 9, 8, 8, 8] : [1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9]],
    ] as const) {
      const log = logOf([...held], { misplaced, counts });
      await t.throwsAsync(read(log.eventLog, window), { message: /nothing new/, code: 'genesys.incomplete' });
      t.deepEqual(log.asked, asked);
    }
  }
});

test('an older answer in place of a page does not pass for growth', async (t) => {
  const { eventLog } = logOf(entries(100));
  const stale = async (number: number) => {
    const page = await eventLog.page(number === 3 ? 2 : number, testContext());
    return number === 3 ? { ...page, total: 70 } : page;
  };
  const walk = read({ ...eventLog, page: stale }, { start: at('09:00'), end: at('09:59') });
  await t.throwsAsync(walk, { code: 'genesys.incomplete' });
});

test('a log that grows by a page and more between two requests may repeat entries, and is read on', async (t) => {
  for (const arriving of [9, 10, 11, 20, 25]) {
    const held = entries(100);
    let requests = 0;
    const meanwhile = () => {
      if (++requests !== 2) return;
      held.unshift(...Array.from({ length: arriving }, (_, index) => entry(`new${index}`, NOW + index)));
    };
    const { eventLog, asked } = logOf(held, { meanwhile });
    const { ids } = await read(eventLog, { start: at('08:00'), end: at('09:59') });
    t.true(entries(100).every(({ id }) => ids.includes(id)));
    t.is(new Set(asked).size, Math.ceil((100 + arriving) / 10));
  }
});

test('a log whose oldest entries are deleted while it is read from its end may repeat entries, and is read on', async (t) => {
  for (const deleted of [9, 10, 15, 20]) {
    const held = entries(100).reverse();
    let requests = 0;
    const meanwhile = () => {
      if (++requests === 3) held.splice(0, deleted);
    };
    const { ids } = await read(logOf(held, { meanwhile }).eventLog, { start: at('09:10'), end: at('09:59') });
    t.true(entries(51).every(({ id }) => ids.includes(id)));
  }
});

test('oldest first and without a count of pages, all of it is read', async (t) => {
  const { eventLog, asked } = logOf(entries(35).reverse(), { counts: false });
  t.is((await read(eventLog)).ids.length, 16);
  t.deepEqual(asked, [1, 2, 3, 4, 5]);
});

test('an empty log takes one request', async (t) => {
  const { eventLog, asked } = logOf([]);
  t.deepEqual((await read(eventLog)).ids, []);
  t.deepEqual(asked, [1]);
});

test('what bears no readable time is passed on, for a dead letter to be made of it, and ends nothing', async (t) => {
  const odd = [{ id: 'odd', timestamp: 'yesterday' }, ...entries(25)];
  const { eventLog, asked } = logOf(odd);
  t.true((await read(eventLog)).ids.includes('odd'));
  t.deepEqual(asked, [1, 2, 3]);
  const nothing = logOf([
    ...entries(10),
    ...Array.from({ length: 10 }, () => ({ id: 'odd', timestamp: '' })),
    ...entries(15).slice(10),
  ]);
  await read(nothing.eventLog);
  t.deepEqual(nothing.asked, [1, 2, 3]);
});

test('whichever end it is served from, whatever arrives meanwhile and is said of it, no entry of the window is left out', async (t) => {
  // Spread over the hour, or with whole pages within the overlap before the window and at its start.
  const time = fc.oneof(
    fc.integer({ min: at('09:00'), max: at('10:00') }),
    fc.integer({ min: at('09:38'), max: at('09:46') }),
  );
  const scene = fc.record({
    // By how much an entry is out of order, up to the overlap.
    times: fc.array(fc.tuple(time, fc.constantFrom(0, 0, 1, MINUTE, RULES.overlap)), { maxLength: 80, size: 'max' }),
    order: fc.constantFrom('newest first', 'oldest first'),
    // Less than half a page arrives between two requests: where more does, the walk falls behind and says so.
    mostOnPage: fc.integer({ min: 7, max: 10 }),
    arriving: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 10 }),
    claims: fc.constantFrom<Partial<LogPage>>(
      {},
      { pageCount: 1 },
      { pageCount: 2 },
      { pageSize: undefined },
      { total: undefined },
    ),
    leftOut: fc.constantFrom([], [1], [2], [2, 3], [4]),
  });
  let arrivals = 0;
  let outOfOrder = 0;
  await fc.assert(
    fc.asyncProperty(scene, async ({ times, order, mostOnPage, arriving, claims, leftOut }) => {
      const places = times.map(([one, late], index) => ({ at: one + late, entry: entry(`e${index}`, one) }));
      places.sort((a, b) => (order === 'oldest first' ? a.at - b.at : b.at - a.at));
      const held = places.map((one) => one.entry);
      const wanted = held.filter(({ timestamp }) => Date.parse(timestamp) >= WINDOW.start).map(({ id }) => id);
      const toArrive = [...arriving];
      let arrived = 0;
      const meanwhile = () => {
        for (let count = toArrive.shift() ?? 0; count > 0; count--) {
          const fresh = entry(`fresh${arrived++}`, at('10:00') + arrived);
          if (order === 'newest first') held.unshift(fresh);
          else held.push(fresh);
        }
      };
      const { ids, log } = await read(logOf(held, { mostOnPage, meanwhile, claims, leftOut }).eventLog);
      arrivals += arrived;
      outOfOrder += Number(times.some(([, late]) => late > 0));
      const met = new Set(ids);
      assert.deepEqual(
        wanted.filter((id) => !met.has(id)),
        [],
      );
      assert.ok(ids.every((id) => id.startsWith('fresh') || wanted.includes(id)));
      assert.deepEqual(log.lines, []);
    }),
    { numRuns: 600 },
  );
  t.true(arrivals > 300, 'the generator is too tame: hardly anything arrived meanwhile');
  t.true(outOfOrder > 300, 'the generator is too tame: hardly anything was out of order');
});

test('too many pages are a gap that is reported with both ends, not a silent loss', async (t) => {
  const newest = await read(logOf(entries(100)).eventLog, { start: at('09:00'), end: at('09:59') }, 2);
  t.like(newest.log.lines, [
    {
      level: 'error',
      event: 'gap.detected',
      stream: 'event-log',
      gapStart: '2026-11-20T09:00:00.000Z',
      gapEnd: '2026-11-20T09:46:00.000Z',
    },
  ]);
  const oldest = await read(logOf(entries(100).reverse()).eventLog, { start: at('09:00'), end: at('09:59') }, 3);
  t.like(oldest.log.lines, [{ gapStart: '2026-11-20T09:00:00.000Z', gapEnd: '2026-11-20T09:46:00.000Z' }]);
  const none = await read(logOf(mixed(100)).eventLog, { start: at('09:00'), end: at('09:59') }, 3);
  t.like(none.log.lines.at(-1), { event: 'gap.detected', gapEnd: '2026-11-20T09:59:00.000Z' });
});

test('exactly as many pages as may be read are not a gap', async (t) => {
  for (const held of [entries(30), entries(30).reverse()]) {
    t.deepEqual((await read(logOf(held).eventLog, { start: at('09:00'), end: at('09:59') }, 3)).log.lines, []);
  }
});
