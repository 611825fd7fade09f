import type { Page } from '../domain/page.ts';
import { LARGEST_PAGE, nextPage, type PagePosition, type PageSize, shrunk, smallerPage } from '../domain/page-size.ts';
import { ListReader } from '../lib/list-reader.ts';
import type { Clock } from '../ports/clock.ts';

/** The pages of one query, one after the other, as small as necessary. */
export class QueryPages {
  private readonly reading: ListReader;
  private at: PagePosition;
  /** Whether every page so far had as many conversations as were asked for. */
  private full = true;

  constructor(clock: Clock, size: PageSize) {
    this.reading = new ListReader({ clock, what: 'conversations', idMember: 'conversationId' });
    this.at = { offset: 0, size };
  }

  get position(): PagePosition {
    return this.at;
  }

  /**
   * Resolves to the page at the position, and moves on behind it. See ListReader for what it rejects with.
   */
  async next<P extends Page>(ask: (position: PagePosition) => Promise<P>, signal: AbortSignal): Promise<P> {
    const page = await this.reading.page(() => ask(this.at), { pageSize: LARGEST_PAGE, signal });
    if (page.list && page.list.length < this.at.size) this.full = false;
    this.moveTo(nextPage(this.at, this.full));
    return page;
  }

  /** Goes on with smaller pages; false if a page holds one conversation already. */
  shrink(): boolean {
    const size = smallerPage(this.at.size);
    if (size === undefined) return false;
    this.moveTo(shrunk(this.at, size, this.full));
    this.full = true;
    return true;
  }

  /** Skips the conversation that no page can hold. */
  skip(): void {
    this.moveTo(nextPage(this.at, this.full));
  }

  private moveTo(at: PagePosition): void {
    // A server that gives fewer elements than the page size repeats itself where the size changes.
    if (at.size !== this.at.size) this.reading.forget(at.offset === 0);
    this.at = at;
  }
}
