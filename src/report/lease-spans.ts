import type { Instant } from '../domain/instant.ts';
import { type LogLine, numberOf } from './log-line.ts';

/** A time in which a host held the lease of a stream, as far as its log shows. */
export interface LeaseSpan {
  readonly time: Instant;
  readonly poller: string;
  readonly stream: string;
  readonly host: string;
  /**
   * The number of the lease's holder, which grows with each new one; undefined where the log begins later.
   */
  readonly fence: number | undefined;
  readonly until: Instant;
}

/** Spans kept, the newest. More are a poller that does nothing but start. */
const MAX_SPANS = 600;

type Open = { -readonly [Key in keyof LeaseSpan]: LeaseSpan[Key] };

/**
 * Who held which lease. A span begins with `lease.acquired`, or with the first cycle that is seen; it ends
 * with `lease.lost`, `lease.released` or the daemon's stop, or at its last cycle. The lines of one host have
 * to come in their order.
 */
export class LeaseSpans {
  private readonly open = new Map<string, Open>();
  private ended: LeaseSpan[] = [];

  take(line: LogLine): void {
    const { event, time } = line;
    const key = keyOf(line);
    if (event === 'lease.acquired') {
      this.end(key);
      this.begin(key, line);
    } else if (event === 'lease.lost' || event === 'lease.released') {
      this.end(key, time);
    } else if (event === 'cycle.completed' || event === 'cycle.failed' || event === 'cycle.interrupted') {
      const span = this.open.get(key);
      // A standby fails too, when the table cannot be read.
      if (span) span.until = Math.max(span.until, time);
      else if (event !== 'cycle.failed') this.begin(key, line);
    } else if (event === 'daemon.started' || event === 'daemon.stopped') {
      const stopped = event === 'daemon.stopped' ? time : undefined;
      for (const [other, { poller, host }] of this.open) {
        if (poller === line.poller && host === line.host) this.end(other, stopped);
      }
    }
  }

  /** Oldest first. Where two hosts' spans meet, the later fence holds the lease. */
  all(): readonly LeaseSpan[] {
    const all = [...this.ended, ...this.open.values()].toSorted((a, b) => a.time - b.time);
    return all.slice(-MAX_SPANS).map((span) => {
      const next = all.find(
        (other) => other.time > span.time && other.poller === span.poller && other.stream === span.stream,
      );
      return { ...span, until: Math.min(span.until, next?.time ?? span.until) };
    });
  }

  private begin(key: string, { time, poller, stream, host, fields }: LogLine): void {
    this.open.set(key, { time, poller, stream, host, fence: numberOf(fields, 'fence'), until: time });
  }

  private end(key: string, time?: Instant): void {
    const span = this.open.get(key);
    if (!span) return;
    this.open.delete(key);
    this.ended.push(time === undefined ? span : { ...span, until: Math.max(span.until, time) });
    if (this.ended.length > 2 * MAX_SPANS) this.ended = this.ended.slice(-MAX_SPANS);
  }
}

function keyOf({ poller, stream, host }: LogLine): string {
  return [poller, stream, host].join('\n');
}
