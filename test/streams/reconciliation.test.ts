import test from 'ava';
import type { CycleOutcome } from '../../src/pipeline/cycle.ts';
import type { Checkpoint } from '../../src/ports/state-store.ts';
import { JobReader } from '../../src/streams/job-reader.ts';
import { reconciliationStream } from '../../src/streams/reconciliation.ts';
import { at, conversation, DAY, fixture, HOUR, MINUTE, oneCycle, raisable } from '../pipeline/fixture.ts';
import { FakeJobs, span } from '../support/fake-jobs.ts';
import { testContext } from '../support/request-context.ts';
import { during, fails, trouble } from '../support/wire.ts';

/** Publishing began two days ago, within the horizon. */
const LIVE: Checkpoint = { watermark: at('09:59'), origin: at('00:00') - 2 * DAY, fence: 1, updatedAt: at('09:59') };
/** Up to three o'clock everything guaranteed has been read, and nothing of the horizon is due. */
const CHECKPOINT: Checkpoint = { ...LIVE, watermark: at('03:00'), updatedAt: at('09:00'), rereadTo: at('10:00') };
/** The same of a poller that has worked for longer, and of which a sixth of the horizon is due. */
const DUE: Checkpoint = { ...CHECKPOINT, origin: at('00:00') - 9 * DAY, rereadTo: at('09:00') };

/** Reconciliation beside a live stream that is up to date; the lake is complete up to five o'clock. */
function desk(options: { isLiveEnabled?: boolean; liveUpTo?: () => number | undefined } = {}) {
  const f = fixture();
  const { isLiveEnabled = true, liveUpTo } = options;
  const jobs = new FakeJobs(f.clock);
  jobs.availableUntil = at('05:00');
  if (isLiveEnabled) f.state.checkpoints.set('conversations', LIVE);
  const newStream = () =>
    reconciliationStream({
      jobs,
      reader: new JobReader({ jobs, clock: f.clock, log: f.log, stream: 'reconciliation' }),
      state: f.state,
      rules: { overlap: 5 * MINUTE, horizon: 3 * DAY, horizonEvery: 6 * HOUR },
      clock: f.clock,
      requestsPerMinute: 240,
      scope: 'outbound',
      phoneNumbers: 'mask',
      isLiveEnabled,
      ...(liveUpTo && { liveUpTo }),
      startsAt: (now) => now - HOUR,
    });
  const stream = newStream();
  /** A cycle of a process that has nothing but what is stored. */
  const cycle = (checkpoint = CHECKPOINT, signals = raisable().signals): Promise<CycleOutcome> =>
    oneCycle({ ...f.cycle, stream: newStream() }, checkpoint, f.heldLeaseOf(), signals);
  const planned = async (checkpoint = CHECKPOINT) => {
    const plan = await stream.plan(checkpoint, f.clock.now(), testContext());
    return plan && { window: span(plan.window), caughtUp: plan.caughtUp };
  };
  return { ...f, jobs, stream, runs: cycle, planned };
}

const pieces = (d: ReturnType<typeof desk>) => d.jobs.of('submit');

test('what is newly guaranteed is read, and a little before it', async (t) => {
  t.deepEqual(await desk().planned(), { window: '20T02:55–20T05:00', caughtUp: true });
});

test('what leaves the horizon is read with what is newly guaranteed, and what is due of the rest after both', async (t) => {
  const d = desk();
  const first = await d.runs(DUE);
  t.like(first, {
    status: 'completed',
    caughtUp: false,
    checkpoint: { watermark: at('05:00'), rereadTo: at('09:00') },
  });
  t.deepEqual(pieces(d), ['17T03:00–17T05:00', '20T02:55–20T05:00']);
  if (first.status !== 'completed') return;
  t.like(await d.runs(first.checkpoint), {
    status: 'completed',
    caughtUp: true,
    checkpoint: { watermark: at('05:00'), rereadTo: at('10:00') },
  });
  t.deepEqual(pieces(d).slice(2), ['19T12:00–19T18:00', '19T18:00–20T00:00']);
});

test('nothing past the availability date is read, nor past now, nor past the live stream', async (t) => {
  const late = desk();
  late.jobs.availableUntil = at('23:00');
  late.state.checkpoints.set('conversations', { ...LIVE, watermark: at('23:59') });
  t.is((await late.planned())?.window, '20T02:55–20T10:00');

  const behind = desk();
  behind.state.checkpoints.set('conversations', { ...LIVE, watermark: at('04:30') });
  t.is((await behind.planned())?.window, '20T02:55–20T04:30');
});

test('how far the live stream has come is known to the process that polls it before it is stored', async (t) => {
  const live = { ...LIVE, watermark: at('04:30') };
  for (const [known, end] of [
    [at('04:50'), '04:50'],
    [at('04:10'), '04:30'],
    [undefined, '04:30'],
  ] as const) {
    const d = desk({ liveUpTo: () => known });
    d.state.checkpoints.set('conversations', live);
    t.is((await d.planned())?.window, `20T02:55–20T${end}`);
  }
});

test('a live stream that has stood still for an hour is not waited for', async (t) => {
  const d = desk();
  const standing = { ...LIVE, watermark: at('01:00') };
  d.state.checkpoints.set('conversations', { ...standing, updatedAt: at('09:00') + 1 });
  t.is(await d.planned(), undefined);
  d.state.checkpoints.set('conversations', { ...standing, updatedAt: at('09:00') });
  t.is((await d.planned())?.window, '20T02:55–20T05:00');
});

test('while nothing new is guaranteed there is nothing to do', async (t) => {
  const d = desk();
  d.jobs.availableUntil = at('03:00');
  t.deepEqual(await d.runs(), { status: 'idle' });
  t.deepEqual(d.log.lines, []);
});

test('it begins where the live stream began, and waits until that has begun', async (t) => {
  const d = desk();
  t.is(await d.stream.startsAt(at('10:00'), testContext()), LIVE.origin);
  d.state.checkpoints.delete('conversations');
  t.is(await d.stream.startsAt(at('10:00'), testContext()), undefined);
});

test('without a live stream it begins where one would, or did', async (t) => {
  const d = desk({ isLiveEnabled: false });
  t.is(await d.stream.startsAt(at('10:00'), testContext()), at('09:00'));
  d.state.checkpoints.set('conversations', { ...LIVE, watermark: at('01:00') });
  t.is(await d.stream.startsAt(at('10:00'), testContext()), LIVE.origin);
});

test('a live stream of another process is waited for like one of its own', async (t) => {
  const d = desk({ isLiveEnabled: false });
  t.is((await d.planned())?.window, '20T02:55–20T05:00');
  d.state.checkpoints.set('conversations', { ...LIVE, watermark: at('04:30') });
  t.is((await d.planned())?.window, '20T02:55–20T04:30');
});

test('what is missing is published under its own name; what is known is not; and the finding is in the log', async (t) => {
  const d = desk();
  d.jobs.pagesOf = () => [
    { conversations: [conversation('known', '03:00:00.000'), conversation('missed', '03:30:00.000')] },
  ];
  d.jobs.script('results', async () => {
    const { delivery } = d.deliveryOf();
    await delivery.add(d.stream.derive(conversation('known', '03:00:00.000'))?.events ?? []);
    await delivery.finish();
  });
  t.like(await d.runs(), { status: 'completed', checkpoint: { watermark: at('05:00') } });
  t.deepEqual(d.published(), ['known', 'missed']);
  const [, missed] = d.bus.accepted.map(({ detail }) => JSON.parse(detail).metadata.stream);
  t.is(missed, 'reconciliation');
  t.like(d.logged('cycle.completed'), [
    {
      msg: 'Read again what the data lake guarantees: the live stream had missed 1 events',
      stream: 'reconciliation',
      missed: 1,
      published: 1,
      duplicates: 1,
    },
  ]);
});

test('where there is no live stream nothing is said of what it missed', async (t) => {
  const d = desk({ isLiveEnabled: false });
  await d.runs();
  t.like(d.logged('cycle.completed'), [{ msg: 'Published 0 events of reconciliation', missed: undefined }]);
});

test('every page is on the bus and recorded before the next is asked for: no stream waits for another while a job runs', async (t) => {
  const d = desk();
  d.jobs.pagesOf = () => [1, 2, 3].map((page) => ({ conversations: [conversation(`c${page}`, '03:30:00.000')] }));
  const recorded: number[] = [];
  const note = () => void recorded.push(d.table.items.size);
  d.jobs.script('results', note, note, note);
  await d.runs();
  t.deepEqual(recorded, [0, 1, 2]);
});

test('a restart goes on with the job that was running, and reads nothing again before its piece', async (t) => {
  const d = desk();
  d.state.checkpoints.set('conversations', { ...LIVE, watermark: at('23:59') });
  const { signals, stop } = raisable();
  const behind = { ...CHECKPOINT, watermark: at('05:00') - DAY };
  // 19T04:55 to 20T05:00 is five pieces; the process is stopped when it waits for the fourth.
  d.wire.script('job.write', undefined, undefined, undefined, during(stop));
  d.jobs.pagesOf = (window) => [{ conversations: [conversation(span(window), '03:30:00.000')] }];
  t.deepEqual(await d.runs(behind, signals), { status: 'interrupted' });
  t.deepEqual(pieces(d), ['19T04:55–19T10:55', '19T10:55–19T16:55', '19T16:55–19T22:55', '19T22:55–20T04:55']);
  t.is(d.bus.accepted.length, 3);

  t.like(await d.runs(behind), { status: 'completed', checkpoint: { watermark: at('05:00') } });
  t.is(pieces(d).length, 5);
  t.deepEqual([...d.published()].sort(), [...pieces(d)]);
  t.deepEqual(d.jobs.of('cancel'), []);
  t.like(d.logged('cycle.completed'), [
    { windowStart: '2026-11-19T22:55:00.000Z', windowEnd: '2026-11-20T05:00:00.000Z' },
  ]);
});

test('a restart reads what was due of the horizon again from its start', async (t) => {
  const d = desk();
  d.jobs.availableUntil = at('03:00');
  d.jobs.script('look', undefined, fails(trouble('genesys.unreachable')));
  t.like(await d.runs(DUE), { status: 'failed' });
  t.like(await d.runs(DUE), { status: 'completed', checkpoint: { watermark: at('03:00'), rereadTo: at('10:00') } });
  const twice = ['19T12:00–19T18:00', '19T18:00–20T00:00'];
  t.deepEqual(pieces(d), [...twice, ...twice]);
});

test('a restart while what leaves the horizon is read reads the rest of that, and then what is newly guaranteed', async (t) => {
  const d = desk();
  d.jobs.script('look', fails(trouble('genesys.unreachable')));
  t.like(await d.runs(DUE), { status: 'failed' });
  t.like(await d.runs(DUE), { status: 'completed', checkpoint: { watermark: at('05:00'), rereadTo: at('09:00') } });
  t.deepEqual(pieces(d), ['17T03:00–17T05:00', '20T02:55–20T05:00']);
});

test('what is newly guaranteed does not wait for a reading of the horizon that failed', async (t) => {
  const d = desk();
  d.jobs.availableUntil = at('03:00');
  d.jobs.script('look', fails(trouble('genesys.unreachable')));
  t.like(await d.runs(DUE), { status: 'failed' });
  d.jobs.availableUntil = at('05:00');
  t.like(await d.runs(DUE), { status: 'completed', checkpoint: { watermark: at('05:00') } });
  t.deepEqual(pieces(d).slice(1), ['17T03:00–17T05:00', '20T02:55–20T05:00']);
});

test('reading the horizon again takes a tenth of the request budget, newly guaranteed data all of it', async (t) => {
  const d = desk();
  d.jobs.pagesOf = () => Array.from({ length: 60 }, () => ({ conversations: [] }));
  const begun = d.clock.monotonic();
  await d.runs(CHECKPOINT);
  t.true(d.clock.monotonic() - begun < MINUTE);

  d.jobs.availableUntil = at('03:00');
  const overdue = { ...DUE, rereadTo: at('00:00') };
  const from = d.clock.monotonic();
  await d.runs(overdue);
  // Four jobs of 62 requests at 24 a minute, the first minute's share at once.
  const minutes = (d.clock.monotonic() - from) / MINUTE;
  t.true(minutes > 9 && minutes < 11, `${minutes} minutes`);
});

test('a stop ends the wait for the share of the budget', async (t) => {
  const d = desk();
  const { signals, stop } = raisable();
  d.jobs.availableUntil = at('03:00');
  d.jobs.pagesOf = () => Array.from({ length: 60 }, () => ({ conversations: [] }));
  d.jobs.script('results', ...Array.from({ length: 40 }, () => undefined), stop);
  t.deepEqual(await d.runs({ ...DUE, rereadTo: at('00:00') }, signals), { status: 'interrupted' });
});

test('the next process reads the window to its end, and then what was guaranteed meanwhile', async (t) => {
  const d = desk();
  d.jobs.script('look', fails(trouble('genesys.unreachable')));
  t.like(await d.runs(), { status: 'failed' });
  d.jobs.availableUntil = at('06:00');
  const outcome = await d.runs();
  t.like(outcome, { status: 'completed', caughtUp: false, checkpoint: { watermark: at('05:00') } });
  t.deepEqual(pieces(d), ['20T02:55–20T05:00']);
});

test('a job of another checkpoint is none to go on with', async (t) => {
  for (const other of [{ watermark: at('02:00') }, { updatedAt: at('09:00') + 1 }]) {
    const d = desk();
    d.jobs.script('look', fails(trouble('genesys.unreachable')));
    await d.runs();
    await d.runs({ ...CHECKPOINT, ...other });
    t.is(pieces(d).length, 2);
  }
});

test('a job over what is no longer guaranteed is none to go on with', async (t) => {
  const d = desk();
  d.jobs.script('look', fails(trouble('genesys.unreachable')));
  await d.runs();
  d.jobs.availableUntil = at('04:59');
  await d.runs();
  t.deepEqual(pieces(d), ['20T02:55–20T05:00', '20T02:55–20T04:59']);
});

test('an availability that cannot be had fails the cycle, and nothing is read or moved', async (t) => {
  const d = desk();
  d.jobs.script('availability', fails(trouble('genesys.permission')));
  t.like(await d.runs(), { status: 'failed', failure: { code: 'genesys.permission' } });
  t.like(d.logged('cycle.failed'), [
    { code: 'genesys.permission', watermark: '2026-11-20T03:00:00.000Z', genesysRequests: 1 },
  ]);
  t.false('windowStart' in (d.logged('cycle.failed')[0] ?? {}));
  t.deepEqual(d.jobs.asked, []);
});

test('a window that was never planned is a defect', (t) => {
  const { stream } = desk();
  t.throws(() => stream.read({ start: 0, end: 1 }, testContext()), { message: /only after it was planned/ });
});

test('conversations out of scope are none of its business', (t) => {
  const { stream } = desk();
  t.is(stream.derive({ ...conversation('c1'), originatingDirection: 'inbound' }), undefined);
  t.is(stream.derive(conversation('c1'))?.events.length, 1);
});
