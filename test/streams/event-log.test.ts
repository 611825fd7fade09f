import test from 'ava';
import { Failure } from '../../src/domain/failure.ts';
import { StreamRunner } from '../../src/pipeline/run-stream.ts';
import type { EventLog, LogPage } from '../../src/ports/event-log.ts';
import type { Checkpoint } from '../../src/ports/state-store.ts';
import { eventLogStream } from '../../src/streams/event-log.ts';
import { at, CHECKPOINT, fixture, MINUTE, oneCycle, raisable } from '../pipeline/fixture.ts';
import { testContext } from '../support/request-context.ts';
import { fails, trouble } from '../support/wire.ts';
import { entries, entry, type LogOptions, logOf, RULES } from './support/event-log.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The stream under a real cycle, from a checkpoint on. */
function underCycle(eventLog: EventLog, mostPages = 1_000) {
  const f = fixture();
  const { clock, log } = f;
  const begun = () => eventLogStream({ eventLog, rules: RULES, phoneNumbers: 'mask', clock, log, mostPages });
  let cycle = { ...f.cycle, stream: begun() };
  return {
    ...f,
    cycle,
    runs: (checkpoint: Checkpoint) => oneCycle(cycle, checkpoint, f.heldLeaseOf(), raisable().signals),
    /** Another process goes on from here. */
    restart() {
      cycle = { ...f.cycle, stream: begun() };
    },
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
function following(options: LogOptions = {}) {
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

test('an entry that appears up to a day after its time, just after a look back, is published with the next one', async (t) => {
  const f = following();
  await f.pollAfter(0);
  f.appears('a day late', at('10:01') - DAY);
  await f.pollAfter(MINUTE);
  await f.pollAfter(HOUR);
  t.true(f.published().includes('a day late'));
  t.deepEqual(f.tooLate(), [0, 0, 0]);
});

test('an entry that appears late before an outage of a day is published after it', async (t) => {
  const f = following();
  await f.pollAfter(0);
  f.appears('late', at('08:30'));
  f.restart();
  await f.pollAfter(DAY);
  t.true(f.published().includes('late'));
});

test('an entry that appears late while the bus is down for more than a day is published after it', async (t) => {
  const f = following({ pageSize: 100 });
  await f.pollAfter(0);
  f.wire.always('bus.put', fails(trouble('bus.unavailable')));
  f.appears('of the window', at('10:00'));
  f.appears('late', at('08:00') - HOUR);
  for (let hour = 0; hour < 30; hour++) t.is((await f.pollAfter(HOUR)).status, 'failed');
  f.wire.always('bus.put', undefined);
  t.is((await f.pollAfter(MINUTE)).status, 'completed');
  await f.pollAfter(HOUR);
  t.true(f.published().includes('of the window') && f.published().includes('late'));
});

test('while the bus is down, looks back stay an hour apart, and count once what is too late', async (t) => {
  const f = following();
  f.appears('there before', at('09:00') - 3 * DAY);
  await f.pollAfter(0);
  f.wire.always('bus.put', fails(trouble('bus.unavailable')));
  f.appears('of the window', at('10:00'));
  f.appears('too late', at('09:00') - 2 * DAY);
  f.asked.splice(0);
  for (let minute = 0; minute < 120; minute++) await f.pollAfter(MINUTE);
  t.is(f.asked.filter((page) => page === 5).length, 2);
  f.wire.always('bus.put', undefined);
  await f.pollAfter(HOUR);
  const counted = [...f.logged('cycle.completed'), ...f.logged('cycle.failed')].map((line) =>
    Number(line.tooLate ?? 0),
  );
  t.is(
    counted.reduce((sum, one) => sum + one, 0),
    1,
  );
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

test('what lies beyond the page to which a look back came is not counted as too late', async (t) => {
  const f = following({ pageSize: 100 });
  for (let old = 0; old < 400; old++) f.appears(`old ${old}`, at('09:00') - 2 * DAY - old * MINUTE);
  await f.pollAfter(0);
  // One more entry, and the first page that is older than a day begins a hundred entries further back.
  f.appears('new', at('10:30'));
  await f.pollAfter(HOUR);
  t.true(f.asked.includes(3));
  t.deepEqual(f.tooLate(), [0, 0]);
});

test('a look back at a log that answers as if it were empty does not make its entries too late', async (t) => {
  const claims: { total?: number; pageCount?: number; list?: readonly unknown[] } = {};
  const f = following({ pageSize: 100, claims });
  for (let old = 0; old < 50; old++) f.appears(`old ${old}`, at('09:00') - 2 * DAY - old * MINUTE);
  Object.assign(claims, { total: 0, pageCount: 0, list: [] });
  await f.pollAfter(0);
  for (const claim of ['total', 'pageCount', 'list'] as const) delete claims[claim];
  await f.pollAfter(HOUR);
  await f.pollAfter(HOUR);
  t.deepEqual(f.tooLate(), [0, 0, 0]);
});

test('between the looks back a quiet log takes one page', async (t) => {
  const f = following({ pageSize: 100 });
  await f.pollAfter(0);
  const before = f.asked.length;
  await f.pollAfter(MINUTE);
  await f.pollAfter(MINUTE);
  t.is(f.asked.length, before + 2);
});

for (const code of ['genesys.unreachable', 'genesys.rejected', 'genesys.tooLarge'] as const) {
  test(`a page that only a look back asks for holds nothing up, and is tried once an hour: ${code}`, async (t) => {
    let isServed = false;
    const unserved = (number: number) => {
      if (number >= 9 && !isServed) throw trouble(code);
    };
    const f = following({ trouble: unserved });
    f.appears('late', at('08:35'));
    t.is((await f.pollAfter(0)).status, 'completed');
    t.is(f.asked.splice(0).at(-1), 9);
    for (let minute = 0; minute < 59; minute++) t.is((await f.pollAfter(MINUTE)).status, 'completed');
    t.false(f.asked.splice(0).includes(9));
    t.is((await f.pollAfter(MINUTE)).status, 'completed');
    t.is(f.asked.at(-1), 9);
    t.like(f.logged('eventLog.lookBackFailed'), [
      { level: 'warn', stream: 'event-log', code },
      { level: 'warn', code },
    ]);
    t.false(f.published().includes('late'));
    isServed = true;
    await f.pollAfter(HOUR);
    t.true(f.published().includes('late'));
    t.deepEqual(f.logged('gap.detected'), []);
  });
}

test('oldest first, too, a page that only a look back asks for holds nothing up', async (t) => {
  const unserved = (number: number) => {
    if (number === 2) throw trouble('genesys.unreachable');
  };
  const f = underCycle(logOf(entries(100).reverse(), { trouble: unserved }).eventLog);
  t.like(await f.runs({ ...CHECKPOINT, watermark: at('09:00') }), { status: 'completed' });
  t.is(f.logged('eventLog.lookBackFailed').length, 1);
});

test('a page of the window that Genesys does not serve fails the cycle, and so does the end of a look back by a signal', async (t) => {
  const checkpoint = { ...CHECKPOINT, watermark: at('09:00') };
  const unserved = (number: number) => {
    if (number === 8) throw trouble('genesys.unreachable');
  };
  const f = underCycle(logOf(entries(100), { trouble: unserved }).eventLog);
  t.like(await f.runs(checkpoint), { status: 'failed', failure: { code: 'genesys.unreachable' } });

  const controller = new AbortController();
  const reason = trouble('lease.lost');
  const aborted = (number: number) => {
    if (number < 9) return;
    controller.abort(reason);
    throw reason;
  };
  const { stream } = underCycle(logOf(entries(100), { trouble: aborted }).eventLog).cycle;
  await stream.plan(checkpoint, at('10:00'), testContext());
  const pages = stream.read({ start: at('08:55'), end: at('09:59') }, testContext(controller.signal));
  const read = async () => {
    for await (const _ of pages);
  };
  t.is(await t.throwsAsync(read), reason);
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
    { level: 'error', total: 100, read: 10, gapStart: '2026-11-20T09:45:00.000Z', gapEnd: '2026-11-20T09:59:00.000Z' },
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

test('a log that is said to be empty while it is read fails the cycle', async (t) => {
  const { eventLog } = logOf(entries(100));
  for (const said of [{ total: 0, pageCount: 0 }, { total: 0 }, { pageCount: 0 }, { total: 19 }, { pageCount: 1 }]) {
    const f = underCycle(
      answering(async (number) => (number < 3 ? eventLog.page(number, testContext()) : { list: [], ...said })),
    );
    t.like(await f.runs({ ...CHECKPOINT, watermark: at('09:00') }), { status: 'failed' }, JSON.stringify(said));
    t.like(f.logged('cycle.failed'), [{ code: 'genesys.incomplete', total: 100, read: 20 }]);
  }
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
    failure: { code: 'genesys.incomplete' },
  });
  t.true(requests <= 10);
});

test('a page that is always answered with another one fails the cycle; after an hour it goes on and tells the gap', async (t) => {
  const f = underCycle(logOf(entries(100), { misplaced: { 3: 2 } }).eventLog);
  const checkpoint = { ...CHECKPOINT, watermark: at('09:00') };
  t.like(await f.runs(checkpoint), { status: 'failed', failure: { code: 'genesys.incomplete' } });
  await f.clock.sleep(HOUR);
  t.like(await f.runs(checkpoint), { status: 'completed' });
  t.like(f.logged('gap.detected'), [{ level: 'error', code: 'genesys.incomplete', total: 100, read: 20 }]);
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
