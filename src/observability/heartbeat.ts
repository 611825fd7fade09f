import type { CycleReport } from '../domain/cycle-report.ts';
import { formatInstant, type Instant } from '../domain/instant.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { SignOfLife, StreamObserver } from '../ports/stream-observer.ts';
import { removeLeftovers, replaceFile } from './replace-file.ts';

/** The latest sign of life of a stream, except incoming pages. Times are ISO, UTC. */
export interface StreamHeartbeat {
  /** `starting` until the first cycle has ended. */
  readonly outcome: CycleReport['outcome'] | Exclude<SignOfLife['kind'], 'reading'> | 'starting';
  readonly at: string;
  /**
   * When the next sign of life is overdue: three times of the schedule and the longest allowed cycle after
   * this one, or after the latest page since.
   */
  readonly freshUntil: string;
  /** When the latest page of a cycle under way came. */
  readonly pageAt?: string;
  /** Failed cycles since the last that did not fail. */
  readonly consecutiveFailures: number;
  /** What failed last, while it does. */
  readonly code?: string;
  readonly watermark?: string;
  readonly lagSeconds?: number;
}

/**
 * What the heartbeat file holds, as JSON: all that `health` needs to judge, so that it needs no
 * configuration.
 */
export interface HeartbeatDocument {
  readonly poller: string;
  readonly pid: number;
  readonly writtenAt: string;
  /** Set once nothing more will be written here: the poller has ended cleanly, or has left this file. */
  readonly stoppedAt?: string;
  /** Of a poller that has left this file and goes on: the file that it writes now, null if none. */
  readonly movedTo?: string | null;
  readonly streams: Readonly<Record<string, StreamHeartbeat>>;
}

export interface HeartbeatOptions {
  readonly file: string;
  readonly poller: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a stream may go without a sign of life, counted from now; milliseconds. */
  readonly freshFor: (stream: string) => number;
}

/**
 * A sign of life as it is kept: on the monotonic clock, so that a step of the wall clock makes it neither
 * older nor younger.
 */
interface Sign {
  readonly at: number;
  readonly pageAt?: number;
  readonly freshUntil: number;
  readonly stream: Omit<StreamHeartbeat, 'at' | 'pageAt' | 'freshUntil'>;
}

/**
 * Writes each sign of life into the heartbeat file: whole, into a file beside it that then takes its name, so
 * that no reader ever sees half of one. The times in it are those of the wall clock at the moment of writing:
 * `health` judges them by that clock. A file that cannot be written is one warning and no reason to stop
 * polling.
 */
export class Heartbeat implements StreamObserver {
  private readonly options: HeartbeatOptions;
  private readonly signs = new Map<string, Sign>();
  private broken = false;
  private isFirst = true;

  constructor(options: HeartbeatOptions) {
    this.options = options;
  }

  /** These streams are about to be polled. */
  start(streams: readonly string[]): void {
    for (const stream of streams) {
      this.sign(stream, { outcome: 'starting', consecutiveFailures: 0 });
    }
    this.write();
  }

  onCycle(report: CycleReport): void {
    const { stream, outcome, figures } = report;
    const before = this.signs.get(stream)?.stream;
    const failures = before?.consecutiveFailures ?? 0;
    if (report.outcome === 'failed') {
      this.observe(
        stream,
        { outcome, consecutiveFailures: failures + 1, code: report.failure.code },
        figures?.watermark,
      );
    } else if (outcome === 'completed') {
      this.observe(stream, { outcome, consecutiveFailures: 0 }, figures?.watermark);
    } else {
      // It proves neither that the stream works nor that it does not: what was known before stands.
      const code = before?.code;
      const known = { consecutiveFailures: failures, ...(code !== undefined && { code }) };
      this.observe(stream, { outcome, ...known }, figures?.watermark);
    }
  }

  onSign({ stream, kind, watermark }: SignOfLife): void {
    if (kind === 'reading') this.prolong(stream);
    else this.observe(stream, { outcome: kind, consecutiveFailures: 0 }, watermark);
  }

  onStopped(stream: string): void {
    this.signs.delete(stream);
    this.write();
  }

  /** The poller has ended cleanly. */
  stop(): void {
    this.write({ stoppedAt: this.now() });
  }

  /**
   * The poller's configuration now names `movedTo`, null for no file. Unless that is this file, it is written
   * for the last time.
   */
  leaveFor(movedTo: string | null): void {
    if (movedTo !== this.options.file) this.write({ stoppedAt: this.now(), movedTo });
  }

  /** The wall clock was set: the same signs of life have other times by it. */
  stepped(): void {
    this.write();
  }

  private observe(
    name: string,
    state: Pick<StreamHeartbeat, 'outcome' | 'consecutiveFailures' | 'code'>,
    watermark: Instant | undefined,
  ): void {
    const { clock } = this.options;
    this.sign(name, {
      ...state,
      ...(watermark !== undefined && {
        watermark: formatInstant(watermark),
        lagSeconds: Math.max(0, Math.round((clock.now() - watermark) / 100) / 10),
      }),
    });
    this.write();
  }

  /** A cycle under way proves that the stream works on, and nothing of how its cycles end. */
  private prolong(name: string): void {
    const last = this.signs.get(name);
    if (!last) return;
    const pageAt = this.options.clock.monotonic();
    this.signs.set(name, { ...last, pageAt, freshUntil: pageAt + this.options.freshFor(name) });
    this.write();
  }

  private sign(name: string, stream: Sign['stream']): void {
    const at = this.options.clock.monotonic();
    this.signs.set(name, { at, freshUntil: at + this.options.freshFor(name), stream });
  }

  private now(): string {
    return formatInstant(this.options.clock.now());
  }

  private streams(): Readonly<Record<string, StreamHeartbeat>> {
    const { clock } = this.options;
    const ahead = clock.now() - clock.monotonic();
    const entries = [...this.signs].map(([name, { at, pageAt, freshUntil, stream }]) => {
      const { outcome, ...more } = stream;
      const times = {
        at: formatInstant(Math.round(at + ahead)),
        ...(pageAt !== undefined && { pageAt: formatInstant(Math.round(pageAt + ahead)) }),
        freshUntil: formatInstant(Math.round(freshUntil + ahead)),
      };
      return [name, { outcome, ...times, ...more }] as const;
    });
    return Object.fromEntries(entries);
  }

  private write(more: Partial<HeartbeatDocument> = {}): void {
    const { file, poller, log } = this.options;
    const document: HeartbeatDocument = {
      poller,
      pid: process.pid,
      writtenAt: this.now(),
      ...more,
      streams: this.streams(),
    };
    try {
      if (this.isFirst) removeLeftovers(file);
      this.isFirst = false;
      replaceFile(file, `${JSON.stringify(document, undefined, 2)}\n`);
      this.broken = false;
    } catch (error) {
      if (this.broken) return;
      this.broken = true;
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      log.warn('heartbeat.failed', `The heartbeat file ${file} cannot be written (${code}); polling goes on`, {
        file,
        error: code,
      });
    }
  }
}
