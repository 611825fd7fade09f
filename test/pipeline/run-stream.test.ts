import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import type { Window } from '../../src/domain/window.ts';
import { abortable } from '../../src/lib/abort.ts';
import { StreamRunner } from '../../src/pipeline/run-stream.ts';
import type { RequestContext } from '../../src/ports/request-context.ts';
import type { Checkpoint } from '../../src/ports/state-store.ts';
import { testContext } from '../support/request-context.ts';
import { answerLost, during, fails, hangs, trouble } from '../support/wire.ts';
import { at, CHECKPOINT, conversation, DAY, type Fixture, fixture, MINUTE, raisable, span } from './fixture.ts';

function runnerOf(f: Fixture, checkpoint?: Checkpoint, heldLease = f.heldLeaseOf()) {
  if (checkpoint) f.state.checkpoints.set('conversations', checkpoint);
  return new StreamRunner(f.cycle, { heldLease, checkpoint });
}

const stored = (f: Fixture) => f.state.checkpoints.get('conversations');
const windows = (f: Fixture) => f.wire.sent('source.page').map(span);

test('catching up reads slices oldest first until caught up', async (t) => {
  const f = fixture();
  f.source.pagesOf = ({ start }) => [[conversation(`after ${new Date(start).toISOString().slice(11, 16)}`)]];
  const runner = runnerOf(f, { ...CHECKPOINT, watermark: at('07:30') });
  t.like(await runner.poll(raisable().signals), { status: 'completed', caughtUp: true });
  t.deepEqual(windows(f), ['07:25–08:25', '08:20–09:20', '09:15–09:59']);
  t.is(stored(f)?.watermark, at('09:59'));
  t.deepEqual(
    f.logged('cycle.completed').map((line) => [line.watermark, line.caughtUp]),
    [
      ['2026-11-20T08:25:00.000Z', false],
      ['2026-11-20T09:20:00.000Z', false],
      ['2026-11-20T09:59:00.000Z', true],
    ],
  );
});

test('the next poll goes on where the last one ended', async (t) => {
  const f = fixture();
  f.source.pagesOf = () => [[]];
  const runner = runnerOf(f, CHECKPOINT);
  await runner.poll(raisable().signals);
  f.clock.pause(MINUTE);
  await runner.poll(raisable().signals);
  t.deepEqual(windows(f), ['09:45–09:59', '09:58–10:00']);
});

test('polled again at once there is nothing to read', async (t) => {
  const f = fixture();
  const runner = runnerOf(f, CHECKPOINT);
  await runner.poll(raisable().signals);
  t.deepEqual(await runner.poll(raisable().signals), { status: 'idle' });
});

test('a failure ends the catching up, and the next poll reads the failed slice again', async (t) => {
  const f = fixture();
  f.source.pagesOf = () => [[]];
  f.wire.script('source.page', undefined, fails(trouble('genesys.unreachable')));
  const runner = runnerOf(f, { ...CHECKPOINT, watermark: at('08:00') });
  t.like(await runner.poll(raisable().signals), { status: 'failed' });
  t.is(stored(f)?.watermark, at('08:55'));
  t.like(await runner.poll(raisable().signals), { status: 'completed' });
  t.deepEqual(windows(f), ['07:55–08:55', '08:50–09:50', '08:50–09:50', '09:45–09:59']);
});

test('a stop lets the slice at hand complete if it has been read, and begins no other', async (t) => {
  const f = fixture();
  const { signals, stop } = raisable();
  f.wire.script('checkpoint.write', during(stop));
  const runner = runnerOf(f, { ...CHECKPOINT, watermark: at('08:00') });
  t.like(await runner.poll(signals), { status: 'completed', caughtUp: false });
  t.is(stored(f)?.watermark, at('08:55'));
  t.is(f.wire.sent('checkpoint.write').length, 1);
});

test('a stream without a checkpoint begins where its settings say, and that is its origin for ever', async (t) => {
  const f = fixture();
  f.source.pagesOf = () => [[]];
  const runner = runnerOf(f);
  t.like(await runner.poll(raisable().signals), { status: 'completed' });
  t.deepEqual(f.wire.sent('checkpoint.write')[0], {
    watermark: at('09:30'),
    origin: at('09:30'),
    fence: 1,
    updatedAt: at('10:00'),
  });
  t.deepEqual(windows(f), ['09:30–09:59']);
  t.like(stored(f), { watermark: at('09:59'), origin: at('09:30') });
});

test('a stream that is to begin in the future stores nothing until then, says so, and can be corrected', async (t) => {
  const f = fixture();
  f.source.pagesOf = () => [[]];
  const startsAt = (origin: number) => ({ ...f.cycle, stream: { ...f.cycle.stream, startsAt: async () => origin } });
  const runner = (origin: number) =>
    new StreamRunner(startsAt(origin), { heldLease: f.heldLeaseOf(), checkpoint: undefined });
  t.like(await runner(at('10:02')).poll(raisable().signals), {
    status: 'failed',
    failure: { code: 'checkpoint.ahead', fields: { aheadSeconds: 120 } },
  });
  t.regex(String(f.logged('cycle.failed')[0]?.msg), /does not begin before 2026-11-20T10:02\S+, as its startFrom says/);
  t.is(stored(f), undefined);
  t.like(await runner(at('09:00')).poll(raisable().signals), { status: 'completed' });
  t.is(stored(f)?.origin, at('09:00'));
});

test('trouble with creating the checkpoint is a failed cycle, tried again with the next poll', async (t) => {
  const f = fixture();
  const failure = trouble('table.unavailable');
  f.wire.script('checkpoint.write', fails(failure));
  const runner = runnerOf(f);
  t.deepEqual(await runner.poll(raisable().signals), { status: 'failed', failure });
  t.like(f.logged('cycle.failed'), [{ level: 'error', stream: 'conversations', code: 'table.unavailable' }]);
  t.like(await runner.poll(raisable().signals), { status: 'completed' });
});

test('a stream whose first checkpoint could not be written, or whose write went unanswered, skips nothing when it is tried later', async (t) => {
  for (const fault of [fails(trouble('table.unavailable')), answerLost(trouble('table.unavailable'))]) {
    const f = fixture();
    f.source.pagesOf = () => [[]];
    f.wire.script('checkpoint.write', fault);
    const runner = runnerOf(f);
    await runner.poll(raisable().signals);
    f.clock.pause(20 * MINUTE);
    t.like(await runner.poll(raisable().signals), { status: 'completed', checkpoint: { origin: at('09:30') } });
    t.deepEqual(windows(f), ['09:30–10:19']);
    t.like(stored(f), { watermark: at('10:19'), origin: at('09:30') });
  }
});

test('a poller that finds the checkpoint of a later holder creates none and stands back', async (t) => {
  const f = fixture();
  const heldLease = f.heldLeaseOf(1);
  const runner = runnerOf(f, undefined, heldLease);
  f.state.checkpoints.set('conversations', { ...CHECKPOINT, fence: 2 });
  t.like(await runner.poll(raisable().signals), { status: 'failed', failure: { code: 'lease.lost' } });
  t.true(heldLease.signal.aborted);
  t.is(stored(f)?.fence, 2);
});

test('a first checkpoint that an earlier holder was still writing is adopted, and nothing after it is skipped', async (t) => {
  const f = fixture();
  f.source.pagesOf = () => [[]];
  const runner = runnerOf(f, undefined, f.heldLeaseOf(2));
  // Created by the holder before, five minutes earlier than this one would have it, after this one found none
  // to fence.
  f.state.checkpoints.set('conversations', {
    watermark: at('09:25'),
    origin: at('09:25'),
    fence: 1,
    updatedAt: at('09:55'),
  });
  t.like(await runner.poll(raisable().signals), { status: 'completed' });
  t.deepEqual(windows(f), ['09:25–09:59']);
  t.like(stored(f), { watermark: at('09:59'), origin: at('09:25'), fence: 2 });
});

test('an abort while the checkpoint is being created is no failure', async (t) => {
  const f = fixture();
  const { signals, abort } = raisable();
  f.wire.script('checkpoint.write', hangs);
  const polling = runnerOf(f).poll(signals);
  abort();
  t.deepEqual(await polling, { status: 'interrupted' });
  t.deepEqual(f.log.lines, []);
});

test('a lease that is lost between two slices ends the catching up', async (t) => {
  const f = fixture();
  const heldLease = f.heldLeaseOf();
  f.source.pagesOf = () => [[]];
  f.wire.script(
    'checkpoint.write',
    during(() => heldLease.end('it was taken by host-b')),
  );
  const runner = runnerOf(f, { ...CHECKPOINT, watermark: at('08:00') }, heldLease);
  t.like(await runner.poll(raisable().signals), { status: 'failed', failure: { code: 'lease.lost' } });
  t.deepEqual(windows(f), ['07:55–08:55']);
});

test('a checkpoint older than the deduplication period is a gap that is reported once, with both ends, and is read all the same', async (t) => {
  const f = fixture();
  f.source.pagesOf = ({ start }) => [[{ ...conversation('c'), conversationStart: new Date(start).toISOString() }]];
  const tooLate = { ...CHECKPOINT, origin: 0, watermark: at('08:00') - 6 * DAY };
  const runner = runnerOf(f, tooLate);
  t.like(await runner.poll(raisable().signals), { status: 'completed', caughtUp: true });
  f.clock.pause(MINUTE);
  await runner.poll(raisable().signals);
  t.like(f.logged('gap.detected'), [
    {
      level: 'warn',
      stream: 'conversations',
      gapStart: '2026-11-14T08:00:00.000Z',
      gapEnd: '2026-11-14T10:00:00.000Z',
    },
  ]);
  t.is(f.logged('gap.detected').length, 1);
  t.is(windows(f)[0], '07:55–08:55');
  t.like(f.logged('cycle.completed')[0], { tooOld: 1, published: 0 });
});

test('a second outage that is longer than the deduplication period is reported as the first one was', async (t) => {
  const f = fixture();
  f.source.pagesOf = () => [[]];
  const runner = runnerOf(f, { ...CHECKPOINT, origin: 0, watermark: at('08:00') - 6 * DAY });
  await runner.poll(raisable().signals);
  f.clock.pause(MINUTE);
  await runner.poll(raisable().signals);
  f.clock.pause(7 * DAY);
  await runner.poll(raisable().signals);
  t.like(f.logged('gap.detected'), [
    { gapStart: '2026-11-14T08:00:00.000Z', gapEnd: '2026-11-14T10:00:00.000Z' },
    { gapStart: '2026-11-20T10:00:00.000Z', gapEnd: '2026-11-21T10:01:00.000Z' },
  ]);
});

test('a checkpoint within the deduplication period is not a gap', async (t) => {
  const f = fixture();
  await runnerOf(f, { ...CHECKPOINT, origin: 0, watermark: at('10:00') - 6 * DAY }).poll(raisable().signals);
  t.deepEqual(f.logged('gap.detected'), []);
});

test('a source that cannot be asked at the first start skips nothing of what happens meanwhile', async (t) => {
  const f = fixture();
  const runner = runnerOf(f);
  f.source.now = () => Promise.reject(trouble('genesys.unreachable'));
  t.like(await runner.poll(raisable().signals), { status: 'failed' });
  f.clock.pause(20 * MINUTE);
  f.source.now = async () => f.clock.now();
  await runner.poll(raisable().signals);
  t.is(stored(f)?.origin, at('09:30'));
});

test('where a stream begins is reckoned from the first start, however the wall clock is put right meanwhile', async (t) => {
  const f = fixture();
  const runner = runnerOf(f);
  f.clock.step(3 * DAY);
  f.source.now = () => Promise.reject(trouble('genesys.unreachable'));
  await runner.poll(raisable().signals);
  f.clock.pause(20 * MINUTE);
  f.clock.step(-3 * DAY);
  f.source.now = async () => f.clock.now();
  await runner.poll(raisable().signals);
  t.is(stored(f)?.origin, at('09:30'));
});

test('a stop ends the wait for a source that does not answer at the first start', async (t) => {
  const f = fixture();
  const { signals, stop } = raisable();
  f.source.now = ({ signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const polling = runnerOf(f).poll(signals);
  stop();
  t.deepEqual(await polling, { status: 'interrupted' });
});

const MINUTES_LATE = 10 * MINUTE;

test('while nothing new is found the checkpoint moves in memory, and is stored after a while', async (t) => {
  const f = fixture({ maxCheckpointLag: MINUTES_LATE });
  f.source.pagesOf = () => [[]];
  const runner = runnerOf(f, CHECKPOINT);
  // It was stored nine minutes ago.
  await runner.poll(raisable().signals);
  t.is(stored(f)?.watermark, at('09:50'));
  t.is(f.wire.sent('checkpoint.write').length, 0);
  f.clock.pause(MINUTE);
  await runner.poll(raisable().signals);
  t.is(stored(f)?.watermark, at('10:00'));
  f.clock.pause(MINUTE);
  await runner.poll(raisable().signals);
  t.deepEqual(windows(f), ['09:45–09:59', '09:58–10:00', '09:59–10:01']);
  t.is(stored(f)?.watermark, at('10:00'));
  t.deepEqual(
    f.logged('cycle.completed').map(({ watermark }) => watermark),
    ['2026-11-20T09:59:00.000Z', '2026-11-20T10:00:00.000Z', '2026-11-20T10:01:00.000Z'],
  );
});

test('a checkpoint is stored with everything that is found, whether it was published, too old, or became a dead letter', async (t) => {
  const found = [
    [conversation('c1')],
    [conversation('c1', '00:00:00.000')],
    [{ conversationId: 'c1', conversationStart: 5, originatingDirection: 'outbound' }],
  ];
  for (const records of found) {
    const f = fixture({ maxCheckpointLag: MINUTES_LATE });
    f.source.pagesOf = () => [records];
    const checkpoint = { ...CHECKPOINT, origin: at('00:00') + 1 };
    await runnerOf(f, checkpoint).poll(raisable().signals);
    t.is(stored(f)?.watermark, at('09:59'), JSON.stringify(records));
  }
});

test('what is known already is nothing new', async (t) => {
  const f = fixture({ maxCheckpointLag: MINUTES_LATE });
  f.source.pagesOf = () => [[conversation('c1')]];
  const runner = runnerOf(f, CHECKPOINT);
  await runner.poll(raisable().signals);
  f.clock.pause(MINUTE);
  await runner.poll(raisable().signals);
  t.is(stored(f)?.watermark, at('09:59'));
  t.is(f.wire.sent('ids.read').length, 1);
});

test('while behind, every window stores its checkpoint, and so does a clock that was set back', async (t) => {
  const f = fixture({ maxCheckpointLag: MINUTES_LATE });
  await runnerOf(f, { ...CHECKPOINT, watermark: at('07:30'), updatedAt: at('09:59') }).poll(raisable().signals);
  t.is(stored(f)?.watermark, at('09:20'));
  const later = fixture({ maxCheckpointLag: MINUTES_LATE });
  await runnerOf(later, { ...CHECKPOINT, updatedAt: at('10:20') }).poll(raisable().signals);
  t.is(stored(later)?.watermark, at('09:59'));
});

test('before its lease is released a stream stores its checkpoint, once, and only while the lease is held', async (t) => {
  const f = fixture({ maxCheckpointLag: MINUTES_LATE });
  const runner = runnerOf(f, CHECKPOINT);
  await runner.flush(testContext());
  await runner.poll(raisable().signals);
  await runner.flush(testContext());
  t.deepEqual(f.wire.sent('checkpoint.write'), [
    { watermark: at('09:59'), origin: at('00:00'), rereadTo: at('09:59'), fence: 1, updatedAt: at('10:00') },
  ]);
  const lost = fixture({ maxCheckpointLag: MINUTES_LATE });
  const heldLease = lost.heldLeaseOf();
  const other = runnerOf(lost, CHECKPOINT, heldLease);
  await other.poll(raisable().signals);
  heldLease.end('it was taken');
  await other.flush(testContext());
  t.deepEqual(lost.wire.sent('checkpoint.write'), []);
});

test('a checkpoint that cannot be stored before the release of the lease is logged, and has no other effect', async (t) => {
  const f = fixture({ maxCheckpointLag: MINUTES_LATE });
  const runner = runnerOf(f, CHECKPOINT);
  await runner.poll(raisable().signals);
  f.wire.script('checkpoint.write', fails(trouble('table.unavailable')));
  await runner.flush(testContext());
  t.is(f.logged('checkpoint.notStored').length, 1);
  t.is(stored(f)?.watermark, at('09:50'));
});

test('what is on the bus and could not be recorded is recorded at the end, even after the lease is lost', async (t) => {
  const f = fixture();
  f.source.pagesOf = () => [[conversation('c1')]];
  const heldLease = f.heldLeaseOf();
  const runner = runnerOf(f, CHECKPOINT, heldLease);
  f.wire.always('ids.write', fails(trouble('table.denied')));
  t.like(await runner.poll(raisable().signals), { status: 'failed' });
  await runner.flush(testContext());
  t.is(f.logged('ids.notRecorded').length, 1);
  t.is(f.table.items.size, 0);
  f.wire.always('ids.write', undefined);
  heldLease.end('it was taken');
  await runner.flush(testContext());
  t.is(f.table.items.size, 1);
  t.is(f.logged('ids.notRecorded').length, 1);
});

/**
 * A fixture whose source begins at once, as the real one does, and which gives a page at once and another
 * when the test lets it.
 */
function eagerFixture() {
  const f = fixture();
  const opened: string[] = [];
  const signals = new Map<string, AbortSignal>();
  const gates = new Map<string, () => void>();
  const stream = {
    ...f.cycle.stream,
    prefetchWindows: 2,
    read(window: Window, context: RequestContext) {
      const name = span(window);
      opened.push(name);
      signals.set(name, context.signal);
      context.count('genesysRequests');
      const gate = new Promise<void>((resolve) => gates.set(name, resolve));
      return (async function* () {
        yield [];
        await abortable(gate, context.signal);
        context.count('genesysRequests');
        yield [conversation(`in ${name}`)];
      })();
    },
  };
  const runner = (checkpoint: Checkpoint, heldLease = f.heldLeaseOf()) => {
    f.state.checkpoints.set('conversations', checkpoint);
    return new StreamRunner({ ...f.cycle, stream }, { heldLease, checkpoint });
  };
  return { f, opened, signals, open: (name: string) => gates.get(name)?.(), runner };
}

async function settled(): Promise<void> {
  for (let index = 0; index < 50; index++) await turn();
}

test('while behind, whole windows are read before their turn, and delivered in their turn', async (t) => {
  const { f, opened, open, runner } = eagerFixture();
  const polling = runner({ ...CHECKPOINT, watermark: at('05:00') }).poll(raisable().signals);
  await settled();
  t.deepEqual(opened, ['04:55–05:55', '05:50–06:50', '06:45–07:45']);
  // The second has been read first: it waits.
  open('05:50–06:50');
  await settled();
  t.deepEqual(f.published(), []);
  open('04:55–05:55');
  await settled();
  t.deepEqual(f.published(), ['in 04:55–05:55', 'in 05:50–06:50']);
  t.is(stored(f)?.watermark, at('06:50'));
  t.deepEqual(opened.slice(3), ['07:40–08:40', '08:35–09:35']);
  for (const name of opened.slice(2)) open(name);
  await settled();
  // The last one ends where its turn finds it.
  t.is(opened.at(-1), '09:30–09:59');
  open('09:30–09:59');
  t.like(await polling, { status: 'completed', caughtUp: true });
  t.is(new Set(opened).size, opened.length);
  t.deepEqual(
    f.logged('cycle.completed').map(({ genesysRequests }) => genesysRequests),
    opened.map(() => 2),
  );
});

test('what comes after a window is begun once something of it has come, or nothing will', async (t) => {
  const f = fixture();
  const opened: string[] = [];
  let begin = () => {};
  const first = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const { stream } = f.cycle;
  const read = (window: Window) => {
    opened.push(span(window));
    return (async function* () {
      if (opened.length === 1) await first;
      if (opened.length > 5) yield [];
    })();
  };
  const checkpoint = { ...CHECKPOINT, watermark: at('05:00') };
  const other = new StreamRunner(
    { ...f.cycle, stream: { ...stream, prefetchWindows: 2, read } },
    { heldLease: f.heldLeaseOf(), checkpoint },
  );
  f.state.checkpoints.set('conversations', checkpoint);
  const polling = other.poll(raisable().signals);
  await settled();
  t.deepEqual(opened, ['04:55–05:55']);
  begin();
  t.like(await polling, { status: 'completed', caughtUp: true });
  t.is(opened.length, 6);
});

test('when a poll ends, what was begun before its turn is cancelled', async (t) => {
  for (const how of ['fails', 'is stopped', 'loses the lease'] as const) {
    const { f, opened, open, signals, runner } = eagerFixture();
    const raise = raisable();
    const heldLease = f.heldLeaseOf();
    if (how === 'fails') f.wire.script('bus.put', fails(trouble('bus.denied')));
    const polling = runner({ ...CHECKPOINT, watermark: at('05:00') }, heldLease).poll(raise.signals);
    await settled();
    if (how === 'is stopped') raise.stop();
    else if (how === 'loses the lease') heldLease.end('it was taken');
    else open('04:55–05:55');
    t.is((await polling).status, how === 'is stopped' ? 'interrupted' : 'failed');
    t.is(opened.length, 3);
    t.true(
      opened.every((name) => signals.get(name)?.aborted),
      how,
    );
    t.deepEqual(f.published(), []);
  }
});

test('a window that is planned otherwise when its turn comes is read anew, and so is all after it', async (t) => {
  const { f, opened, open, signals, runner } = eagerFixture();
  const polling = runner({ ...CHECKPOINT, watermark: at('05:00') }).poll(raisable().signals);
  await settled();
  // The source's time goes back.
  f.source.now = async () => at('06:30');
  open('04:55–05:55');
  await settled();
  t.deepEqual(opened.slice(3), ['05:50–06:29']);
  t.true(signals.get('05:50–06:50')?.aborted);
  t.true(signals.get('06:45–07:45')?.aborted);
  t.false(signals.get('05:50–06:29')?.aborted);
  open('05:50–06:29');
  t.like(await polling, { status: 'completed', caughtUp: true });
  t.deepEqual(f.published(), ['in 04:55–05:55', 'in 05:50–06:29']);
});
