import test from 'ava';
import { Failure } from '../../src/domain/failure.ts';
import { StreamRunner } from '../../src/pipeline/run-stream.ts';
import type { EventLog, LogPage } from '../../src/ports/event-log.ts';
import { at, CHECKPOINT, MINUTE, raisable } from '../pipeline/fixture.ts';
import { testContext } from '../support/request-context.ts';
import { entries, entry, logOf } from './support/event-log.ts';
import { HOUR, underCycle } from './support/event-log-cycle.ts';

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
