import test from 'ava';
import { backfillProgress } from '../../src/cli/backfill-progress.ts';
import { ProgressBar } from '../../src/cli/progress-bar.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';

const at = (text: string) => Date.parse(`2026-11-${text}:00.000Z`);
const PERIOD = { start: at('18T00:00'), end: at('19T00:00') };

function desk(hasBar = true) {
  const clock = new ManualClock('2026-11-20T10:00:00.000Z');
  const log = recordedLog();
  const drawn: string[] = [];
  const bar = new ProgressBar({
    columns: 200,
    write: (text: string) => void drawn.push(text.replace('\r\u001b[K', '')),
  });
  return { clock, log, drawn, report: backfillProgress({ period: PERIOD, clock, log, bar: hasBar ? bar : undefined }) };
}

test('every window is a line: how far, how many, how fast, and when the end is to be expected', (t) => {
  const { clock, log, report } = desk();
  const begunAt = PERIOD.start;
  report({ begunAt, watermark: begunAt, conversations: 0, published: 0, deadLettered: 0 });
  clock.pause(10_000);
  report({ begunAt, watermark: at('18T06:00'), conversations: 1_234, published: 17, deadLettered: 0 });
  t.deepEqual(log.lines, [
    {
      level: 'info',
      event: 'backfill.progress',
      msg: '25 % of the backfill: up to 2026-11-18T06:00:00.000Z',
      stream: 'backfill',
      from: '2026-11-18T00:00:00.000Z',
      to: '2026-11-19T00:00:00.000Z',
      watermark: '2026-11-18T06:00:00.000Z',
      percent: 25,
      conversations: 1_234,
      conversationsPerSecond: 123.4,
      published: 17,
      estimatedEnd: '2026-11-20T10:00:40.000Z',
    },
  ]);
});

test('a page is no line, and neither is a window that failed', (t) => {
  const { log, report } = desk();
  const begunAt = at('18T12:00');
  for (const watermark of [begunAt, begunAt, at('18T18:00'), at('18T18:00'), PERIOD.end]) {
    report({ begunAt, watermark, conversations: 1, published: 0, deadLettered: 0 });
  }
  t.deepEqual(
    log.lines.map(({ percent }) => percent),
    [75, 100],
  );
});

test('the bar moves with every page', (t) => {
  const { clock, drawn, report } = desk();
  const begunAt = at('18T12:00');
  report({ begunAt, watermark: begunAt, conversations: 0, published: 0, deadLettered: 0 });
  clock.pause(4_000);
  report({ begunAt, watermark: begunAt, conversations: 1_000, published: 0, deadLettered: 0 });
  clock.pause(6_000);
  report({ begunAt, watermark: at('18T18:00'), conversations: 2_000, published: 12, deadLettered: 0 });
  const filled = (count: number) => '█'.repeat(count) + '░'.repeat(24 - count);
  t.deepEqual(drawn, [
    `${filled(12)}  50 %  at 11-18 12:00  0 published  0 conversations, 0/s`,
    `${filled(12)}  50 %  at 11-18 12:00  0 published  1000 conversations, 250/s`,
    `${filled(18)}  75 %  at 11-18 18:00  12 published  2000 conversations, 200/s  ends about 11-20 10:00 UTC`,
  ]);
});

test('a run that goes on where another one ended expects its end by its own pace, from its first page on', (t) => {
  const { clock, log, report } = desk();
  const begunAt = at('18T18:00');
  // Until the lease is free.
  clock.pause(600_000);
  report({ begunAt, watermark: begunAt, conversations: 0, published: 0, deadLettered: 0 });
  clock.pause(100_000);
  report({ begunAt, watermark: at('18T21:00'), conversations: 1_000, published: 0, deadLettered: 0 });
  t.like(log.lines, [{ percent: 87.5, conversationsPerSecond: 10, estimatedEnd: '2026-11-20T10:13:20.000Z' }]);
});

test('in a pipe a page is a line 30 s after the last line, and with a bar it is none', (t) => {
  for (const hasBar of [false, true]) {
    const { clock, log, report } = desk(hasBar);
    const begunAt = PERIOD.start;
    for (let seconds = 0; seconds <= 65; seconds += 5) {
      report({ begunAt, watermark: begunAt, conversations: seconds, published: 0, deadLettered: 0 });
      clock.pause(5_000);
    }
    t.deepEqual(
      log.lines.map(({ conversations }) => conversations),
      hasBar ? [] : [30, 60],
    );
  }
});
