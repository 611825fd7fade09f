import { addCounts, type CycleCounts, type CycleFigures, type CycleReport } from '../domain/cycle-report.ts';
import { formatInstant } from '../domain/instant.ts';
import { messageShape } from '../domain/message-shape.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log, LogFields } from '../ports/log.ts';
import type { SignOfLife, StreamObserver } from '../ports/stream-observer.ts';
import { metricsDocument } from './emf.ts';
import { type Episode, noteOccurrence } from './repeats.ts';

/** Kinds of failures of a stream that are remembered until it works again: more than there are. */
const MAX_KINDS = 100;

/** A failure of one code and shape of message that goes on. */
interface Kind {
  readonly episode: Episode;
  /** What the cycles counted whose lines were kept back since the last line. */
  readonly counts: Partial<CycleCounts>;
}

/** The failed cycles of a stream since it last worked. */
interface Streak {
  /** Monotonic. */
  readonly since: number;
  failures: number;
  readonly kinds: Map<string, Kind>;
}

export interface CycleLogOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** The CloudWatch namespace of the metrics that a line carries; undefined for none. Asked for each line. */
  readonly namespace?: () => string | undefined;
}

/**
 * Writes a line for each cycle, and with it the metrics. A failure that goes on does not flood the log:
 * repeats.ts says when it is logged. The next line of that failure has `repeats`, the number of cycles whose
 * lines were kept back before it, and counts what they did too. When the stream works again,
 * `cycle.recovered` says so first, and counts what is left. So the sums over all lines are right, of the log
 * and of the metrics.
 */
export class CycleLog implements StreamObserver {
  private readonly options: CycleLogOptions;
  private readonly streaks = new Map<string, Streak>();

  constructor(options: CycleLogOptions) {
    this.options = options;
  }

  onCycle(report: CycleReport): void {
    const { log } = this.options;
    const { stream, outcome, figures } = report;
    if (outcome === 'failed') {
      this.failed(stream, report.failure, figures);
    } else if (outcome === 'completed') {
      this.recover(stream);
      const { published, missed } = figures.counts;
      const msg =
        missed === undefined
          ? `Published ${published} events of ${stream}`
          : `Read again what the data lake guarantees: the live stream had missed ${missed} events`;
      const fields = { stream, ...cycleFields(figures, report.caughtUp) };
      log.info('cycle.completed', msg, this.measured(fields, { completed: 1, failed: 0 }));
    } else {
      const msg = `Stopped in the middle of a window of ${stream}; it will be read again`;
      const fields = { stream, ...cycleFields(figures, false) };
      log.info('cycle.interrupted', msg, this.measured(fields, { completed: 0, failed: 0 }));
    }
  }

  onSign({ stream, kind }: SignOfLife): void {
    if (kind === 'standby') this.recover(stream);
  }

  onStopped(): void {}

  private failed(
    stream: string,
    { code, message, fields: failureFields }: Extract<CycleReport, { outcome: 'failed' }>['failure'],
    figures: CycleFigures | undefined,
  ): void {
    const { log, clock } = this.options;
    const now = clock.monotonic();
    const streak = this.streaks.get(stream) ?? { since: now, failures: 0, kinds: new Map<string, Kind>() };
    this.streaks.set(stream, streak);
    streak.failures++;
    const key = `${code}\n${messageShape(message)}`;
    const kind = streak.kinds.get(key);
    const { isLogged, keptBack, episode } = noteOccurrence(kind?.episode, now);
    const counts = addCounts(kind?.counts, figures?.counts);
    if (kind || streak.kinds.size < MAX_KINDS) streak.kinds.set(key, { episode, counts: isLogged ? {} : counts });
    if (!isLogged) return;
    const fields = {
      stream,
      ...(figures && cycleFields(figures, false)),
      ...counts,
      ...failureFields,
      ...(keptBack > 0 && { repeats: keptBack }),
    };
    log.error('cycle.failed', message, this.measured(fields, { completed: 0, failed: 1 + keptBack }));
  }

  private recover(stream: string): void {
    const streak = this.streaks.get(stream);
    if (!streak) return;
    this.streaks.delete(stream);
    const { log, clock } = this.options;
    const kinds = [...streak.kinds.values()];
    const repeats = kinds.reduce((sum, { episode }) => sum + episode.keptBack, 0);
    const counts = kinds.reduce<Partial<CycleCounts>>((sum, kind) => addCounts(sum, kind.counts), {});
    const seconds = Math.round((clock.monotonic() - streak.since) / 100) / 10;
    const cycles = streak.failures === 1 ? 'a failed cycle' : `${streak.failures} failed cycles`;
    const fields = { stream, failures: streak.failures, failedForSeconds: seconds };
    log.info(
      'cycle.recovered',
      `${stream} works again after ${cycles} in ${seconds} s`,
      repeats === 0 ? fields : this.measured({ ...fields, ...counts, repeats }, { completed: 0, failed: repeats }),
    );
  }

  /** The members of a line, and what makes a metrics document of them where that is wanted. */
  private measured(fields: LogFields, cycles: { readonly completed: number; readonly failed: number }): LogFields {
    const namespace = this.options.namespace?.();
    if (namespace === undefined) return fields;
    const all = { ...fields, completedCycles: cycles.completed, failedCycles: cycles.failed };
    return { ...all, ...metricsDocument(namespace, this.options.clock.now(), all) };
  }
}

function cycleFields(figures: CycleFigures, caughtUp: boolean): LogFields {
  const { window, counts, watermark, lagMs, durationMs, budgetShare, throttledMs, nextDue } = figures;
  return {
    ...(window && { windowStart: formatInstant(window.start), windowEnd: formatInstant(window.end) }),
    watermark: formatInstant(watermark),
    lagSeconds: Math.round(lagMs / 100) / 10,
    ...counts,
    ...(budgetShare !== undefined && { budgetShare }),
    ...(throttledMs !== undefined && { throttledMs }),
    durationMs,
    caughtUp,
    ...(nextDue !== undefined && { nextDue: formatInstant(nextDue) }),
  };
}
