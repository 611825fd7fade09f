import { estimateProgress } from '../domain/backfill.ts';
import { formatInstant } from '../domain/instant.ts';
import { BACKFILL } from '../domain/streams.ts';
import type { Window } from '../domain/window.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { BackfillProgress } from '../streams/backfill.ts';
import type { ProgressBar } from './progress-bar.ts';
import { toTheMinute } from './timestamp.ts';

/** How often a run without a bar says how far it is, at least, while pages come. Milliseconds. */
export const LINE_EVERY = 30_000;

/**
 * Shows how a backfill progresses: a log line after every window, and with every page the bar. Without a bar,
 * also a line for the page that comes 30 s after the last line. The pace is that of this run alone: neither
 * what an earlier run has read counts, nor the time for which this one waited for the lease.
 */
export function backfillProgress(options: {
  readonly period: Window;
  readonly clock: Clock;
  readonly log: Log;
  readonly bar?: ProgressBar | undefined;
}): (progress: BackfillProgress) => void {
  const { period, clock, log, bar } = options;
  let startedAt: number | undefined;
  let loggedAt = 0;
  let shown: number | undefined;

  return ({ begunAt, watermark, conversations, published }) => {
    const now = clock.monotonic();
    if (startedAt === undefined) loggedAt = now;
    startedAt ??= now;
    const elapsedMs = now - startedAt;
    const { fraction, remainingMs } = estimateProgress(period, begunAt, watermark, elapsedMs);
    const rate = elapsedMs > 0 ? Math.round((conversations * 10_000) / elapsedMs) / 10 : 0;
    const end = remainingMs === undefined ? undefined : clock.now() + remainingMs;

    const isNews = watermark !== (shown ?? begunAt);
    shown = watermark;
    if (isNews || (!bar && now - loggedAt >= LINE_EVERY)) {
      loggedAt = now;
      const percent = Math.floor(fraction * 1000) / 10;
      log.info('backfill.progress', `${percent} % of the backfill: up to ${formatInstant(watermark)}`, {
        stream: BACKFILL,
        from: formatInstant(period.start),
        to: formatInstant(period.end),
        watermark: formatInstant(watermark),
        percent,
        conversations,
        conversationsPerSecond: rate,
        published,
        estimatedEnd: end === undefined ? undefined : formatInstant(end),
      });
    }
    const parts = [
      `at ${toTheMinute(watermark)}`,
      `${published} published`,
      `${conversations} conversations, ${rate}/s`,
      ...(end !== undefined && fraction < 1 ? [`ends about ${toTheMinute(end)} UTC`] : []),
    ];
    bar?.draw(fraction, parts.join('  '));
  };
}
