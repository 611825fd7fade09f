import type { Page } from '../domain/page.ts';
import {
  MAX_PAGE_SIZE,
  nextPage,
  type PagePosition,
  type PageSize,
  pageAfter,
  smallerPage,
} from '../domain/page-size.ts';
import { ListReader } from '../lib/list-reader.ts';
import type { Clock } from '../ports/clock.ts';
import type { PageLimit } from './page-limit.ts';

/** Conversations in a row that no page can hold, after which the rest is not believed to be any smaller. */
const MAX_SKIPPED = 5;

/**
 * The pages of one query, one after the other, as small as necessary. Each of them is a step forwards, or is
 * smaller than the one before. Only where pages were not full does the reading go back, and no page is as
 * large as those were from then on. So it goes back four times at the most, once for each size.
 */
export class QueryPages {
  private readonly reading: ListReader;
  private readonly limit: PageLimit;
  private at: PagePosition;
  /** No page grows beyond this size, because larger ones were not full. */
  private ceiling = MAX_PAGE_SIZE;
  /** Whether every page since the reading last went back had as many conversations as were asked for. */
  private full = true;
  private skippedInARow = 0;

  constructor(clock: Clock, size: PageSize, limit: PageLimit) {
    this.reading = new ListReader({ clock, what: 'conversations', idMember: 'conversationId' });
    this.limit = limit;
    this.at = { offset: 0, size: smallest(size, limit.size) };
  }

  get position(): PagePosition {
    return this.at;
  }

  /**
   * Resolves to the page at the position, and moves on behind it. See ListReader for what it rejects with.
   */
  async next<P extends Page>(ask: (position: PagePosition) => Promise<P>, signal: AbortSignal): Promise<P> {
    const page = await this.reading.page(() => ask(this.at), { pageSize: MAX_PAGE_SIZE, signal });
    if (page.list) this.limit.answered(page.list.length);
    this.skippedInARow = 0;
    if (page.list && page.list.length < this.at.size) this.full = false;
    this.moveOn();
    return page;
  }

  /** Goes on with smaller pages; false if a page holds one conversation already. */
  shrink(): boolean {
    const size = smallerPage(this.at.size);
    if (size === undefined) return false;
    if (this.full) this.moveTo({ offset: this.at.offset, size });
    else {
      this.ceiling = size;
      this.full = true;
      this.moveTo(pageAfter(this.reading.received, size));
    }
    return true;
  }

  /** The same where Genesys did not answer. */
  shrinkUnanswered(): boolean {
    this.limit.unanswered(this.at.size);
    return this.shrink();
  }

  /**
   * The first page was not answered. Either it is too large or the query is too heavy, which a smaller page
   * would not mend: only the largest size is in doubt then, so that pages do not get smaller and smaller.
   */
  firstUnanswered(): void {
    if (this.at.size === MAX_PAGE_SIZE) this.limit.unanswered(this.at.size);
  }

  /** Skips the conversation that no page can hold; false if the rest is given up with it. */
  skip(): boolean {
    this.moveOn();
    return ++this.skippedInARow < MAX_SKIPPED;
  }

  private moveOn(): void {
    this.moveTo(nextPage(this.at, this.full ? smallest(this.ceiling, this.limit.size) : this.at.size));
  }

  private moveTo(at: PagePosition): void {
    // A server that gives fewer elements than the page size repeats itself where the size changes.
    if (at.size !== this.at.size) this.reading.forget();
    this.at = at;
  }
}

function smallest(one: PageSize, other: PageSize): PageSize {
  return one < other ? one : other;
}
