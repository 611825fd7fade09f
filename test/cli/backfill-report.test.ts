import test from 'ava';
import { backfillReport } from '../../src/cli/backfill-report.ts';
import { ProgressBar } from '../../src/observability/progress-bar.ts';
import { recordedLog } from '../support/call.ts';
import { ManualClock } from '../support/manual-clock.ts';

const at = (text: string) => Date.parse(`2026-11-${text}:00.000Z`);
const PERIOD = { start: at('18T00:00'), end: at('19T00:00') };

function desk() {
  const clock = new ManualClock('2026-11-20T10:00:00.000Z');
  const log = recordedLog();
  const drawn: string[] = [];
  const bar = new ProgressBar({
    columns: 200,
    write: (text: string) => void drawn.push(text.replace('\r\u001b[K', '')),
  });
  return { clock, log, drawn, report: backfillReport({ period: PERIOD, clock, log, bar }) };
}

test('every window is a line: how far, how many, how fast, and when the end is to be expected', (t) => {
  const { clock, log, report } = desk();
  const begunAt = PERIOD.start;
  report({ begunAt, watermark: begunAt, conversations: 0, published: 0 });
  clock.pause(10_000);
  report({ begunAt, watermark: at('18T06:00'), conversations: 1_234, published: 17 });
  t.deepEqual(log.lines, [
    {
      level: 'info',
      event: 'backfill.progress',
      msg: '25 % of the backfill: come to 2026-11-18T06:00:00.000Z',
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
    report({ begunAt, watermark, conversations: 1, published: 0 });
  }
  t.deepEqual(
    log.lines.map(({ percent }) => percent),
    [75, 100],
  );
});

test('the bar moves with every page', (t) => {
  const { clock, drawn, report } = desk();
  const begunAt = at('18T12:00');
  report({ begunAt, watermark: begunAt, conversations: 0, published: 0 });
  clock.pause(4_000);
  report({ begunAt, watermark: begunAt, conversations: 1_000, published: 0 });
  clock.pause(6_000);
  report({ begunAt, watermark: at('18T18:00'), conversations: 2_000, published: 12 });
  const filled = (count: number) => '█'.repeat(count) + '░'.repeat(24 - count);
  t.deepEqual(drawn, [
    `${filled(12)}  50 %  at 11-18 12:00  0 published  0 conversations, 0/s`,
    `${filled(12)}  50 %  at 11-18 12:00  0 published  1000 conversations, 250/s`,
    `${filled(18)}  75 %  at 11-18 18:00  12 published  2000 conversations, 200/s  ends about 11-20 10:00 UTC`,
  ]);
});
