import test from 'ava';
import { at, CHECKPOINT, MINUTE } from '../pipeline/fixture.ts';
import { testContext } from '../support/request-context.ts';
import { fails, trouble } from '../support/wire.ts';
import { entries, logOf } from './support/event-log.ts';
import { DAY, following, HOUR, underCycle } from './support/event-log-cycle.ts';

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
