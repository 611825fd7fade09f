import type { Page } from '../domain/page.ts';
import { LARGEST_PAGE, nextPage, type PagePosition, type PageSize, resized, smallerPage } from '../domain/page-size.ts';
import { ListReader } from '../lib/list-reader.ts';
import type { Clock } from '../ports/clock.ts';

/** The pages of one question, one after the other, as small as they have to be. */
export class QueryPages {
  private readonly reading: ListReader;
  private at: PagePosition;

  constructor(clock: Clock, size: PageSize) {
    this.reading = new ListReader({ clock, what: 'conversations', idMember: 'conversationId' });
    this.at = { offset: 0, size };
  }

  get position(): PagePosition {
    return this.at;
  }

  /** Resolves to the page at the position, and moves on behind it. See ListReading for what it rejects with. */
  async next<P extends Page>(ask: (position: PagePosition) => Promise<P>, signal: AbortSignal): Promise<P> {
    const page = await this.reading.page(() => ask(this.at), { pageSize: LARGEST_PAGE, signal });
    this.at = nextPage(this.at, this.reading.received);
    return page;
  }

  /** Goes on with smaller pages; false if a page holds one conversation already. */
  shrink(): boolean {
    const size = smallerPage(this.at.size);
    if (size === undefined) return false;
    this.at = resized(this.at, this.reading.received, size);
    this.reading.continueAt(this.at.offset);
    return true;
  }

  /** Leaves out the conversation that no page can bring. */
  skip(): void {
    this.at = nextPage(this.at, this.at.offset + 1);
    this.reading.continueAt(this.at.offset);
  }
}
