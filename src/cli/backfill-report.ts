import { paceOf } from '../domain/backfill.ts';
import { formatInstant } from '../domain/instant.ts';
import { BACKFILL } from '../domain/streams.ts';
import type { Window } from '../domain/window.ts';
import type { ProgressBar } from '../observability/progress-bar.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { BackfillProgress } from '../streams/backfill.ts';

/** Shows how a backfill gets on: a log line after every window, and with every page the bar, if there is one. */
export function backfillReport(options: {
  readonly period: Window;
  readonly clock: Clock;
  readonly log: Log;
  readonly bar?: ProgressBar | undefined;
}): (progress: BackfillProgress) => void {
  const { period, clock, log, bar } = options;
  const startedAt = clock.monotonic();
  let told: number | undefined;

  return ({ begunAt, watermark, conversations, published }) => {
    const elapsedMs = clock.monotonic() - startedAt;
    const { fraction, remainingMs } = paceOf(period, begunAt, watermark, elapsedMs);
    const rate = elapsedMs > 0 ? Math.round((conversations * 10_000) / elapsedMs) / 10 : 0;
    const end = remainingMs === undefined ? undefined : formatInstant(clock.now() + remainingMs);

    const isNews = watermark !== (told ?? begunAt);
    told = watermark;
    if (isNews) {
      const percent = Math.floor(fraction * 1000) / 10;
      log.info('backfill.progress', `${percent} % of the backfill: come to ${formatInstant(watermark)}`, {
        stream: BACKFILL,
        from: formatInstant(period.start),
        to: formatInstant(period.end),
        watermark: formatInstant(watermark),
        percent,
        conversations,
        conversationsPerSecond: rate,
        published,
        estimatedEnd: end,
      });
    }
    const parts = [
      `at ${toTheMinute(formatInstant(watermark))}`,
      `${published} published`,
      `${conversations} conversations, ${rate}/s`,
      ...(end ? [`ends about ${toTheMinute(end)} UTC`] : []),
    ];
    bar?.draw(fraction, parts.join('  '));
  };
}

/** `11-20 10:00` */
function toTheMinute(instant: string): string {
  return instant.slice(5, 16).replace('T', ' ');
}
