import type { AuditProgress } from '../audit/audit.ts';
import type { Clock } from '../ports/clock.ts';
import { LINE_EVERY } from './backfill-progress.ts';
import type { ProgressBar } from './progress-bar.ts';
import { toTheMinute } from './timestamp.ts';

/**
 * Shows how an audit progresses: with every page the bar, or without one a line for the page that comes 30 s
 * after the last line. An audit never goes on where another one ended, so all that is done was done in this
 * run.
 */
export function auditProgress(options: {
  readonly clock: Clock;
  readonly bar?: ProgressBar | undefined;
  readonly say: (line: string) => void;
}): (progress: AuditProgress) => void {
  const { clock, bar, say } = options;
  let startedAt: number | undefined;
  let saidAt = 0;

  return ({ fraction, at, events, missing }) => {
    const now = clock.monotonic();
    if (startedAt === undefined) saidAt = now;
    startedAt ??= now;
    const end =
      fraction > 0 && fraction < 1 ? clock.now() + ((now - startedAt) * (1 - fraction)) / fraction : undefined;
    const parts = [
      `at ${toTheMinute(at)}`,
      `${events} events, ${missing} missing`,
      ...(end === undefined ? [] : [`ends about ${toTheMinute(end)} UTC`]),
    ];
    if (bar) bar.draw(fraction, parts.join('  '));
    else if (now - saidAt >= LINE_EVERY) {
      saidAt = now;
      say(`${Math.floor(fraction * 100)} % of the audit: ${parts.join(', ')}`);
    }
  };
}
