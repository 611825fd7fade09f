import test from 'ava';
import type { EventType } from '../../src/domain/catalogue.ts';
import { at, DAY, HOUR } from '../pipeline/fixture.ts';
import { fails, trouble } from '../support/wire.ts';
import { callOf, desk, failureOf, YESTERDAY } from './support/backfill.ts';

test('a run that was killed goes on after the last window that was finished', async (t) => {
  const d = desk([callOf('early', 1, 2), callOf('late', 13, 14)]);
  d.jobs.script('look', undefined, undefined, fails(trouble('genesys.permission')));
  t.like(await d.start().outcome, { status: 'failed', failure: { code: 'genesys.permission' } });
  t.is(d.checkpoint()?.watermark, YESTERDAY.start + 11 * HOUR);
  t.deepEqual(d.published(), ['early 1', 'early 2']);

  const read = d.jobs.asked.length;
  const again = d.start();
  t.deepEqual(await again.outcome, { status: 'completed' });
  t.deepEqual(d.jobs.asked.slice(read, read + 2), ['look job-3', 'results job-3']);
  t.deepEqual(d.jobs.of('submit').slice(3), ['19T17:00–19T23:00', '19T23:00–20T00:00']);
  t.deepEqual(d.published(), ['early 1', 'early 2', 'late 13', 'late 14']);
  t.like(d.logged('backfill.started'), [{ resumed: false }, { resumed: true, watermark: '2026-11-19T11:00:00.000Z' }]);
  t.like(again.progress[0], { begunAt: YESTERDAY.start + 11 * HOUR, watermark: YESTERDAY.start + 11 * HOUR });
});

test('events of windows that were finished are not even looked up again, though their conversation goes on', async (t) => {
  const d = desk([callOf('long', 1, 30)]);
  d.jobs.script('look', undefined, undefined, fails(trouble('genesys.permission')));
  await d.start().outcome;
  d.table.items.clear();
  await d.start().outcome;
  t.deepEqual(d.published(), ['long 1']);
});

test('the same period asked for again after it is done is read anew, from the beginning', async (t) => {
  const d = desk();
  await d.start().outcome;
  await d.start().outcome;
  t.is(d.jobs.of('submit').length, 10);
  t.like(d.logged('backfill.started'), [{ resumed: false }, { resumed: false }]);
  t.deepEqual(d.logged('backfill.abandoned'), []);
});

test('another period begins anew, and says which run it ends', async (t) => {
  for (const period of [
    { ...YESTERDAY, end: YESTERDAY.end - HOUR },
    { ...YESTERDAY, start: YESTERDAY.start + HOUR },
    { start: YESTERDAY.start - 2 * DAY, end: YESTERDAY.start - DAY },
  ]) {
    const d = desk();
    d.jobs.script('look', undefined, undefined, fails(trouble('genesys.permission')));
    await d.start().outcome;
    t.deepEqual(await d.start({ period }).outcome, { status: 'completed' });
    t.is(d.checkpoint()?.watermark, period.end);
    t.is(d.checkpoint()?.origin, period.start);
    t.like(d.logged('backfill.abandoned'), [
      {
        level: 'warn',
        from: '2026-11-19T00:00:00.000Z',
        to: '2026-11-20T00:00:00.000Z',
        watermark: '2026-11-19T11:00:00.000Z',
      },
    ]);
  }
});

test('the same period for another scope begins anew: its finished windows hold more', async (t) => {
  const d = desk([{ ...callOf('inbound', 1, 2), originatingDirection: 'inbound' }, callOf('outbound', 1, 2)]);
  d.jobs.script('look', undefined, undefined, fails(trouble('genesys.permission')));
  t.is((await d.start().outcome).status, 'failed');
  t.deepEqual(d.published(), ['outbound 1', 'outbound 2']);
  t.deepEqual(await d.start({ scope: 'all' }).outcome, { status: 'completed' });
  t.is(d.logged('backfill.abandoned').length, 1);
  t.deepEqual(d.published().slice(2), ['inbound 1', 'inbound 2']);
});

test('the same period for other event types begins anew: its finished windows hold more', async (t) => {
  const d = desk([callOf('c', 1, 2)]);
  d.jobs.script('look', undefined, undefined, fails(trouble('genesys.permission')));
  const cycle = { ...d.cycle, include: new Set<EventType>(['conversationStarted']) };
  t.is((await d.start({ cycle }).outcome).status, 'failed');
  t.deepEqual(d.published(), ['c 1']);
  t.deepEqual(await d.start().outcome, { status: 'completed' });
  t.is(d.logged('backfill.abandoned').length, 1);
  t.deepEqual(d.published(), ['c 1', 'c 2']);
});

test('a run that an earlier version has begun is resumed', async (t) => {
  const d = desk();
  d.jobs.script('look', undefined, undefined, fails(trouble('genesys.permission')));
  await d.start().outcome;
  d.runs.selection = undefined;
  t.deepEqual(await d.start().outcome, { status: 'completed' });
  t.like(d.logged('backfill.started')[1], { resumed: true });
});

test('two backfills never run at once: the second fails, and has read nothing', async (t) => {
  const d = desk();
  let version = 1;
  d.wire.always('lease.read', () => ({ holder: 'host-b', version: ++version, fence: 2, durationMs: 30_000 }));
  t.is((await failureOf(d.start().outcome)).code, 'lease.held');
  t.deepEqual(d.jobs.asked, []);
  t.is(d.runs.until, undefined);
});

test('a backfill whose lease was taken between two calls begins no run', async (t) => {
  const d = desk();
  d.runs.refuses = true;
  t.is((await failureOf(d.start().outcome)).code, 'lease.lost');
  t.deepEqual(d.jobs.asked, []);
});

test('every period that was asked for is remembered, abandoned ones included, while anything of it is', async (t) => {
  const d = desk();
  const hours = (start: number, end: number) => ({
    start: YESTERDAY.start + start * HOUR,
    end: YESTERDAY.start + end * HOUR,
  });
  await d.start({ period: hours(0, 2) }).outcome;
  t.deepEqual(d.runs.earlier, []);
  d.jobs.script('look', fails(trouble('genesys.permission')));
  await d.start({ period: hours(6, 8) }).outcome;
  t.deepEqual(d.runs.earlier, [hours(0, 2)]);
  await d.start({ period: hours(1, 4) }).outcome;
  t.deepEqual(d.runs.earlier, [hours(0, 2), hours(6, 8)]);
  await d.start({ period: hours(10, 11) }).outcome;
  t.deepEqual(d.runs.earlier, [hours(0, 4), hours(6, 8)]);
  const dedupHistoryReader = { current: async () => [{ from: hours(5, 5).start, ttl: 7 * DAY }] };
  await d.start({ period: hours(12, 13), cycle: { ...d.cycle, dedupHistoryReader } }).outcome;
  t.deepEqual(d.runs.earlier, [hours(6, 8), hours(10, 11)]);
});

test('a run keeps the history that it began with, and goes on settling the stored one', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  let settled = 0;
  const history = [{ from: 0, ttl: 7 * DAY }];
  const current = async () => (settled++ === 0 ? history : [{ from: at('09:00'), ttl: 7 * DAY }]);
  t.deepEqual(await d.start({ cycle: { ...d.cycle, dedupHistoryReader: { current } } }).outcome, {
    status: 'completed',
  });
  t.deepEqual(d.published(), ['c 5', 'c 7']);
  t.is(settled, 6);
});
