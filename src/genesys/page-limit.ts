import { MAX_PAGE_SIZE, type PageSize, smallerPage, smallestPage } from '../domain/page-size.ts';
import type { Clock } from '../ports/clock.ts';

/**
 * How often a page of one size is not answered while a smaller one is, until that size is given up. Once may
 * be a blip.
 */
const MAX_FAILURES = 2;
/** For how long a size is given up, milliseconds. */
const GIVEN_UP_FOR = 3_600_000;

/**
 * The largest page that Genesys answers, learnt over all windows. Without it, each window would find out anew
 * and at every larger page, and each attempt may take as long as two time limits of a request.
 *
 * In an outage no size is answered. Then only the last one that was tried is in doubt, until it is answered.
 */
export class PageLimit {
  private readonly clock: Clock;
  private limit: PageSize = MAX_PAGE_SIZE;
  private until = 0;
  /** The smallest size that was not answered since the latest answer. */
  private unansweredSize: PageSize | undefined;
  private doubted: { readonly size: PageSize; readonly failures: number } | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** No larger page is asked for at present. */
  get size(): PageSize {
    return this.clock.monotonic() < this.until ? this.limit : MAX_PAGE_SIZE;
  }

  /** A page of this size was not answered. */
  unanswered(size: PageSize): void {
    if (size <= (this.unansweredSize ?? size)) this.unansweredSize = size;
  }

  /**
   * A page with so many conversations was answered. It says nothing of larger pages, even if more were asked
   * for.
   */
  answered(conversations: number): void {
    const size = smallestPage(conversations);
    const failed = this.unansweredSize;
    this.unansweredSize = undefined;
    if (failed !== undefined && size < failed) this.doubt(failed);
    else if (this.doubted && size >= this.doubted.size) this.doubted = undefined;
  }

  private doubt(size: PageSize): void {
    const failures = 1 + (this.doubted?.size === size ? this.doubted.failures : 0);
    this.doubted = { size, failures };
    if (failures < MAX_FAILURES) return;
    this.limit = smallerPage(size) ?? size;
    this.until = this.clock.monotonic() + GIVEN_UP_FOR;
  }
}
