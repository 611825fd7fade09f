import { Failure } from '../domain/failure.ts';
import { recordId } from '../domain/identity.ts';
import { fieldsOf, textOf } from '../domain/json.ts';
import { judgePage, type Page } from '../domain/page.ts';
import type { Clock } from '../ports/clock.ts';
import { abortable } from './abort.ts';

/**
 * The wait before a page is asked for again, milliseconds: long enough for a gateway that restarts, short for
 * an empty poll.
 */
const PAUSE = 2_000;

/** Pages without anything new, in answer to one request, after which such a page is believed. */
const MAX_STALE_ANSWERS = 3;

/**
 * Pages in a row without anything new that make a list endless. One or two occur where elements arrive
 * meanwhile.
 */
const MAX_STALE_PAGES = 3;

interface ListReaderOptions {
  readonly clock: Clock;
  /** What is listed, for messages: `conversations that …`. */
  readonly what: string;
  /** The member that identifies an element. */
  readonly idMember: 'conversationId' | 'id';
  /** A total known from an earlier reading of the same list. */
  readonly lastTotal?: number | undefined;
}

/** One reading of a paged list. A page is believed only as far as it can be proven. */
export class ListReader {
  /** The elements of the latest page that had not come before. */
  fresh: readonly unknown[] = [];
  private readonly options: ListReaderOptions;
  /**
   * The IDs of all elements that have come. Only these count: a page that comes twice does not count for
   * another.
   */
  private readonly seen = new Set<string>();
  /** The IDs of those that have come since repetitions were announced. */
  private seenSince = this.seen;
  private stalePages = 0;
  private lastTotal: number | undefined;

  constructor(options: ListReaderOptions) {
    this.options = options;
    this.lastTotal = options.lastTotal;
  }

  /** How many elements the list has, as far as answers have said; approximate. */
  get total(): number | undefined {
    return this.lastTotal;
  }

  /** Different elements received. */
  get received(): number {
    return this.seen.size;
  }

  /** What follows may repeat what came before. */
  forget(): void {
    this.seenSince = new Set();
    this.stalePages = 0;
  }

  /**
   * The page that `ask` asks for; one without elements has been proven to be empty. Rejects with a Failure:
   * whatever `ask` rejects with, `genesys.incomplete` where elements are missing, `genesys.endless` where
   * pages bring nothing new. `before` is the number of elements before the page, where that is known better
   * than by counting.
   */
  async page<P extends Page>(
    ask: () => Promise<P>,
    { pageSize, before, signal }: { readonly pageSize: number; readonly before?: number; readonly signal: AbortSignal },
  ): Promise<P> {
    this.fresh = [];
    let empties = 0;
    let stale = 0;
    for (;;) {
      const page = await ask();
      const list = page.list ?? [];
      empties = list.length > 0 ? 0 : empties + 1;
      const context = { read: before ?? this.received, lastTotal: this.lastTotal, empties, pageSize };
      const verdict = judgePage(page, context);
      const ids = this.idsOf(list);
      const fresh = list.filter((_, index) => !this.seen.has(ids[index] as string));
      this.noteTotal(page.total, context.read + fresh.length, fresh.length > 0 || verdict === 'end');
      if (verdict === 'incomplete') throw this.incomplete(context.read);
      if (verdict === 'end') return page;
      // A cache or a gateway may answer with the wrong page.
      const isStale = list.length > 0 && this.seenSince.size > 0 && ids.every((id) => this.seenSince.has(id));
      if (isStale) stale++;
      if (verdict === 'list' && (!isStale || stale >= MAX_STALE_ANSWERS)) {
        this.fresh = fresh;
        this.note(ids);
        return page;
      }
      await abortable(this.options.clock.sleep(PAUSE, signal), signal);
    }
  }

  /**
   * A total of fewer elements than have come is ignored. An answer that is not believed, or brings nothing
   * new, does not lower the total: it may be another page's, or an older one.
   */
  private noteTotal(total: number | undefined, received: number, isBelieved: boolean): void {
    if (total === undefined || total < received) return;
    if (isBelieved || total > (this.lastTotal ?? 0)) this.lastTotal = total;
  }

  private idsOf(list: readonly unknown[]): readonly string[] {
    const { idMember } = this.options;
    return list.map((element) => textOf(fieldsOf(element)?.[idMember]) ?? recordId(element));
  }

  private note(ids: readonly string[]): void {
    const before = this.seenSince.size;
    for (const id of ids) {
      this.seen.add(id);
      this.seenSince.add(id);
    }
    this.stalePages = this.seenSince.size > before ? 0 : this.stalePages + 1;
    if (this.stalePages >= MAX_STALE_PAGES)
      throw endless(this.options.what, 'page after page brings nothing new', this.received);
  }

  private incomplete(read: number): Failure {
    const { lastTotal: total } = this;
    const why = `it counts ${total}, and after ${read} it answers without any, three times in a row`;
    return incomplete(this.options.what, why, { total, read });
  }
}

/** `total`: how many elements there should be. `read`: how many have come so far. */
export function incomplete(
  what: string,
  why: string,
  fields: { readonly total: number | undefined; readonly read: number },
): Failure {
  return new Failure({
    code: 'genesys.incomplete',
    what: `Genesys serves fewer ${what} than it counts`,
    why,
    remedy:
      'The same period is read again; after an hour the poller goes on and reports gap.detected. If it lasts, ask Genesys with the correlation ID, and check that nothing answers in its place',
    fields,
  });
}

/** `read`: how many elements have come so far. */
export function endless(what: string, why: string, read: number): Failure {
  return new Failure({
    code: 'genesys.endless',
    what: `The list of ${what} does not end`,
    why: `after ${read} elements ${why}`,
    remedy:
      'The same period is read again; if it lasts, ask Genesys with the correlation ID, and check that no proxy or cache answers in its place',
    fields: { read },
  });
}
