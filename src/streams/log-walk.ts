import { Failure } from '../domain/failure.ts';
import { type Instant, parseInstant } from '../domain/instant.ts';
import { fieldsOf } from '../domain/json.ts';
import { joined, NO_TIMES, type Order, orderOf, runOf, type TimeRun } from '../domain/order.ts';
import type { Window } from '../domain/window.ts';
import { incomplete, ListReader } from '../lib/list-reader.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog, LogPage } from '../ports/event-log.ts';
import type { RequestContext } from '../ports/request-context.ts';
import { PageShift } from './page-shift.ts';

/** How far a walk goes beyond its window. */
export interface LookbackLimit {
  readonly to: Instant;
  /** Pages beyond those of the window, at most. */
  readonly mostPages: number;
}

export interface LogWalkOptions {
  readonly eventLog: EventLog;
  readonly clock: Clock;
  readonly window: Window;
  readonly back?: LookbackLimit | undefined;
  /** By how much entries of a log in order may be out of order, milliseconds. */
  readonly tolerance: number;
  readonly mostPages: number;
  /** The last known total of the log, if any. */
  readonly lastTotal: number | undefined;
}

/** What is listed, for messages. */
const WHAT = 'entries of the event log';

/** What an answer says of the whole log. */
type Said = Omit<LogPage, 'list'>;

/**
 * One walk through the log. Entries that arrive meanwhile push the others to later pages, which the walk has
 * yet to read. So it meets some of them twice, and misses none.
 *
 * The order is asked for but not relied on. Where entries descend, one that is older than the window by more
 * than the tolerance proves that nothing of the window follows. Where they ascend, it proves that nothing of
 * the window comes before it, and the walk goes from the last page towards the first. New entries then come
 * behind it, and deletion by retention moves the others ahead of it. While no order has shown, both ends of
 * the log need such an entry. If the entries are in no order, the whole log has to be read.
 */
export class LogWalk {
  /**
   * Up to where entries of the window were left out, because there were too many pages; undefined if none
   * were.
   */
  gapEnd: Instant | undefined;
  /** Whether a page without entries was believed although the total said otherwise, or was absent. */
  endedInDoubt = false;
  /** Why a page beyond the window could not be read; the walk ended there. */
  failureBeyond: Failure | undefined;
  private isGivenUp = false;
  private readonly options: LogWalkOptions;
  private readonly reading: ListReader;
  private readonly shift = new PageShift();
  private way: 'onwards' | 'back' = 'onwards';
  /** The times on the pages read from the first one on, and on those read from the last one back. */
  private front = NO_TIMES;
  private rear = NO_TIMES;
  private pagesRead = 0;
  /** Whether, on the way that the walk goes now, a page has come that is entirely older than the window. */
  private isPastWindow = false;
  /** Pages read after such a page. */
  private pagesFurther = 0;
  /** What the latest answer said of the whole log, as far as its own entries do not contradict it. */
  private said: Said = { total: undefined, pageCount: undefined, pageSize: undefined };
  /** Entries on a full page, as far as answers have said. */
  private pageSize: number;
  /** The most entries on any page: what a full page holds, whatever answers say. */
  private longest = 0;

  constructor(options: LogWalkOptions) {
    this.options = options;
    const { clock, lastTotal, eventLog } = options;
    this.pageSize = eventLog.pageSize;
    this.reading = new ListReader({ clock, what: WHAT, idMember: 'id', lastTotal });
  }

  /** The order of the log, as far as the pages have shown it. */
  get order(): Order {
    return orderOf(joined(this.front, this.rear), this.options.tolerance);
  }

  /**
   * All entries met, page by page, newest first if the order allows it. Rejects with `genesys.incomplete`
   * where entries are missing. A page beyond the window that cannot be read ends the walk.
   */
  async *pages(context: RequestContext): AsyncGenerator<readonly unknown[], void, void> {
    let number = 1;
    let received = 0;
    for (; ; number++) {
      const entries = await this.tryRead(number, received, context);
      if (!entries) return;
      this.front = joined(this.front, this.newTimes());
      received += entries.length;
      yield entries;
      if (entries.length === 0 || this.isLast(number, received)) return;
      const { order } = this;
      const isFarEnough = (order === 'descending' || order === 'open') && this.isFarEnough(entries);
      if (isFarEnough && order === 'descending') return;
      if (this.isTooLong(entries, 'descending')) return;
      if ((isFarEnough || order === 'ascending') && this.lastPage > number) break;
    }
    this.way = 'back';
    this.isPastWindow = false;
    for (let back = this.lastPage; back > number; back--) {
      const entries = await this.tryRead(back, (back - 1) * this.longest, context);
      if (!entries) return;
      this.rear = joined(this.newTimes(), this.rear);
      yield entries;
      const { order } = this;
      // If the order shows only now to descend, the pages read before have gone far enough.
      if (order === 'descending' || (order !== 'mixed' && this.isFarEnough(entries))) return;
      if (back - 1 > number && this.isTooLong(entries, 'ascending')) return;
    }
  }

  /** The total of the log, as far as pages have said; undefined after a walk that was given up. */
  get total(): number | undefined {
    return this.isGivenUp ? undefined : this.reading.total;
  }

  /** Ends the walk where nothing more can be read. The total of the log is no longer believed. */
  giveUp(): void {
    this.isGivenUp = true;
    this.endedInDoubt = true;
  }

  /**
   * Reads a page. Undefined if only the look back wants it and the source does not serve it: the window has
   * been read, and must not wait for it.
   */
  private async tryRead(
    number: number,
    before: number,
    context: RequestContext,
  ): Promise<readonly unknown[] | undefined> {
    try {
      return await this.read(number, before, context);
    } catch (failure) {
      if (!this.isBeyond || context.signal.aborted || !(failure instanceof Failure)) throw failure;
      this.failureBeyond = failure;
      return undefined;
    }
  }

  /** Whether nothing of the window can follow. Without a look back the walk would have ended. */
  private get isBeyond(): boolean {
    const { order } = this;
    return this.isPastWindow && (order === 'descending' || (order !== 'mixed' && this.way === 'back'));
  }

  /** Reads a page; `before` is how many entries are on the pages ahead of it. */
  private async read(number: number, before: number, context: RequestContext): Promise<readonly unknown[]> {
    const { eventLog } = this.options;
    const { pageSize } = this;
    const ask = async () => {
      const { list, ...claims } = await eventLog.page(number, context);
      const said = list && list.length > 0 ? credible(claims, number, before + list.length) : claims;
      return { list, total: said.total ?? this.fewest({ list, ...said }, number, before), said };
    };
    const page = await this.reading.page(ask, { pageSize, before, signal: context.signal });
    const { list: entries = [], total, said } = page;
    const read = { entries: entries.length, fresh: this.reading.fresh.length, total };
    if (entries.length > 0 && !this.shift.explains(read, this.way)) throw this.anotherPage();
    this.pagesRead++;
    this.said = said;
    this.pageSize = said.pageSize ?? pageSize;
    this.longest = Math.max(this.longest, entries.length);
    this.endedInDoubt ||= entries.length === 0 && (total === undefined || total > before);
    return entries;
  }

  private anotherPage(): Failure {
    const { total, received: read } = this.reading;
    const why = `after ${read} a page brings nothing new, three times in a row`;
    return incomplete(WHAT, why, { total, read });
  }

  /**
   * The times of the latest page that tell of the order: of entries that were there when the walk began, each
   * once. Those that arrive meanwhile may come after older ones in any order.
   */
  private newTimes(): TimeRun {
    const { end } = this.options.window;
    return runOf(timesOf(this.reading.fresh).filter((time) => time < end));
  }

  /** The fewest entries that there are by the count of pages in an answer. */
  private fewest({ list, pageCount }: LogPage, number: number, before: number): number | undefined {
    if (pageCount === undefined) return undefined;
    const size = Math.max(this.longest, list?.length ?? 0) || this.pageSize;
    return pageCount < number ? Math.min(before, pageCount * size) : before + (pageCount - number) * size + 1;
  }

  /**
   * Whether nothing follows a page with entries. It takes the count of pages and the total to prove it: an
   * answer may give a count of one with the total of many. Where either is unknown, an empty page is the end.
   */
  private isLast(number: number, received: number): boolean {
    const { total = Number.POSITIVE_INFINITY, pageCount = Number.POSITIVE_INFINITY } = this.said;
    return number >= pageCount && received >= total;
  }

  /** The number of the last page, 0 if it is not known or too low for the total. */
  private get lastPage(): number {
    const { total = Number.POSITIVE_INFINITY, pageCount = 0 } = this.said;
    return pageCount * this.longest >= total ? pageCount : 0;
  }

  /** Whether the walk has reached what is too old, or has gone far enough towards it. */
  private isFarEnough(entries: readonly unknown[]): boolean {
    const { window, back, tolerance } = this.options;
    if (!isOlder(entries, window.start, tolerance)) return false;
    this.isPastWindow = true;
    return !back || isOlder(entries, back.to, tolerance) || this.pagesFurther++ >= back.mostPages;
  }

  /**
   * Where entries are in the order that the walk follows, what was left out is no newer than the oldest one
   * of the last page read, but for the tolerance. Where not, it may be anywhere.
   */
  private isTooLong(lastRead: readonly unknown[], followed: Order): boolean {
    const { window, mostPages, tolerance } = this.options;
    if (this.pagesRead < mostPages) return false;
    const oldest = this.order === followed ? Math.min(...timesOf(lastRead)) : window.end;
    const gapEnd = Math.min(window.end, oldest + tolerance);
    if (gapEnd > window.start) this.gapEnd = gapEnd;
    return true;
  }
}

/** What is said of a log of which so many entries have come, without what they contradict. */
function credible({ total, pageCount, pageSize }: Said, number: number, received: number): Said {
  return {
    total: Number(total) < received ? undefined : total,
    pageCount: Number(pageCount) < number ? undefined : pageCount,
    pageSize,
  };
}

/** Whether all entries are older than a time, and one of them by more than the tolerance. */
function isOlder(entries: readonly unknown[], than: Instant, tolerance: number): boolean {
  const times = timesOf(entries);
  return times.every((time) => time < than) && times.some((time) => time < than - tolerance);
}

/** The times that can be read. */
export function timesOf(entries: readonly unknown[]): readonly Instant[] {
  return entries.flatMap((entry) => parseInstant(fieldsOf(entry)?.timestamp) ?? []);
}
