import { Failure } from '../domain/failure.ts';
import { recordId } from '../domain/identity.ts';
import { fieldsOf, textOf } from '../domain/json.ts';
import { Novelty } from '../domain/novelty.ts';
import { judgePage, type Page } from '../domain/page.ts';
import type { Clock } from '../ports/clock.ts';
import { abortable } from './abortable.ts';

/** Before a page is asked for again, milliseconds: long enough for a gateway that restarts, short for an empty poll. */
const PAUSE = 2_000;

export interface ListReadingOptions {
  readonly clock: Clock;
  /** What is listed, for messages: `conversations that …`. */
  readonly what: string;
  /** The member that identifies an element. */
  readonly idMember: 'conversationId' | 'id';
  /** A total known from an earlier reading of the same list. */
  readonly lastTotal?: number | undefined;
}

/** One reading of a list that comes in pages: believes no page but what it proves. */
export class ListReader {
  private readonly options: ListReadingOptions;
  private novelty = new Novelty();
  private read = 0;
  private lastTotal: number | undefined;

  constructor(options: ListReadingOptions) {
    this.options = options;
    this.lastTotal = options.lastTotal;
  }

  /** Elements received. */
  get received(): number {
    return this.read;
  }

  /** Goes on after so many elements, some of which may have been received before. */
  continueAt(read: number): void {
    if (read < this.read) this.novelty = new Novelty();
    this.read = read;
  }

  /**
   * The page that `ask` asks for; one without elements has been proven to be empty. Rejects with a Failure: whatever
   * `ask` rejects with, `genesys.incomplete` where elements are missing, `genesys.endless` where nothing new comes any more.
   * `before` is the number of elements before the page, where that is known better than by counting.
   */
  async page<P extends Page>(
    ask: () => Promise<P>,
    { pageSize, before, signal }: { readonly pageSize: number; readonly before?: number; readonly signal: AbortSignal },
  ): Promise<P> {
    for (let empties = 1; ; empties++) {
      const page = await ask();
      const context = { read: before ?? this.read, lastTotal: this.lastTotal, empties, pageSize };
      const verdict = judgePage(page, context);
      this.lastTotal = page.total ?? this.lastTotal;
      if (verdict === 'list') this.note(page.list ?? []);
      else if (verdict === 'incomplete') throw this.incomplete(context.read);
      if (verdict !== 'again') return page;
      await abortable(this.options.clock.sleep(PAUSE, signal), signal);
    }
  }

  private note(list: readonly unknown[]): void {
    this.read += list.length;
    const { idMember, what } = this.options;
    const ids = list.map((element) => textOf(fieldsOf(element)?.[idMember]) ?? recordId(element));
    if (this.novelty.isExhaustedBy(ids)) throw endless(what, 'page after page brings nothing new', this.read);
  }

  private incomplete(read: number): Failure {
    return new Failure({
      code: 'genesys.incomplete',
      what: `Genesys serves fewer ${this.options.what} than it counts`,
      why: `it counts ${this.lastTotal}, and after ${read} it answers without any, three times in a row`,
      remedy:
        'The same period is read again; after an hour the poller goes on and reports gap.detected. If it lasts, ask Genesys with the correlation ID, and check that nothing answers in its place',
      facts: { total: this.lastTotal, read },
    });
  }
}

/** `read`: how many elements have come so far. */
export function endless(what: string, why: string, read: number): Failure {
  return new Failure({
    code: 'genesys.endless',
    what: `The list of ${what} comes to no end`,
    why: `after ${read} elements ${why}`,
    remedy:
      'The same period is read again; if it lasts, ask Genesys with the correlation ID, and check that no proxy or cache answers in its place',
    facts: { read },
  });
}
