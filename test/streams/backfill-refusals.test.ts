import test from 'ava';
import { at, DAY, HOUR } from '../pipeline/fixture.ts';
import { fails, trouble } from '../support/wire.ts';
import { callOf, desk, failureOf, live, YESTERDAY } from './support/backfill.ts';

test('a period that the data lake does not guarantee yet is refused with the time up to which it does', async (t) => {
  const d = desk();
  d.jobs.availableUntil = YESTERDAY.end - 1;
  const failure = await failureOf(d.start().outcome);
  t.is(failure.code, 'backfill.tooRecent');
  t.regex(failure.message, /complete only up to 2026-11-19T23:59:59\.999Z.*--to 2026-11-19T23:59:59\.999Z/);
  t.deepEqual(d.jobs.asked, []);
  t.is(d.runs.until, undefined);
  t.is(d.state.leases.get('backfill')?.holder, '');
  d.jobs.availableUntil = YESTERDAY.end;
  t.deepEqual(await d.start().outcome, { status: 'completed' });
});

test('a guarantee that is taken back ends the run before it reads anything of the time concerned', async (t) => {
  const d = desk();
  d.jobs.script('results', () => undefined);
  d.jobs.pagesOf = ({ end }) => {
    if (end === YESTERDAY.start + 11 * HOUR) d.jobs.availableUntil = YESTERDAY.start + 12 * HOUR;
    return [];
  };
  t.like(await d.start().outcome, { status: 'failed', failure: { code: 'backfill.tooRecent' } });
  t.deepEqual(d.jobs.of('submit').length, 2);
});

test('a period that the live stream has not passed is refused while that is active', async (t) => {
  const behind = YESTERDAY.end - 1;
  const atWork = desk([], live(behind, at('09:00') + 1));
  const failure = await failureOf(atWork.start().outcome);
  t.is(failure.code, 'backfill.tooRecent');
  t.regex(failure.message, /conversations is running.*--to 2026-11-19T23:59:59\.999Z/);
  t.deepEqual(atWork.jobs.asked, []);

  t.deepEqual(await desk([], live(behind, at('09:00'))).start().outcome, { status: 'completed' });
  t.deepEqual(await desk([], live(YESTERDAY.end, at('10:00'))).start().outcome, { status: 'completed' });
});

/** With a deduplication period of seven days, the oldest time that is sure to be remembered. */
const OLDEST = YESTERDAY.start - 110 * HOUR;

test('a period that reaches back further than the deduplication period is refused before anything is read, with the reason', async (t) => {
  const d = desk();
  const failure = await failureOf(d.start({ period: { start: OLDEST - 1, end: YESTERDAY.end } }).outcome);
  t.is(failure.code, 'backfill.tooOld');
  t.regex(
    failure.message,
    /2026-11-14T09:59:59\.999Z.*before 2026-11-14T10:00:00\.000Z.*dedup\.ttl.*--from 2026-11-14T11:00:00\.000Z.*--allow-repeats/,
  );
  t.deepEqual(d.jobs.asked, []);
  t.is(d.runs.until, undefined);
});

test('a period just within the deduplication period is published to its first event, though the run begins a day later', async (t) => {
  const d = desk([callOf('first', -110, 1)]);
  const period = { start: OLDEST, end: YESTERDAY.end };
  const askedAt = d.clock.now();
  d.clock.step(24 * HOUR);
  t.deepEqual(await d.start({ period, askedAt }).outcome, { status: 'completed' });
  t.is(d.bus.accepted.length, 2);
  t.true(d.logged('cycle.completed').every((line) => line.tooOld === 0));
});

test('a run that has used up the day of reserve ends rather than leave out what is forgotten meanwhile', async (t) => {
  const d = desk([callOf('first', -110, 1)]);
  const period = { start: OLDEST, end: YESTERDAY.end };
  const askedAt = d.clock.now();
  d.clock.step(24 * HOUR + 1);
  const run = d.start({ period, askedAt });
  t.like(await run.outcome, { status: 'failed', failure: { code: 'backfill.tooOld' } });
  t.deepEqual(d.published(), []);
  t.deepEqual(d.jobs.of('submit'), []);
});

test('a run that goes on needs only its rest within the deduplication period', async (t) => {
  const d = desk();
  const period = { start: OLDEST, end: OLDEST + DAY };
  d.jobs.script('look', undefined, undefined, fails(trouble('genesys.permission')));
  await d.start({ period, askedAt: at('10:00') }).outcome;
  t.is((await failureOf(d.start({ period, askedAt: at('21:00') + 1 }).outcome)).code, 'backfill.tooOld');
  t.deepEqual(await d.start({ period, askedAt: at('21:00') }).outcome, { status: 'completed' });
});
