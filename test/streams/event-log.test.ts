import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { Failure } from '../../src/domain/failure.ts';
import { StreamRunner } from '../../src/pipeline/run-stream.ts';
import type { EventLog, LogPage } from '../../src/ports/event-log.ts';
import type { Checkpoint } from '../../src/ports/state-store.ts';
import { eventLogStream } from '../../src/streams/event-log.ts';
import { at, CHECKPOINT, fixture, MINUTE, oneCycle, raisable } from '../pipeline/fixture.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { testContext } from '../support/request-context.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = at('10:00');
const WINDOW = { start: at('09:45'), end: at('09:59') };

interface Entry {
  readonly id: string;
  readonly timestamp: string;
}

function entry(id: string, time: number): Entry {
  return { id, timestamp: new Date(time).toISOString() };
}

/** Entries a minute apart, the newest at ten o'clock, newest first. */
function entries(count: number): Entry[] {
  return Array.from({ length: count }, (_, index) => entry(`e${index}`, at('10:00') - index * MINUTE));
}

interface LogOptions {
  readonly pageSize?: number;
  /** Entries that a page holds at most, if fewer than were asked for. */
  readonly mostOnPage?: number;
  readonly counts?: boolean;
  /** What the answers say of the log, where that is not the truth. */
  readonly claims?: Partial<LogPage>;
  /** Requests, counted from 1, whose answer leaves the entries out. */
  readonly leftOut?: readonly number[];
  /** Happens before each page but the first, not before a page is asked for again. */
  readonly meanwhile?: () => void;
  readonly now?: () => number;
}

/** A log as the source holds it, in the order in which it serves it. */
function logOf(held: Entry[], options: LogOptions = {}) {
  const { pageSize = 10, mostOnPage = pageSize, counts = true, claims, leftOut = [], meanwhile } = options;
  const { now = () => at('10:00') } = options;
  const asked: number[] = [];
  const eventLog: EventLog = {
    pageSize,
    now: () => Promise.resolve(now()),
    async page(number) {
      if ((asked.at(-1) ?? number) !== number) meanwhile?.();
      asked.push(number);
      const list = held.slice((number - 1) * mostOnPage, number * mostOnPage);
      return {
        list: leftOut.includes(asked.length) ? undefined : list,
        total: held.length,
        pageCount: counts ? Math.ceil(held.length / mostOnPage) : undefined,
        pageSize: mostOnPage,
        ...claims,
      };
    },
  };
  return { eventLog, asked };
}

const RULES = { settle: MINUTE, overlap: 5 * MINUTE };

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

test('on pages smaller than asked for, an empty answer is believed only where the total agrees', async (t) => {
  for (const pageSize of [undefined, 4, 100]) {
    for (const total of [15, undefined]) {
      const claims = { pageSize, total };
      const { eventLog, asked } = logOf(entries(15), { pageSize: 100, mostOnPage: 4, leftOut: [2, 3], claims });
      t.is((await read(eventLog)).ids.length, 15);
      t.deepEqual(asked, [1, 2, 2, 2, 3, 4]);
    }
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
    // Less than a page arrives between two requests: where more does, the walk falls behind and says so.
    mostOnPage: fc.integer({ min: 4, max: 10 }),
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

test('exactly as many pages as may be read are no gap', async (t) => {
  for (const held of [entries(30), entries(30).reverse()]) {
    t.deepEqual((await read(logOf(held).eventLog, { start: at('09:00'), end: at('09:59') }, 3)).log.lines, []);
  }
});

/** The stream under a real cycle, from a checkpoint on. */
function underCycle(eventLog: EventLog, mostPages = 1_000) {
  const f = fixture();
  const stream = eventLogStream({
    eventLog,
    rules: RULES,
    phoneNumbers: 'mask',
    clock: f.clock,
    log: f.log,
    mostPages,
  });
  const cycle = { ...f.cycle, stream };
  return {
    ...f,
    cycle,
    runs: (checkpoint: Checkpoint) => oneCycle(cycle, checkpoint, f.heldLeaseOf(), raisable().signals),
  };
}

test('after a gap the checkpoint moves on: trying again would come no further', async (t) => {
  const f = underCycle(logOf(entries(100)).eventLog, 2);
  t.like(await f.runs({ ...CHECKPOINT, watermark: at('09:00') }), {
    status: 'completed',
    caughtUp: true,
    checkpoint: { watermark: at('09:59') },
  });
  t.is(f.bus.accepted.length, 20);
});

test('however long ago the checkpoint was, one cycle reads up to now', async (t) => {
  const f = underCycle(logOf(entries(600)).eventLog);
  const checkpoint = { ...CHECKPOINT, watermark: at('01:00'), origin: at('00:55') };
  t.like(await f.runs(checkpoint), { status: 'completed', caughtUp: true });
  t.is(f.bus.accepted.length, 9 * 60 + 5 + 1);
});

test('entries are published as the catalogue says, once each, whatever the overlap repeats', async (t) => {
  const f = underCycle(logOf(entries(30)).eventLog);
  await f.runs(CHECKPOINT);
  const published = f.bus.accepted.length;
  await f.runs(CHECKPOINT);
  t.is(f.bus.accepted.length, published);
  t.like(f.bus.accepted[0]?.event.data, { eventType: 'outboundEventLogged', id: 'e0' });
  t.is(JSON.parse(f.bus.accepted[0]?.detail ?? '').metadata.stream, 'event-log');
});

/**
 * A log of a hundred minutes under real cycles that follow one another, with what is put into it meanwhile.
 */
function following(options: Parameters<typeof logOf>[1] = {}) {
  const held = entries(100);
  let now = at('10:00');
  const log = logOf(held, { now: () => now, ...options });
  const f = underCycle(log.eventLog);
  let checkpoint: Checkpoint = { ...CHECKPOINT, watermark: at('09:00'), origin: at('08:30') - 30 * DAY };
  return {
    ...f,
    ...log,
    /** An entry of that time appears now. */
    appears(id: string, time: number) {
      held.push(entry(id, time));
      held.sort((one, other) => other.timestamp.localeCompare(one.timestamp));
    },
    async pollAfter(ms: number) {
      now += ms;
      await f.clock.sleep(ms);
      const outcome = await f.runs(checkpoint);
      if (outcome.status === 'completed') checkpoint = outcome.checkpoint;
      return outcome;
    },
    published: () => f.bus.accepted.map(({ event }) => event.data.id),
    tooLate: () => f.logged('cycle.completed').map((line) => line.tooLate),
  };
}

test('an entry that appears within a day of its time is published with the next hourly look back', async (t) => {
  const f = following();
  await f.pollAfter(0);
  f.appears('late', at('09:10'));
  f.appears('a day late', at('11:02') - DAY);
  await f.pollAfter(MINUTE);
  t.false(f.published().includes('late'));
  await f.pollAfter(HOUR);
  t.true(f.published().includes('late') && f.published().includes('a day late'));
  t.deepEqual(f.tooLate(), [0, 0, 0]);
});

test('an entry that appears later than that is counted once, and not published', async (t) => {
  const f = following();
  f.appears('there before', at('09:00') - 3 * DAY);
  await f.pollAfter(0);
  f.appears('too late', at('09:00') - 2 * DAY);
  await f.pollAfter(HOUR);
  await f.pollAfter(HOUR);
  t.false(f.published().includes('too late'));
  t.deepEqual(f.tooLate(), [0, 1, 0]);
});

test('between the looks back a quiet log takes one page', async (t) => {
  const f = following({ pageSize: 100 });
  await f.pollAfter(0);
  const before = f.asked.length;
  await f.pollAfter(MINUTE);
  await f.pollAfter(MINUTE);
  t.is(f.asked.length, before + 2);
});

/** A log that answers as the function says. */
function answering(page: (number: number) => Partial<LogPage> | Promise<Partial<LogPage>>): EventLog {
  return {
    pageSize: 10,
    now: () => Promise.resolve(at('10:00')),
    page: async (number) => ({
      list: undefined,
      total: undefined,
      pageCount: undefined,
      pageSize: undefined,
      ...(await page(number)),
    }),
  };
}

test('a page that is left out although more is counted fails the cycle; after an hour it goes on and tells the gap', async (t) => {
  const f = underCycle(
    answering((number) => (number === 1 ? { list: entries(10), total: 100, pageCount: 10 } : { pageCount: 10 })),
  );
  t.like(await f.runs(CHECKPOINT), { status: 'failed', failure: { code: 'genesys.incomplete' } });
  await f.clock.sleep(HOUR);
  t.like(await f.runs(CHECKPOINT), { status: 'completed' });
  t.like(f.logged('gap.detected'), [
    { level: 'error', total: 91, read: 10, gapStart: '2026-11-20T09:45:00.000Z', gapEnd: '2026-11-20T09:59:00.000Z' },
  ]);
});

test('what cannot be read after a gap is passed at once, and an hour begins anew after a complete reading', async (t) => {
  let now = at('10:00');
  let broken = true;
  const f = underCycle({
    ...answering((number) => ({
      ...(number === 1 && { list: entries(10) }),
      ...(broken ? { total: 100, pageCount: 10 } : { total: 10, pageCount: 1 }),
    })),
    now: () => Promise.resolve(now),
  });
  const pollAt = (time: string) => {
    const checkpoint = { ...CHECKPOINT, watermark: now - MINUTE, updatedAt: now };
    now = at(time);
    return f.runs(checkpoint);
  };
  t.like(await f.runs(CHECKPOINT), { status: 'failed' });
  await f.clock.sleep(HOUR);
  t.like(await f.runs(CHECKPOINT), { status: 'completed' });
  t.like(await pollAt('10:01'), { status: 'completed' });
  t.is(f.logged('gap.detected').length, 2);
  broken = false;
  t.like(await pollAt('10:02'), { status: 'completed' });
  broken = true;
  t.like(await pollAt('10:03'), { status: 'failed' });
});

test('a page of the log that is too large is passed after an hour', async (t) => {
  const tooLarge = new Failure({ code: 'genesys.tooLarge', what: 'Too large', why: 'a test', remedy: 'None' });
  const f = underCycle({ ...answering(() => ({})), page: () => Promise.reject(tooLarge) });
  t.like(await f.runs(CHECKPOINT), { status: 'failed', failure: { code: 'genesys.tooLarge' } });
  await f.clock.sleep(HOUR);
  t.like(await f.runs(CHECKPOINT), { status: 'completed' });
  t.like(f.logged('gap.detected'), [{ level: 'error', code: 'genesys.tooLarge' }]);
});

test('a log that held entries just before is not empty because an answer says nothing', async (t) => {
  let silent = false;
  const { eventLog } = logOf(entries(100));
  const f = underCycle(answering(async (number) => (silent ? {} : eventLog.page(number, testContext()))));
  t.like(await f.runs(CHECKPOINT), { status: 'completed' });
  silent = true;
  t.like(await f.runs(CHECKPOINT), { status: 'failed', failure: { code: 'genesys.incomplete' } });
});

test('a full page that counts more than itself is not the last, whatever count of pages it gives', async (t) => {
  const f = underCycle(
    answering((number) => ({ list: number === 1 ? entries(10) : undefined, total: 35, pageCount: 1, pageSize: 10 })),
  );
  t.like(await f.runs(CHECKPOINT), { status: 'failed', failure: { code: 'genesys.incomplete' } });
  t.like(f.logged('cycle.failed'), [{ total: 35, read: 10 }]);
});

test('a log that ends before its total is read to an empty page, and looked back at again with the next poll', async (t) => {
  const lookedBack = Array.from({ length: 10 }, (_, index) => index + 1);
  for (const [total, pageCount, first, second] of [
    [100, 10, lookedBack, [1]],
    [104, 10, [...lookedBack, 11, 11, 11], [...lookedBack, 11, 11, 11]],
    [104, 1, [...lookedBack, 11, 11, 11], [...lookedBack, 11, 11, 11]],
  ] as const) {
    const f = following({ claims: { total, pageCount } });
    await f.pollAfter(0);
    t.deepEqual(f.asked.splice(0), first);
    await f.pollAfter(MINUTE);
    t.deepEqual(f.asked.slice(0, second.length), second);
    t.is(f.asked.length > 5, second.length > 5);
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

test('a log that says nothing for ever is empty', async (t) => {
  const f = underCycle(answering(() => ({})));
  t.like(await f.runs(CHECKPOINT), { status: 'completed' });
  t.deepEqual(f.logged('gap.detected'), []);
});

test('the same page for ever fails the cycle by name, after a few requests', async (t) => {
  let requests = 0;
  const f = underCycle(
    answering(() => {
      requests++;
      return { list: entries(10), total: 1_000 };
    }),
  );
  t.like(await f.runs({ ...CHECKPOINT, watermark: at('01:00') }), {
    status: 'failed',
    failure: { code: 'genesys.endless' },
  });
  t.true(requests <= 10);
});

test('the first start is the beginning: what was logged before is neither published nor counted', async (t) => {
  const held = entries(30);
  let now = at('10:00');
  const f = underCycle(logOf(held, { now: () => now }).eventLog);
  const runner = new StreamRunner(f.cycle, { heldLease: f.heldLeaseOf(), checkpoint: undefined });
  t.deepEqual(await runner.poll(raisable().signals), { status: 'idle' });
  t.is(f.state.checkpoints.get('event-log')?.origin, at('10:00'));

  held.unshift(entry('first', at('10:00') + 1));
  now = at('10:02');
  t.like(await runner.poll(raisable().signals), { status: 'completed' });
  t.deepEqual(
    f.bus.accepted.map(({ event }) => event.data.id),
    ['first', 'e0'],
  );
  t.like(f.logged('cycle.completed'), [{ tooOld: 0, published: 2 }]);
});
