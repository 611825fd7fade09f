import test from 'ava';
import { StreamRunner } from '../../src/poller/stream-runner.ts';
import type { Checkpoint } from '../../src/ports/state-table.ts';
import { answerLost, during, fails, hangs, trouble } from '../support/wire.ts';
import { at, type Bench, bench, CHECKPOINT, conversation, DAY, MINUTE, raisable, span } from './bench.ts';

function runnerOf(b: Bench, checkpoint?: Checkpoint, tenure = b.tenureOf()) {
  if (checkpoint) b.state.checkpoints.set('conversations', checkpoint);
  return new StreamRunner(b.cycle, { tenure, checkpoint });
}

const stored = (b: Bench) => b.state.checkpoints.get('conversations');
const windows = (b: Bench) => b.wire.sent('source.page').map(span);

test('catching up reads slices oldest first until caught up', async (t) => {
  const b = bench();
  b.source.pagesOf = ({ start }) => [[conversation(`after ${new Date(start).toISOString().slice(11, 16)}`)]];
  const runner = runnerOf(b, { ...CHECKPOINT, watermark: at('07:30') });
  t.like(await runner.poll(raisable().signals), { status: 'completed', caughtUp: true });
  t.deepEqual(windows(b), ['07:25–08:25', '08:20–09:20', '09:15–09:59']);
  t.is(stored(b)?.watermark, at('09:59'));
  t.deepEqual(
    b.logged('cycle.completed').map((line) => [line.watermark, line.caughtUp]),
    [
      ['2026-11-20T08:25:00.000Z', false],
      ['2026-11-20T09:20:00.000Z', false],
      ['2026-11-20T09:59:00.000Z', true],
    ],
  );
});

test('the next poll goes on where the last one ended', async (t) => {
  const b = bench();
  b.source.pagesOf = () => [[]];
  const runner = runnerOf(b, CHECKPOINT);
  await runner.poll(raisable().signals);
  b.clock.pause(MINUTE);
  await runner.poll(raisable().signals);
  t.deepEqual(windows(b), ['09:45–09:59', '09:54–10:00']);
});

test('polled again at once there is nothing to read', async (t) => {
  const b = bench();
  const runner = runnerOf(b, CHECKPOINT);
  await runner.poll(raisable().signals);
  t.deepEqual(await runner.poll(raisable().signals), { status: 'idle' });
});

test('a failure ends the catching up, and the next poll reads the failed slice again', async (t) => {
  const b = bench();
  b.source.pagesOf = () => [[]];
  b.wire.script('source.page', undefined, fails(trouble('genesys.unreachable')));
  const runner = runnerOf(b, { ...CHECKPOINT, watermark: at('08:00') });
  t.like(await runner.poll(raisable().signals), { status: 'failed' });
  t.is(stored(b)?.watermark, at('08:55'));
  t.like(await runner.poll(raisable().signals), { status: 'completed' });
  t.deepEqual(windows(b), ['07:55–08:55', '08:50–09:50', '08:50–09:50', '09:45–09:59']);
});

test('a stop lets the slice at hand complete if it has been read, and begins no other', async (t) => {
  const b = bench();
  const { signals, stop } = raisable();
  b.wire.script('checkpoint.write', during(stop));
  const runner = runnerOf(b, { ...CHECKPOINT, watermark: at('08:00') });
  t.like(await runner.poll(signals), { status: 'completed', caughtUp: false });
  t.is(stored(b)?.watermark, at('08:55'));
  t.is(b.wire.sent('checkpoint.write').length, 1);
});

test('a stream without a checkpoint begins where its settings say, and that is its origin for ever', async (t) => {
  const b = bench();
  b.source.pagesOf = () => [[]];
  const runner = runnerOf(b);
  t.like(await runner.poll(raisable().signals), { status: 'completed' });
  t.deepEqual(b.wire.sent('checkpoint.write')[0], {
    watermark: at('09:30'),
    origin: at('09:30'),
    fence: 1,
    updatedAt: at('10:00'),
  });
  t.deepEqual(windows(b), ['09:30–09:59']);
  t.like(stored(b), { watermark: at('09:59'), origin: at('09:30') });
});

test('trouble with creating the checkpoint is a failed cycle, tried again with the next poll', async (t) => {
  const b = bench();
  const failure = trouble('table.unavailable');
  b.wire.script('checkpoint.write', fails(failure));
  const runner = runnerOf(b);
  t.deepEqual(await runner.poll(raisable().signals), { status: 'failed', failure });
  t.like(b.logged('cycle.failed'), [{ level: 'error', stream: 'conversations', code: 'table.unavailable' }]);
  t.like(await runner.poll(raisable().signals), { status: 'completed' });
});

test('a stream whose first checkpoint could not be written, or of which nobody knows, skips nothing when it is tried later', async (t) => {
  for (const fault of [fails(trouble('table.unavailable')), answerLost(trouble('table.unavailable'))]) {
    const b = bench();
    b.source.pagesOf = () => [[]];
    b.wire.script('checkpoint.write', fault);
    const runner = runnerOf(b);
    await runner.poll(raisable().signals);
    b.clock.pause(20 * MINUTE);
    t.like(await runner.poll(raisable().signals), { status: 'completed', checkpoint: { origin: at('09:30') } });
    t.deepEqual(windows(b), ['09:30–10:19']);
    t.like(stored(b), { watermark: at('10:19'), origin: at('09:30') });
  }
});

test('a poller that finds the checkpoint of a later holder creates none and stands back', async (t) => {
  const b = bench();
  const tenure = b.tenureOf(1);
  const runner = runnerOf(b, undefined, tenure);
  b.state.checkpoints.set('conversations', { ...CHECKPOINT, fence: 2 });
  t.like(await runner.poll(raisable().signals), { status: 'failed', failure: { code: 'lease.lost' } });
  t.true(tenure.signal.aborted);
  t.is(stored(b)?.fence, 2);
});

test('a checkpoint that an earlier holder still had on the wire is gone on from: what it stands before is read', async (t) => {
  const b = bench();
  b.source.pagesOf = () => [[]];
  const runner = runnerOf(b, undefined, b.tenureOf(2));
  // Created by the holder before, five minutes earlier than this one would have it, after this one found none to fence.
  b.state.checkpoints.set('conversations', {
    watermark: at('09:25'),
    origin: at('09:25'),
    fence: 1,
    updatedAt: at('09:55'),
  });
  t.like(await runner.poll(raisable().signals), { status: 'completed' });
  t.deepEqual(windows(b), ['09:25–09:59']);
  t.like(stored(b), { watermark: at('09:59'), origin: at('09:25'), fence: 2 });
});

test('an abort while the checkpoint is being created is no failure', async (t) => {
  const b = bench();
  const { signals, abort } = raisable();
  b.wire.script('checkpoint.write', hangs);
  const polling = runnerOf(b).poll(signals);
  abort();
  t.deepEqual(await polling, { status: 'interrupted' });
  t.deepEqual(b.log.lines, []);
});

test('a lease that is lost between two slices ends the catching up', async (t) => {
  const b = bench();
  const tenure = b.tenureOf();
  b.source.pagesOf = () => [[]];
  b.wire.script(
    'checkpoint.write',
    during(() => tenure.end('it was taken by host-b')),
  );
  const runner = runnerOf(b, { ...CHECKPOINT, watermark: at('08:00') }, tenure);
  t.like(await runner.poll(raisable().signals), { status: 'failed', failure: { code: 'lease.lost' } });
  t.deepEqual(windows(b), ['07:55–08:55']);
});

test('a checkpoint older than the dedup memory is a gap that is told once, with both ends, and is read all the same', async (t) => {
  const b = bench();
  b.source.pagesOf = ({ start }) => [[{ ...conversation('c'), conversationStart: new Date(start).toISOString() }]];
  const tooLate = { ...CHECKPOINT, origin: 0, watermark: at('08:00') - 6 * DAY };
  const runner = runnerOf(b, tooLate);
  t.like(await runner.poll(raisable().signals), { status: 'completed', caughtUp: true });
  b.clock.pause(MINUTE);
  await runner.poll(raisable().signals);
  t.like(b.logged('gap.detected'), [
    {
      level: 'warn',
      stream: 'conversations',
      gapStart: '2026-11-14T08:00:00.000Z',
      gapEnd: '2026-11-14T10:00:00.000Z',
    },
  ]);
  t.is(b.logged('gap.detected').length, 1);
  t.is(windows(b)[0], '07:55–08:55');
  t.like(b.logged('cycle.completed')[0], { tooOld: 1, published: 0 });
});

test('a checkpoint within the dedup memory is no gap', async (t) => {
  const b = bench();
  await runnerOf(b, { ...CHECKPOINT, origin: 0, watermark: at('10:00') - 6 * DAY }).poll(raisable().signals);
  t.deepEqual(b.logged('gap.detected'), []);
});

test('a source that cannot be asked at the first start skips nothing of what happens meanwhile', async (t) => {
  const b = bench();
  const runner = runnerOf(b);
  b.source.now = () => Promise.reject(trouble('genesys.unreachable'));
  t.like(await runner.poll(raisable().signals), { status: 'failed' });
  b.clock.pause(20 * MINUTE);
  b.source.now = async () => b.clock.now();
  await runner.poll(raisable().signals);
  t.is(stored(b)?.origin, at('09:30'));
});

test('a stop ends the wait for a source that does not answer at the first start', async (t) => {
  const b = bench();
  const { signals, stop } = raisable();
  b.source.now = ({ signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const polling = runnerOf(b).poll(signals);
  stop();
  t.deepEqual(await polling, { status: 'interrupted' });
});
