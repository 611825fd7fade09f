import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { judgeHeartbeat } from '../../src/observability/health.ts';
import { Heartbeat, type HeartbeatDocument } from '../../src/observability/heartbeat.ts';
import { observe } from '../support/cycle-reports.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';

const STREAM = 'conversations';
const WATERMARK = Date.parse('2026-11-20T09:58:58.500Z');

function beating(t: ExecutionContext, name = 'heartbeat') {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-heartbeat-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, name);
  const clock = new ManualClock('2026-11-20T10:00:00.000Z');
  const log = recordedLog();
  const freshFor = () => 90_000;
  const heartbeat = new Heartbeat({ file, poller: 'default', clock, log, freshFor });
  return {
    folder,
    clock,
    log,
    heartbeat,
    document: () => JSON.parse(readFileSync(file, 'utf8')) as HeartbeatDocument,
    stream: () => (JSON.parse(readFileSync(file, 'utf8')) as HeartbeatDocument).streams[STREAM],
  };
}

test('after a cycle the file tells its outcome, the checkpoint, the lag, and when the next sign is overdue', (t) => {
  const { heartbeat, document } = beating(t);
  observe(heartbeat, { stream: STREAM, outcome: 'completed', watermark: WATERMARK });
  t.deepEqual(document(), {
    poller: 'default',
    pid: process.pid,
    writtenAt: '2026-11-20T10:00:00.000Z',
    streams: {
      [STREAM]: {
        outcome: 'completed',
        at: '2026-11-20T10:00:00.000Z',
        freshUntil: '2026-11-20T10:01:30.000Z',
        consecutiveFailures: 0,
        watermark: '2026-11-20T09:58:58.500Z',
        lagSeconds: 61.5,
      },
    },
  });
});

test('a cycle that goes on reading is not stale, and what is known of the cycles before it stands', (t) => {
  const { heartbeat, clock, document, stream } = beating(t);
  const code = 'genesys.unreachable';
  observe(heartbeat, { stream: STREAM, outcome: 'failed', code, watermark: WATERMARK });
  const before = stream();
  clock.pause(80_000);
  observe(heartbeat, { stream: STREAM, outcome: 'reading' });
  t.deepEqual(stream(), { ...before, pageAt: '2026-11-20T10:01:20.000Z', freshUntil: '2026-11-20T10:02:50.000Z' });
  clock.pause(80_000);
  const [fresh, stale] = [0, 20_000].map((later) => judgeHeartbeat(JSON.stringify(document()), clock.now() + later));
  t.deepEqual(fresh, {
    status: 'degraded',
    why: 'conversations failed once (genesys.unreachable), last 160 s ago, 61.5 s behind',
  });
  t.deepEqual(stale, {
    status: 'stale',
    why:
      'conversations has ended no cycle since 2026-11-20T10:00:00.000Z and received no page since ' +
      '2026-11-20T10:01:20.000Z, 100 s ago (90 s are allowed)',
  });
});

test('a stream that has stopped is not known again by a page that comes late', (t) => {
  const { heartbeat, document } = beating(t);
  observe(heartbeat, { stream: STREAM, outcome: 'completed' });
  heartbeat.onStopped(STREAM);
  observe(heartbeat, { stream: STREAM, outcome: 'reading' });
  t.deepEqual(document().streams, {});
});

test('failures are counted until a cycle works again; an interrupted one changes nothing about that', (t) => {
  const { heartbeat, stream } = beating(t);
  const counts: unknown[] = [];
  for (const outcome of [
    'failed',
    'failed',
    'interrupted',
    'failed',
    'completed',
    'failed',
    'idle',
    'failed',
    'standby',
  ] as const) {
    observe(heartbeat, { stream: STREAM, outcome, ...(outcome === 'failed' && { code: 'genesys.unreachable' }) });
    counts.push([stream()?.consecutiveFailures, stream()?.code]);
  }
  const code = 'genesys.unreachable';
  t.deepEqual(counts, [
    [1, code],
    [2, code],
    [2, code],
    [3, code],
    [0, undefined],
    [1, code],
    [0, undefined],
    [1, code],
    [0, undefined],
  ]);
});

test('each stream has its own entry, until it stops', (t) => {
  const { heartbeat, document } = beating(t);
  observe(heartbeat, { stream: STREAM, outcome: 'completed' });
  observe(heartbeat, { stream: 'reconciliation', outcome: 'failed', code: 'genesys.job' });
  t.like(document().streams, { [STREAM]: { consecutiveFailures: 0 }, reconciliation: { consecutiveFailures: 1 } });
  heartbeat.onStopped('reconciliation');
  t.deepEqual(Object.keys(document().streams), [STREAM]);
});

test('before its first cycle a stream is starting, and that has its time too', (t) => {
  const { heartbeat, stream } = beating(t);
  heartbeat.start([STREAM]);
  t.like(stream(), { outcome: 'starting', freshUntil: '2026-11-20T10:01:30.000Z', consecutiveFailures: 0 });
});

test('a poller that ended cleanly says so', (t) => {
  const { heartbeat, clock, document } = beating(t);
  observe(heartbeat, { stream: STREAM, outcome: 'completed' });
  clock.pause(5_000);
  heartbeat.stop();
  t.is(document().stoppedAt, '2026-11-20T10:00:05.000Z');
});

test('a poller whose configuration names another file, or none, says so in the one that it leaves', (t) => {
  for (const next of ['/run/other', null]) {
    const { heartbeat, document } = beating(t);
    observe(heartbeat, { stream: STREAM, outcome: 'completed' });
    heartbeat.onStopped(STREAM);
    heartbeat.leaveFor(next);
    t.like(document(), { stoppedAt: '2026-11-20T10:00:00.000Z', movedTo: next, streams: {} });
  }
});

test('a poller whose configuration names the same file as before does not end in it', (t) => {
  const { heartbeat, folder, document } = beating(t);
  observe(heartbeat, { stream: STREAM, outcome: 'completed' });
  heartbeat.leaveFor(join(folder, 'heartbeat'));
  t.is(document().stoppedAt, undefined);
});

test('a clock set back makes no negative lag', (t) => {
  const { heartbeat, clock, stream } = beating(t);
  clock.step(-3_600_000);
  observe(heartbeat, { stream: STREAM, outcome: 'idle', watermark: WATERMARK });
  t.is(stream()?.lagSeconds, 0);
});

test('after a step of the wall clock the same sign of life is as old and lasts as long as before', (t) => {
  for (const step of [-86_400_000, 3_600_000]) {
    const { heartbeat, clock, stream, document } = beating(t);
    observe(heartbeat, { stream: STREAM, outcome: 'completed', watermark: WATERMARK });
    clock.pause(30_000);
    clock.step(step);
    heartbeat.stepped();
    const at = (seconds: number) =>
      new Date(Date.parse('2026-11-20T10:00:00.000Z') + step + seconds * 1_000).toISOString();
    t.is(document().writtenAt, at(30));
    t.like(stream(), { outcome: 'completed', at: at(0), freshUntil: at(90), lagSeconds: 61.5 });
    t.is(judgeHeartbeat(JSON.stringify(document()), clock.now() + 60_000).status, 'fresh');
    t.is(judgeHeartbeat(JSON.stringify(document()), clock.now() + 60_001).status, 'stale');
  }
});

test('the file is replaced as a whole: nothing else is left in its folder', (t) => {
  const { heartbeat, folder } = beating(t);
  observe(heartbeat, { stream: STREAM, outcome: 'completed' });
  observe(heartbeat, { stream: STREAM, outcome: 'completed' });
  t.deepEqual(readdirSync(folder), ['heartbeat']);
});

test('a file that cannot be written is one warning, and another when it fails again after having worked', (t) => {
  const { heartbeat, folder, log } = beating(t, 'missing/heartbeat');
  observe(heartbeat, { stream: STREAM, outcome: 'completed' });
  observe(heartbeat, { stream: STREAM, outcome: 'completed' });
  t.is(log.lines.length, 1);
  t.like(log.lines[0], { level: 'warn', event: 'heartbeat.failed', error: 'ENOENT' });
  mkdirSync(join(folder, 'missing'));
  observe(heartbeat, { stream: STREAM, outcome: 'completed' });
  rmSync(join(folder, 'missing'), { recursive: true });
  observe(heartbeat, { stream: STREAM, outcome: 'completed' });
  t.is(log.lines.length, 2);
});
