import { type CycleCounts, type CycleFigures, type CycleReport, NO_COUNTS } from '../../src/domain/cycle-report.ts';
import { CycleLog } from '../../src/observability/cycle-log.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Log } from '../../src/ports/log.ts';
import { everyObserver, type SignOfLife, type StreamObserver } from '../../src/ports/stream-observer.ts';

const AT = Date.parse('2026-11-20T10:00:00.000Z');

export function figuresOf(counts: Partial<CycleCounts> = {}, more: Partial<CycleFigures> = {}): CycleFigures {
  return {
    window: { start: AT - 600_000, end: AT - 60_000 },
    counts: { ...NO_COUNTS, ...counts },
    watermark: AT - 60_000,
    lagMs: 60_000,
    durationMs: 740,
    budgetShare: undefined,
    throttledMs: undefined,
    nextDue: undefined,
    ...more,
  };
}

export function completed(stream: string, figures = figuresOf()): CycleReport {
  return { stream, at: AT, outcome: 'completed', caughtUp: true, figures };
}

export function interrupted(stream: string, figures = figuresOf()): CycleReport {
  return { stream, at: AT, outcome: 'interrupted', figures };
}

/** Without figures, it could not begin. */
export function failed(stream: string, code: string, message: string, figures?: CycleFigures): CycleReport {
  return { stream, at: AT, outcome: 'failed', failure: { code, message, fields: { code } }, figures };
}

/** Writes the line of every cycle, however often the same is said. */
export function everyCycleLine(options: { readonly log: Log; readonly clock: Clock }): StreamObserver {
  return everyObserver({ onCycle: (report) => new CycleLog(options).onCycle(report) });
}

/** What a recorded observer heard, in short. */
export interface Sign {
  readonly stream: string;
  readonly outcome: CycleReport['outcome'] | SignOfLife['kind'];
  readonly watermark?: number | undefined;
  readonly code?: string | undefined;
}

/** Cycles and signs of life alike. */
export function signsOf(signs: Sign[]): StreamObserver {
  return everyObserver({
    onCycle(report) {
      const { stream, outcome, figures } = report;
      const code = report.outcome === 'failed' ? report.failure.code : undefined;
      signs.push({ stream, outcome, watermark: figures?.watermark, code });
    },
    onSign: ({ stream, kind, watermark }) => void signs.push({ stream, outcome: kind, watermark }),
  });
}

/**
 * Tells an observer of a cycle or a sign of life. A cycle without a watermark has no figures if it failed.
 */
export function observe(observer: StreamObserver, { stream, outcome, watermark, code = 'defect' }: Sign): void {
  const figures = figuresOf({}, watermark === undefined ? {} : { watermark });
  if (outcome === 'completed') observer.onCycle(completed(stream, figures));
  else if (outcome === 'interrupted') observer.onCycle(interrupted(stream, figures));
  else if (outcome === 'failed') {
    observer.onCycle(failed(stream, code, 'it failed', watermark === undefined ? undefined : figures));
  } else observer.onSign({ stream, kind: outcome, watermark });
}
