import { type Instant, parseInstant } from '../domain/instant.ts';
import { fieldsOf } from '../domain/json.ts';
import { commonOrder, type Order, orderOf } from '../domain/order.ts';
import type { Window } from '../domain/window.ts';
import { ListReader } from '../lib/list-reader.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { RequestContext } from '../ports/request-context.ts';

/** How far a walk goes beyond its window. */
export interface BackwardReach {
  readonly to: Instant;
  /** Pages beyond those of the window, at most. */
  readonly mostPages: number;
}

export interface LogWalkOptions {
  readonly eventLog: EventLog;
  readonly clock: Clock;
  readonly window: Window;
  readonly back?: BackwardReach | undefined;
  readonly mostPages: number;
  /** The last known total of the log, if any. */
  readonly lastTotal: number | undefined;
}

/**
 * One walk through the log. Entries that arrive meanwhile push the others to later pages, which the walk has
 * yet to read. So it meets some of them twice, and misses none.
 *
 * The order is asked for but not relied on. Until entries have been seen to descend, a page of old ones
 * proves nothing. If they ascend, the newest are on the last page, and the walk continues from there towards
 * the first. New entries then come behind it, and deletion by retention moves the others ahead of it. If they
 * are in no order, the whole log has to be read.
 */
export class LogWalk {
  /** The order, as far as the pages have shown it. */
  order: Order = 'open';
  /**
   * Up to where entries of the window were left out, because there were too many pages; undefined if none
   * were.
   */
  gapEnd: Instant | undefined;
  /** The total of the log, as the latest page gave it. */
  total: number | undefined;
  /**
   * Whether a page without entries was taken for the end although the total said otherwise, or was absent.
   */
  endedInDoubt = false;
  private readonly options: LogWalkOptions;
  private readonly reading: ListReader;
  private pagesRead = 0;
  /** Pages read after one that is entirely older than the window. */
  private pagesFurther = 0;
  private pageCount: number | undefined;

  constructor(options: LogWalkOptions) {
    this.options = options;
    const { clock, lastTotal } = options;
    this.total = lastTotal;
    this.reading = new ListReader({ clock, what: 'entries of the event log', idMember: 'id', lastTotal });
  }

  /**
   * All entries met, page by page, newest first if the order allows it. Rejects with `genesys.incomplete`
   * where entries are missing.
   */
  async *pages(context: RequestContext): AsyncGenerator<readonly unknown[], void, void> {
    let number = 1;
    for (; ; number++) {
      const entries = await this.page(number, context);
      yield entries;
      const isLast = this.pageCount === undefined ? entries.length === 0 : number >= this.pageCount;
      if (isLast || (this.order === 'descending' && this.isFarEnough(entries))) return;
      if (this.isTooLong(entries)) return;
      if (this.order === 'ascending' && this.pageCount !== undefined) break;
    }
    for (let back = this.pageCount ?? 0; back > number; back--) {
      const entries = await this.page(back, context);
      yield entries;
      if (this.order === 'ascending' && this.isFarEnough(entries)) return;
      if (back - 1 > number && this.isTooLong(entries)) return;
    }
  }

  /** Ends the walk where nothing more can be read. The total of the log is no longer believed. */
  giveUp(): void {
    this.total = undefined;
    this.endedInDoubt = true;
  }

  private async page(number: number, context: RequestContext): Promise<readonly unknown[]> {
    const { eventLog } = this.options;
    const { pageSize } = eventLog;
    const before = (number - 1) * pageSize;
    const { signal } = context;
    const page = await this.reading.page(() => eventLog.page(number, context), { pageSize, before, signal });
    const { list: entries = [], total, pageCount } = page;
    this.pagesRead++;
    this.total = total ?? this.total;
    this.endedInDoubt = entries.length === 0 && (total === undefined || total > before);
    this.pageCount = pageCount;
    this.order = commonOrder(this.order, orderOf(timesOf(entries)));
    return entries;
  }

  /** Whether the walk has reached what is too old, or has gone far enough towards it. */
  private isFarEnough(entries: readonly unknown[]): boolean {
    const { window, back } = this.options;
    if (!isOlder(entries, window.start)) return false;
    return !back || isOlder(entries, back.to) || this.pagesFurther++ >= back.mostPages;
  }

  /**
   * Where entries are in order, what was left out is older than the last page read; where not, it may be
   * anywhere.
   */
  private isTooLong(lastRead: readonly unknown[]): boolean {
    const { window, mostPages } = this.options;
    if (this.pagesRead < mostPages) return false;
    const oldest = this.order === 'mixed' ? window.end : Math.min(window.end, ...timesOf(lastRead));
    if (oldest > window.start || this.order === 'mixed') this.gapEnd = Math.max(window.start, oldest);
    return true;
  }
}

function isOlder(entries: readonly unknown[], than: Instant): boolean {
  const times = timesOf(entries);
  return times.length > 0 && times.every((time) => time < than);
}

/** The times that can be read. */
export function timesOf(entries: readonly unknown[]): readonly Instant[] {
  return entries.flatMap((entry) => parseInstant(fieldsOf(entry)?.timestamp) ?? []);
}
