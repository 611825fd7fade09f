import { formatInstant, type Instant, parseInstant } from '../domain/instant.ts';
import { fieldsOf } from '../domain/json.ts';
import { deriveLogEntry } from '../domain/log-entry.ts';
import { commonOrder, type Order, orderOf } from '../domain/order.ts';
import type { PhoneNumbers } from '../domain/privacy.ts';
import { planWindow, type Window, type WindowRules } from '../domain/window.ts';
import type { Call } from '../ports/call.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { Log } from '../ports/log.ts';
import type { Stream } from './cycle.ts';

export interface EventLogStreamOptions {
  readonly eventLog: EventLog;
  readonly rules: Pick<WindowRules, 'settle' | 'overlap'>;
  readonly phoneNumbers: PhoneNumbers;
  readonly log: Log;
  /** Pages read in one cycle at most. */
  readonly mostPages?: number;
}

const NAME = 'event-log';
/** 100,000 entries, more than four minutes of the usual request budget. */
const MOST_PAGES = 1_000;
const MAY_LAG = 600_000;

/**
 * The dialer's event log. It cannot be asked for a span of time, only page by page, newest entries first: so a window is
 * read from its end towards its beginning, in one go however long it is, until a whole page is older than it.
 */
export function eventLogStream(options: EventLogStreamOptions): Stream {
  const { eventLog, rules, phoneNumbers, log, mostPages = MOST_PAGES } = options;
  let disorderTold = false;
  return {
    name: NAME,
    mayLag: MAY_LAG,
    now: (call) => eventLog.now(call),
    startsAt: async (now) => now,
    plan: async (checkpoint, now) => planWindow(checkpoint, now, { ...rules, maxWindow: Number.POSITIVE_INFINITY }),
    derive: (record) => deriveLogEntry(record, phoneNumbers),

    async *read(window, call) {
      const walk = new LogWalk(eventLog, window, mostPages);
      yield* walk.pages(call);
      if (walk.order === 'mixed' && !disorderTold) {
        disorderTold = true;
        log.warn('eventLog.unordered', 'Genesys serves the event log in no order: every poll reads all of it', {
          stream: NAME,
        });
      }
      if (walk.gapEnd === undefined) return;
      // The checkpoint moves all the same. Another attempt would come no further, since the log only grows, and would spend
      // the whole request budget on it with every poll. What was not read is told once, and loudly.
      log.error(
        'gap.detected',
        `The event log has more than ${mostPages} pages since the checkpoint; those of this period were not read`,
        { stream: NAME, gapStart: formatInstant(window.start), gapEnd: formatInstant(walk.gapEnd) },
      );
    },
  };
}

/**
 * One walk through the log. Entries that arrive meanwhile push the others to later pages, towards which the walk goes: it
 * meets some of them twice, and none of them never.
 *
 * The order is asked for and not relied on. As long as entries were not seen to descend, a page of old ones proves
 * nothing. If they ascend, the newest are on the last page, and the walk goes on from there towards the first: what
 * arrives then comes behind it, and what retention deletes lets the others move ahead of it. If they are in no order, all
 * there is has to be read.
 */
class LogWalk {
  /** As far as the pages have shown it. */
  order: Order = 'open';
  /** Up to where entries of the window were left out, because there were too many pages; undefined if none were. */
  gapEnd: Instant | undefined;
  private readonly eventLog: EventLog;
  private readonly window: Window;
  private readonly mostPages: number;
  private pagesRead = 0;
  private pageCount: number | undefined;

  constructor(eventLog: EventLog, window: Window, mostPages: number) {
    this.eventLog = eventLog;
    this.window = window;
    this.mostPages = mostPages;
  }

  /** The window's entries, newest first if the order allows it. Those that bear no readable time are among them. */
  async *pages(call: Call): AsyncGenerator<readonly unknown[], void, void> {
    let number = 1;
    for (; ; number++) {
      const entries = await this.page(number, call);
      yield this.ofWindow(entries);
      const isLast = this.pageCount === undefined ? entries.length === 0 : number >= this.pageCount;
      if (isLast || (this.order === 'descending' && this.isOld(entries))) return;
      if (this.isTooLong(entries)) return;
      if (this.order === 'ascending' && this.pageCount !== undefined) break;
    }
    for (let back = this.pageCount ?? 0; back > number; back--) {
      const entries = await this.page(back, call);
      yield this.ofWindow(entries);
      if (this.order === 'ascending' && this.isOld(entries)) return;
      if (back > number + 1 && this.isTooLong(entries)) return;
    }
  }

  private async page(number: number, call: Call): Promise<readonly unknown[]> {
    const { entries, pageCount } = await this.eventLog.page(number, call);
    this.pagesRead++;
    this.pageCount = pageCount;
    this.order = commonOrder(this.order, orderOf(timesOf(entries)));
    return entries;
  }

  /** Older entries belong to earlier windows. */
  private ofWindow(entries: readonly unknown[]): readonly unknown[] {
    return entries.filter((entry) => timesOf([entry]).every((time) => time >= this.window.start));
  }

  private isOld(entries: readonly unknown[]): boolean {
    const times = timesOf(entries);
    return times.length > 0 && times.every((time) => time < this.window.start);
  }

  /** Where entries are in order, what was left out is older than the last page read; where not, it may be anywhere. */
  private isTooLong(lastRead: readonly unknown[]): boolean {
    if (this.pagesRead < this.mostPages) return false;
    const oldest = this.order === 'mixed' ? this.window.end : Math.min(this.window.end, ...timesOf(lastRead));
    this.gapEnd = Math.max(this.window.start, oldest);
    return true;
  }
}

/** The times that can be read. */
function timesOf(entries: readonly unknown[]): readonly Instant[] {
  return entries.flatMap((entry) => parseInstant(fieldsOf(entry)?.timestamp) ?? []);
}
