import { type Instant, parseInstant } from '../domain/instant.ts';
import { messageShape } from '../domain/message-shape.ts';
import { Names, Newest, Repeats } from './bounded.ts';
import { absorbFigures, type BucketFigures, createFigures, isCycle, noteCycle, noteWait, timesOf } from './figures.ts';
import { LeaseSpans } from './lease-spans.ts';
import { type LogLine, listOf, nameOf, numberOf, textOf } from './log-line.ts';
import type { Gap, GapTotal, LineCounts, Mark, MarkKind } from './page-data.ts';
import { Timeline } from './timeline.ts';

/** How much of each kind is kept. The rest is counted. */
const MAX_POLLERS = 12;
const MAX_STREAMS = 8;
const MAX_HOSTS = 24;
const MAX_MARKS = 300;
const MAX_ROWS = 100;
/** Characters of a reason that tell one kind of dead letter from another. */
const SHAPE_LENGTH = 200;
const OTHERS = '(others)';

/** The program did not exist before. A line of an earlier time has a wrong clock. */
const EARLIEST = Date.parse('2020-01-01T00:00:00Z');
const DAY = 86_400_000;

/** What a line leaves as a mark on the plots, and in a list below them. */
const MARKS: ReadonlyMap<string, MarkKind> = new Map([
  ['daemon.started', 'start'],
  ['daemon.stopped', 'stop'],
  ['config.reloaded', 'reload'],
  ['config.rejected', 'rejected'],
  ['clock.stepped', 'clock'],
  ['clock.skewed', 'clock'],
  ['lease.lost', 'lease'],
  ['lease.released', 'lease'],
  ['gap.detected', 'gap'],
]);

/** A failure or a dead letter, of one poller. */
export type RowKey = readonly [poller: string, name: string];

/** A period of time; its end does not belong to it. */
export interface Period {
  readonly since: Instant;
  readonly until: Instant;
}

export const ALWAYS: Period = { since: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };

interface Reach {
  from: Instant;
  to: Instant;
}

function extend(reach: Reach, time: Instant): void {
  reach.from = Math.min(reach.from, time);
  reach.to = Math.max(reach.to, time);
}

/** What a log comes to. Memory does not depend on its length: see the constants above and MAX_BUCKETS. */
export class Digest {
  readonly lines: LineCounts = { used: 0, broken: 0, foreign: 0, outside: 0, dropped: 0 };
  /** From the first to the last line of the poller, and of those that are shown. */
  readonly reach: Reach = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
  readonly shown: Reach = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
  readonly timeline = new Timeline<Map<string, BucketFigures>>({
    create: () => new Map(),
    absorb(earlier, later) {
      for (const [series, figures] of later) {
        const known = earlier.get(series);
        if (known) absorbFigures(known, figures);
        else earlier.set(series, figures);
      }
    },
  });
  readonly leases = new LeaseSpans();
  readonly marks = new Newest<Mark>(MAX_MARKS);
  readonly configuration = new Newest<Mark>(MAX_ROWS);
  readonly gaps = new Newest<Gap>(MAX_ROWS);
  /** By poller. */
  readonly gapTotals = new Map<string, GapTotal>();
  readonly failures = new Repeats(MAX_ROWS, keyOf('', OTHERS));
  readonly deadLetters = new Repeats(MAX_ROWS, keyOf('', OTHERS));
  private readonly pollers = new Names(MAX_POLLERS, OTHERS);
  private readonly streams = new Names(MAX_STREAMS, OTHERS);
  private readonly hosts = new Names(MAX_HOSTS, OTHERS);
  private readonly period: Period;
  private readonly latest: Instant;

  /** `now` is the wall clock: a line from after tomorrow has a wrong one. */
  constructor(period: Period, now: Instant) {
    this.period = period;
    this.latest = now + DAY;
  }

  /** Takes a line in. `host` is who wrote it where the line does not say so itself. */
  take(read: LogLine, host: string): void {
    const { time } = read;
    if (time < EARLIEST || time > this.latest) {
      this.lines.broken++;
      return;
    }
    extend(this.reach, time);
    if (time < this.period.since || time >= this.period.until) {
      this.lines.outside++;
      return;
    }
    this.lines.used++;
    extend(this.shown, time);
    const line = {
      ...read,
      poller: this.pollers.of(read.poller),
      stream: this.streams.of(read.stream),
      host: this.hosts.of(read.host || host),
    };
    this.leases.take(line);
    if (isCycle(line)) noteCycle(this.figuresAt(line, time), line);
    this.noteTrouble(line);
    this.noteMark(line);
  }

  private noteTrouble(line: LogLine): void {
    const { event, time, fields, poller, msg } = line;
    const code = nameOf(fields, 'code') || (event === 'config.rejected' ? 'config.invalid' : '');
    // Errors say what to do; what a warning says of the same code is often shorter.
    const weight = fields.get('level') === 'error' ? 1 : 0;
    if (code !== '') this.failures.add(keyOf(poller, code), time, timesOf(fields), msg, weight);
    if (event === 'genesys.throttled') {
      noteWait(
        (at) => this.figuresAt({ ...line, stream: '' }, at),
        () => this.timeline.width,
        time,
        numberOf(fields, 'waitMs') ?? 0,
      );
    }
    if (event === 'publish.partial') this.figuresAt(line, time).sums.toRetry += numberOf(fields, 'toRetry') ?? 0;
    if (event === 'event.deadLettered') {
      const reason = textOf(fields, 'reason') || msg;
      this.deadLetters.add(keyOf(poller, messageShape(reason).slice(0, SHAPE_LENGTH)), time, timesOf(fields), reason);
    }
    if (event === 'log.dropped') this.lines.dropped += numberOf(fields, 'lines') ?? 0;
  }

  private noteMark(line: LogLine): void {
    const { event, time, fields, poller, stream, host, msg } = line;
    const kind = MARKS.get(event);
    if (!kind) return;
    const version = nameOf(fields, 'version');
    const text = event === 'daemon.started' && version !== '' ? `${msg}, version ${version}` : msg;
    const mark = { time, kind, poller, stream, host, text };
    this.marks.add(mark);
    if (kind === 'reload' || kind === 'rejected') {
      const names = listOf(fields, 'changed') || listOf(fields, 'problems');
      this.configuration.add({ ...mark, text: names === '' ? text : `${text} (${names})` });
    }
    if (kind === 'gap') {
      const from = parseInstant(fields.get('gapStart'));
      const to = parseInstant(fields.get('gapEnd'));
      if (from !== undefined && to !== undefined && to >= from) this.noteGap({ time, poller, stream, from, to, text });
    }
  }

  private noteGap(gap: Gap): void {
    const { poller, from, to } = gap;
    this.gaps.add(gap);
    const { count, ms } = this.gapTotals.get(poller) ?? { count: 0, ms: 0 };
    this.gapTotals.set(poller, { poller, count: count + 1, ms: ms + (to - from) });
  }

  private figuresAt({ poller, stream }: LogLine, time: Instant): BucketFigures {
    const bucket = this.timeline.at(time);
    const key = keyOf(poller, stream);
    const known = bucket.get(key);
    if (known) return known;
    const created = createFigures();
    bucket.set(key, created);
    return created;
  }
}

/** Two names as one key. A line feed separates them: names out of a line hold none. */
export function keyOf(poller: string, name: string): string {
  return `${poller}\n${name}`;
}

export function namesOf(key: string): RowKey {
  const at = key.indexOf('\n');
  return [key.slice(0, at), key.slice(at + 1)];
}
