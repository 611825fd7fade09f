import test from 'ava';
import type { EventType } from '../../src/domain/catalogue.ts';
import { Failure } from '../../src/domain/failure.ts';
import { LeaseManager } from '../../src/lease/lease-manager.ts';
import { Deduplicator } from '../../src/pipeline/deduplicator.ts';
import type { BackfillRun } from '../../src/ports/state-store.ts';
import { type BackfillOptions, type BackfillProgress, backfill } from '../../src/streams/backfill.ts';
import { JobReader } from '../../src/streams/job-reader.ts';
import { at, DAY, type Fixture, fixture, HOUR, MINUTE, raisable } from '../pipeline/fixture.ts';
import { FakeJobs } from '../support/fake-jobs.ts';
import type { FakeStateTable } from '../support/fakes.ts';
import type { ManualClock } from '../support/manual-clock.ts';
import { answerLost, fails, hangs, trouble } from '../support/wire.ts';

/** The day before that on which the tests take place. */
const YESTERDAY = { start: at('00:00') - DAY, end: at('00:00') };

type Runs = BackfillOptions['runs'];

/** The run, beside the checkpoint that the state table knows. */
class FakeRuns implements Runs {
  until: number | undefined;
  selection: string | undefined;
  earlier: BackfillRun['earlier'] = [];
  refuses = false;
  private readonly state: FakeStateTable;

  constructor(state: FakeStateTable) {
    this.state = state;
  }

  async readBackfillRun(): Promise<BackfillRun | undefined> {
    const checkpoint = this.state.checkpoints.get('backfill');
    if (!checkpoint || this.until === undefined) return undefined;
    const { selection, earlier } = this;
    return { period: { start: checkpoint.origin, end: this.until }, selection, checkpoint, earlier };
  }

  async writeBackfillRun({ period, selection, checkpoint, earlier }: BackfillRun) {
    if (this.refuses) return 'refused';
    this.state.checkpoints.set('backfill', checkpoint);
    this.until = period.end;
    this.selection = selection;
    this.earlier = earlier;
    return 'written';
  }
}

/** A conversation that lasts from one hour of yesterday to another and yields an event at both ends. */
const callOf = (conversationId: string, from: number, to: number) => ({
  conversationId,
  conversationStart: new Date(YESTERDAY.start + from * HOUR).toISOString(),
  conversationEnd: new Date(YESTERDAY.start + to * HOUR).toISOString(),
  originatingDirection: 'outbound',
});
type Call = ReturnType<typeof callOf>;

function desk(calls: readonly Call[] = [], prepare: (f: Fixture) => void = () => undefined) {
  const f = fixture({ autoAdvance: false });
  const jobs = new FakeJobs(f.clock);
  jobs.availableUntil = at('06:00');
  jobs.pagesOf = ({ start, end }) => {
    const lives = (one: Call) => Date.parse(one.conversationStart) < end && Date.parse(one.conversationEnd) >= start;
    return [{ conversations: calls.filter(lives) }];
  };
  const runs = new FakeRuns(f.state);
  prepare(f);

  /** A process of its own; what earlier ones had only in memory is gone. */
  const start = (more: Partial<BackfillOptions> = {}, holder = 'host-a') => {
    const { table, clock, time, log, state } = f;
    const deduplicator = new Deduplicator({ table, clock, time, ttl: 7 * DAY, cacheSize: 10_000 });
    const signals = raisable();
    const progress: BackfillProgress[] = [];
    const outcome = backfill(
      {
        period: YESTERDAY,
        askedAt: clock.now(),
        allowRepeats: false,
        runs,
        jobs,
        reader: new JobReader({ jobs, clock, log, stream: 'backfill' }),
        scope: 'outbound',
        phoneNumbers: 'mask',
        cycle: { ...f.cycle, deduplicator },
        leaseManager: new LeaseManager({ state, stream: 'backfill', holder, durationMs: 30_000, clock, log }),
        onProgress: (one) => void progress.push(one),
        ...more,
      },
      signals.signals,
    );
    return { ...signals, progress, outcome: whileTimePasses(clock, outcome) };
  };
  /** The events on the bus: conversation and hour of yesterday. */
  const published = () =>
    f.bus.accepted.map(({ event }) => `${event.data.conversationId} ${(event.timestamp - YESTERDAY.start) / HOUR}`);
  const checkpoint = () => f.state.checkpoints.get('backfill');
  return { ...f, jobs, runs, start, published, checkpoint };
}

/** Lets time pass until the promise is settled. */
async function whileTimePasses<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let settled = false;
  const note = () => {
    settled = true;
  };
  promise.then(note, note);
  while (!settled) await clock.advance(500);
  return promise;
}

const failureOf = async (promise: Promise<unknown>): Promise<Failure> => {
  const thrown = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  if (thrown instanceof Failure) return thrown;
  throw new Error(`threw ${thrown}`);
};

test('the period is read in windows of six hours from an hour before it, oldest first', async (t) => {
  const d = desk();
  t.deepEqual(await d.start().outcome, { status: 'completed' });
  t.deepEqual(d.jobs.of('submit'), [
    '18T23:00–19T05:00',
    '19T05:00–19T11:00',
    '19T11:00–19T17:00',
    '19T17:00–19T23:00',
    '19T23:00–20T00:00',
  ]);
  t.is(d.checkpoint()?.watermark, YESTERDAY.end);
  t.is(d.state.leases.get('backfill')?.holder, '');
});

test('the events of the period are published, its first millisecond included, its end not, and no others', async (t) => {
  const d = desk([
    callOf('before', -3, -1),
    callOf('first', -1, 0),
    callOf('inside', 5, 7),
    callOf('last', 23, 24),
    callOf('long', -30, 30),
  ]);
  await d.start().outcome;
  t.deepEqual(d.published(), ['first 0', 'inside 5', 'inside 7', 'last 23']);
});

test('an event that was dated after its conversation had ended is found, an hour late at most', async (t) => {
  const wrappedUp = {
    ...callOf('late', -2, -0.9),
    participants: [
      {
        participantId: 'p',
        purpose: 'agent',
        sessions: [
          {
            sessionId: 's',
            segments: [
              {
                segmentType: 'wrapup',
                segmentStart: new Date(YESTERDAY.start - MINUTE).toISOString(),
                segmentEnd: new Date(YESTERDAY.start + MINUTE).toISOString(),
                wrapUpCode: 'ININ-WRAP-UP-TIMEOUT',
              },
            ],
          },
        ],
      },
    ],
  };
  const d = desk([wrappedUp]);
  await d.start().outcome;
  t.deepEqual(
    d.bus.accepted.map(({ event }) => event.eventType),
    ['dispositionSet'],
  );
});

test('every event is marked with the stream it came by', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  await d.start().outcome;
  const streams = d.bus.accepted.map(({ detail }) => JSON.parse(detail).metadata.stream);
  t.deepEqual(streams, ['backfill', 'backfill']);
});

test('what is in the dedup table is not published again, not even by a second backfill', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  await d.start().outcome;
  const [first] = d.bus.acceptedIds;
  t.is(d.bus.accepted.length, 2);
  await d.start().outcome;
  t.is(d.bus.accepted.length, 2);
  d.table.items.delete(first ?? '');
  await d.start().outcome;
  t.deepEqual(d.bus.acceptedIds.slice(2), [first]);
});

test('what is not of the scope is left out', async (t) => {
  const d = desk([{ ...callOf('c', 5, 7), originatingDirection: 'inbound' }]);
  await d.start().outcome;
  t.deepEqual(d.published(), []);
});

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

const live = (watermark: number, updatedAt: number) => (f: Fixture) =>
  void f.state.checkpoints.set('conversations', { watermark, origin: 0, fence: 1, updatedAt });

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

test('a piece that cannot be read is left out at once, and the rest of the period is published', async (t) => {
  const d = desk([callOf('before', 1, 2), callOf('after', 20, 21)]);
  const readable = d.jobs.pagesOf;
  const [from, to] = [YESTERDAY.start + 9 * HOUR, YESTERDAY.start + 10 * HOUR];
  d.jobs.pagesOf = (window) => {
    if (window.start < to && window.end > from) throw trouble('genesys.tooLarge');
    return readable(window);
  };
  const outcome = await d.start().outcome;
  t.is(outcome.status, 'incomplete');
  t.deepEqual(d.published(), ['before 1', 'before 2', 'after 20', 'after 21']);
  const gaps = d.logged('gap.detected');
  t.like(outcome, { gaps: gaps.length });
  t.true(Date.parse(String(gaps[0]?.gapStart)) <= from);
  t.true(Date.parse(String(gaps.at(-1)?.gapEnd)) >= to);
  d.jobs.pagesOf = readable;
  t.deepEqual(await d.start().outcome, { status: 'completed' }, 'the same command reads all of it again');
});

/** Nothing of these hours can be read; what follows fails once, and after that everything is readable. */
function brokenUntilTheNextFailure(d: ReturnType<typeof desk>, step: 'submit' | 'results') {
  const [from, to] = [YESTERDAY.start + 9 * HOUR, YESTERDAY.start + 10 * HOUR];
  const pagesOf = d.jobs.pagesOf;
  const submit = d.jobs.submit.bind(d.jobs);
  let isBroken = true;
  const failOnce = (window: { readonly start: number }) => {
    if (!isBroken || window.start < to) return;
    isBroken = false;
    throw trouble('genesys.unreachable');
  };
  d.jobs.pagesOf = (window) => {
    if (step === 'results') failOnce(window);
    if (isBroken && window.start < to && window.end > from) throw trouble('genesys.tooLarge');
    return pagesOf(window);
  };
  d.jobs.submit = async (window, context) => {
    if (step === 'submit') failOnce(window);
    return submit(window, context);
  };
}

test('a piece that could not be read is a gap, though a later piece of its window fails and is resumed', async (t) => {
  const d = desk([callOf('before', 1, 2), callOf('within', 9.2, 9.8), callOf('after', 20, 21)]);
  brokenUntilTheNextFailure(d, 'results');
  t.is((await d.start().outcome).status, 'incomplete');
  t.deepEqual(d.published(), ['before 1', 'before 2', 'after 20', 'after 21']);
});

test('a piece that can be read after all, when the rest of its window is read again, is no gap', async (t) => {
  const d = desk([callOf('before', 1, 2), callOf('within', 9.99, 9.995), callOf('after', 20, 21)]);
  brokenUntilTheNextFailure(d, 'submit');
  const outcome = await d.start().outcome;
  const gaps = d.logged('gap.detected');
  t.true(gaps.length > 1);
  t.like(outcome, { status: 'incomplete', gaps: gaps.length - 1 }, 'the last piece is the one that is read again');
  t.deepEqual(d.published(), ['before 1', 'before 2', 'within 9.99', 'within 9.995', 'after 20', 'after 21']);
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

test('with --allow-repeats everything is published that is not remembered, however old', async (t) => {
  const d = desk([callOf('ancient', -24 * 30, -24 * 30 + 1)]);
  const period = { start: YESTERDAY.start - 31 * DAY, end: YESTERDAY.start - 29 * DAY };
  t.deepEqual(await d.start({ period, allowRepeats: true }).outcome, { status: 'completed' });
  t.is(d.bus.accepted.length, 2);
  t.deepEqual(await d.start({ period, allowRepeats: true }).outcome, { status: 'completed' });
  t.is(d.bus.accepted.length, 2, 'what is remembered is not repeated');
  t.deepEqual(d.logged('gap.detected'), []);
});

test('a run that goes on needs only its rest within the deduplication period', async (t) => {
  const d = desk();
  const period = { start: OLDEST, end: OLDEST + DAY };
  d.jobs.script('look', undefined, undefined, fails(trouble('genesys.permission')));
  await d.start({ period, askedAt: at('10:00') }).outcome;
  t.is((await failureOf(d.start({ period, askedAt: at('21:00') + 1 }).outcome)).code, 'backfill.tooOld');
  t.deepEqual(await d.start({ period, askedAt: at('21:00') }).outcome, { status: 'completed' });
});

test('a stop ends it in order: what was read is on the bus, the lease is released, the window is read again', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  const run = d.start();
  d.wire.script('bus.put', (work, entries) => {
    run.stop();
    return work(entries);
  });
  t.deepEqual(await run.outcome, { status: 'interrupted' });
  t.deepEqual(d.published(), ['c 5', 'c 7']);
  t.true((d.checkpoint()?.watermark ?? 0) < YESTERDAY.end);
  t.is(d.state.leases.get('backfill')?.holder, '');
  t.deepEqual(await d.start().outcome, { status: 'completed' });
  t.is(d.bus.accepted.length, 2);
});

test('a stop while it waits for the lease, or before it has begun, is no failure', async (t) => {
  for (const name of ['lease.read', 'checkpoint.read'] as const) {
    const d = desk([], live(YESTERDAY.end, at('10:00')));
    d.wire.always(name, hangs);
    const run = d.start();
    await new Promise((resolve) => setImmediate(resolve));
    run.stop();
    t.deepEqual(await run.outcome, { status: 'interrupted' });
  }
});

test('trouble that passes is outlasted with growing pauses, and nothing is lost or repeated', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  d.jobs.script('submit', undefined, fails(trouble('genesys.unreachable')), fails(trouble('genesys.throttled')));
  d.wire.script('checkpoint.write', answerLost(trouble('table.unavailable')));
  d.wire.script('bus.put', fails(trouble('table.unavailable')));
  t.deepEqual(await d.start().outcome, { status: 'completed' });
  t.deepEqual(d.published(), ['c 5', 'c 7']);
  t.true(d.clock.slept.includes(5_000 * 0.75));
  t.true(d.clock.slept.includes(10_000 * 0.75));
});

test('trouble that does not pass, or does so too seldom, ends it after five failures in a row', async (t) => {
  const d = desk();
  const down = fails(trouble('genesys.unreachable'));
  d.jobs.script('submit', down, down, down, down, undefined, down, down, down, down, down);
  t.like(await d.start().outcome, { status: 'failed', failure: { code: 'genesys.unreachable' } });
  t.is(d.logged('cycle.failed').length, 9);
  t.is(d.checkpoint()?.watermark, YESTERDAY.start + 5 * HOUR);
});

test('a stop in a pause after trouble ends it', async (t) => {
  const d = desk();
  d.jobs.script('submit', fails(trouble('genesys.unreachable')));
  const run = d.start({
    onProgress: ({ conversations }) => {
      if (conversations === 0 && d.logged('cycle.failed').length > 0) run.stop();
    },
  });
  t.deepEqual(await run.outcome, { status: 'interrupted' });
});

test('a run that is stopped while IDs are unrecorded records them, and the same run publishes nothing twice', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  d.wire.script('ids.write', fails(trouble('table.unavailable')));
  const run = d.start({
    onProgress: ({ published }) => {
      if (published > 0) run.stop();
    },
  });
  t.deepEqual(await run.outcome, { status: 'interrupted' });
  t.is(d.table.items.size, 2);
  t.is(d.logged('ids.notRecorded').length, 0);
  t.deepEqual(await d.start().outcome, { status: 'completed' });
  t.deepEqual(d.published(), ['c 5', 'c 7']);
});

test('a run that ends while the dedup table cannot be written says which events the next one publishes again', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  d.wire.always('ids.write', fails(trouble('table.denied')));
  t.like(await d.start().outcome, { status: 'failed', failure: { code: 'table.denied' } });
  t.like(d.logged('ids.notRecorded'), [{ level: 'warn', stream: 'backfill' }]);
  t.is(d.state.leases.get('backfill')?.holder, '');
});

test('a run whose stop comes too late to record anything ends at once, and says so', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  d.wire.script('ids.write', fails(trouble('table.unavailable')), hangs);
  const run = d.start({
    onProgress: ({ published }) => {
      if (published > 0) setImmediate(run.abort);
    },
  });
  t.deepEqual(await run.outcome, { status: 'interrupted' });
  t.is(d.logged('ids.notRecorded').length, 1);
});

test('progress is reported at the beginning, with every page and after every window', async (t) => {
  const d = desk([callOf('a', 1, 2), callOf('b', 6, 7)]);
  const run = d.start();
  await run.outcome;
  t.deepEqual(
    run.progress.map(({ watermark, conversations, published }) => [
      (watermark - YESTERDAY.start) / HOUR,
      conversations,
      published,
    ]),
    [
      [0, 0, 0],
      [0, 1, 0],
      [5, 1, 2],
      [5, 2, 2],
      [11, 2, 4],
      [11, 2, 4],
      [17, 2, 4],
      [17, 2, 4],
      [23, 2, 4],
      [23, 2, 4],
      [24, 2, 4],
    ],
  );
  t.true(run.progress.every(({ begunAt }) => begunAt === YESTERDAY.start));
});

test('its lease holds its last cycle, for readers of the status', async (t) => {
  const d = desk([callOf('c', 23, 23.5)]);
  await d.start().outcome;
  t.like(d.state.lastCycles.get('backfill'), { outcome: 'completed', published: 2 });
});
