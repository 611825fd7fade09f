import { Failure } from '../domain/failure.ts';
import type { Instant } from '../domain/instant.ts';
import { fieldsOf } from '../domain/json.ts';
import { countOf, type Page } from '../domain/page.ts';
import { MAX_PAGE_SIZE, type PagePosition, type PageSize, smallerPage } from '../domain/page-size.ts';
import type { Scope } from '../domain/selection.ts';
import { CONVERSATIONS, STREAMS } from '../domain/streams.ts';
import type { Window } from '../domain/window.ts';
import { isOfAPart, logLeftOut, StallTracker } from '../lib/stall-tracker.ts';
import type { Clock } from '../ports/clock.ts';
import type { ConversationSource } from '../ports/conversation-source.ts';
import type { Log } from '../ports/log.ts';
import type { RequestContext } from '../ports/request-context.ts';
import { type Merge, merge } from '../prefetch/merge.ts';
import { type Permit, PrioritySemaphore } from '../prefetch/priority-semaphore.ts';
import type { GenesysClient } from './client.ts';
import { notAsExpected } from './failures.ts';
import { PageLimit } from './page-limit.ts';
import { PageWeight } from './page-weight.ts';
import { CHANGES, INTERVAL, type Query, type QueryParams } from './query-bodies.ts';
import { filterRejected, tooDense } from './query-failures.ts';
import { QueryLoad, tooHeavy } from './query-load.ts';
import { QueryPages } from './query-pages.ts';

/** Genesys pages no further than this (POST …/details/query: "Pagination may not exceed 100000 results"). */
const MAX_RESULTS = 100_000;
const PATH = '/api/v2/analytics/conversations/details/query';
const { permission: PERMISSION } = STREAMS.conversations;

export interface ConversationQueryOptions {
  readonly client: GenesysClient;
  readonly clock: Clock;
  readonly log: Log;
  /** `changes`: what ended or began in the window. `interval`: what Genesys's interval selects. */
  readonly query: 'changes' | 'interval';
  readonly scope: Scope;
  /** How long before the window a conversation may have started, milliseconds; for `changes`. */
  readonly lookback: number;
  /** The fewest conversations that are worth a part; for `changes`. */
  readonly partSize?: number;
  /**
   * For how long what cannot be read holds the stream up; absent: an hour, counted from the first failure.
   */
  readonly stallTracker?: StallTracker | undefined;
}

/**
 * Pages that are in flight or wait for their consumer, over all windows. At 300 requests a minute and answers
 * that take three seconds, 15 have to be on their way to use the limit. As many again wait.
 */
export const PAGES_AHEAD = 32;
/** Fewer conversations are not worth a part: each part costs one more request, to see its end. */
export const PART_SIZE = 400;
/** A total may be wrong, and more parts are no faster. Parts that find too much are split again. */
const MAX_PARTS = 20;
/** Pieces of a query that is too heavy for Genesys. */
const LIGHTER_QUERIES = 4;
/** What Genesys allows a client by default, requests a millisecond. */
const REQUEST_RATE = 300 / 60_000;

/** A query over all its pages, as a whole or as a part of another one. */
interface PagedQuery {
  readonly query: Query;
  readonly params: QueryParams;
  readonly pageSize: PageSize;
  /** How many conversations the other one was said to find. Infinity for a whole. */
  readonly parentTotal: number;
  /** How many it is expected to find if the parts are equal. */
  readonly expected: number;
}

/** What remains of a query: other queries, or nothing. */
interface Rest {
  readonly parts: readonly PagedQuery[];
  /** Whether they may be sent at the same time. */
  readonly isConcurrent: boolean;
}
const NOTHING: Rest = { parts: [], isConcurrent: false };

/** The conversations of a window by the near-real-time query. */
export class ConversationQuery implements ConversationSource {
  private readonly options: ConversationQueryOptions;
  private readonly semaphore = new PrioritySemaphore(PAGES_AHEAD);
  private readonly stallTracker: StallTracker;
  private readonly weight = new PageWeight();
  private readonly limit: PageLimit;
  private readings = 0;

  constructor(options: ConversationQueryOptions) {
    this.options = options;
    this.stallTracker = options.stallTracker ?? new StallTracker(options.clock);
    this.limit = new PageLimit(options.clock);
  }

  now(context: RequestContext): Promise<Instant> {
    return this.options.client.now(context);
  }

  /**
   * Pages as they come. Reading begins at once and fetches ahead (see prefetch/README.md). Pages shift while
   * they are read, and queries that find too much are split, so a conversation may come more than once.
   */
  read(window: Window, { signal, count }: RequestContext): AsyncIterable<readonly unknown[]> {
    const { query, scope, lookback, log, partSize = PART_SIZE } = this.options;
    const { semaphore, stallTracker, weight, limit } = this;
    let isPartial = false;
    const pass = (failure: Failure) => {
      if (!stallTracker.mayLeaveOut(window)) throw failure;
      isPartial = true;
      logLeftOut(log, CONVERSATIONS, window, failure);
    };
    const rank = this.readings++;
    const whole = { pageSize: MAX_PAGE_SIZE, parentTotal: Number.POSITIVE_INFINITY, expected: partSize };
    const pages = merge<readonly unknown[]>(signal, (merge) => {
      const shared = { window, semaphore, rank, pass, weight, limit, merge, count };
      const reading = new WindowReading(this.options, shared);
      for (const each of query === 'changes' ? CHANGES : INTERVAL) {
        reading.begin({ query: each, params: { window, scope, lookback }, ...whole });
      }
    });
    return this.noted(window, pages, () => isPartial);
  }

  /** The pages of a window whose turn has come; notes what became of it. */
  private async *noted<T>(
    window: Window,
    pages: AsyncIterable<T>,
    isPartial: () => boolean,
  ): AsyncGenerator<T, void, void> {
    try {
      yield* pages;
    } catch (failure) {
      if (isOfAPart(failure)) this.stallTracker.noteFailure(window);
      throw failure;
    }
    if (isPartial()) this.stallTracker.noteLeftOut(window);
    else this.stallTracker.noteRead(window);
  }
}

/** What the reading of a window shares with other readings, and what is its own. */
interface ReadingContext {
  readonly window: Window;
  readonly semaphore: PrioritySemaphore;
  readonly rank: number;
  /** Leaves out what cannot be read for too long and says so. Throws while the time is not over. */
  readonly pass: (failure: Failure) => void;
  readonly weight: PageWeight;
  readonly limit: PageLimit;
  readonly merge: Merge<readonly unknown[]>;
  readonly count: RequestContext['count'];
}

/** The reading of one window. */
class WindowReading {
  private readonly options: ConversationQueryOptions;
  private readonly shared: ReadingContext;
  private readonly context: RequestContext;
  private readonly load: QueryLoad;

  constructor(options: ConversationQueryOptions, shared: ReadingContext) {
    this.options = options;
    this.shared = shared;
    this.context = { signal: shared.merge.signal, count: shared.count };
    this.load = new QueryLoad(options.log);
  }

  begin(pagedQuery: PagedQuery): void {
    this.shared.merge.add(() => this.list(pagedQuery));
  }

  /**
   * Reads the query as a whole, or in parts: where that is faster, and where Genesys cannot answer it as a
   * whole.
   */
  private async list(pagedQuery: PagedQuery): Promise<void> {
    const { parts, isConcurrent } = await this.pages(pagedQuery);
    for (const part of parts) {
      if (isConcurrent) this.begin(part);
      else await this.list(part);
    }
  }

  /**
   * Reads page after page until one proves to be empty. Pages shift, so a short page is not the last one. The
   * total is approximate, so it never ends the reading. Its one purpose: the first page's total tells whether
   * to split the query. Resolves to what remains of the query.
   */
  private async pages(pagedQuery: PagedQuery): Promise<Rest> {
    const { semaphore, rank, merge, weight, limit } = this.shared;
    const pages = new QueryPages(this.options.clock, pagedQuery.pageSize, limit);
    for (;;) {
      const isFirst = pages.position.offset === 0;
      const permit = await semaphore.acquire(rank, merge.signal, weight.expected);
      const { steps } = this.load;
      try {
        const page = await pages.next((position) => this.page(pagedQuery, position, permit), merge.signal);
        this.load.answered();
        const conversations = page.list ?? [];
        const parts = isFirst ? this.partsFor(pagedQuery, page.total ?? Number.NaN) : [];
        if (parts.length > 0 || conversations.length === 0) {
          permit.release();
          return { parts, isConcurrent: pagedQuery.query.arePartsDisjoint };
        }
        merge.emit(conversations, permit.release);
      } catch (failure) {
        permit.release();
        const rest = this.afterFailure(pagedQuery, pages, failure, steps);
        if (rest) return rest;
      }
    }
  }

  /**
   * What remains of a query after a failure. Undefined where the same pages go on. Throws where nothing is
   * left to try.
   */
  private afterFailure(pagedQuery: PagedQuery, pages: QueryPages, failure: unknown, steps: number): Rest | undefined {
    if (!(failure instanceof Failure)) throw failure;
    switch (failure.code) {
      case 'genesys.tooManyResults': {
        const parts = this.partsOf(pagedQuery, MAX_RESULTS + 1);
        if (parts.length === 0) throw tooDense(MAX_RESULTS, pagedQuery.params.window, failure);
        return { parts, isConcurrent: pagedQuery.query.arePartsDisjoint };
      }
      case 'genesys.tooLarge':
        if (pages.shrink()) return undefined;
        this.shared.pass(failure);
        return pages.skip() ? undefined : NOTHING;
      case 'genesys.incomplete':
      case 'genesys.endless':
        this.shared.pass(failure);
        return NOTHING;
      case 'genesys.rejected':
        throw this.options.query === 'changes' ? filterRejected(failure) : failure;
      case 'genesys.unreachable':
        return this.lightened(pagedQuery, pages, failure, steps);
      default:
        throw failure;
    }
  }

  /**
   * Asks for less where a query is too heavy for Genesys. A page late in the query is too heavy by itself.
   */
  private lightened(pagedQuery: PagedQuery, pages: QueryPages, failure: Failure, steps: number): Rest | undefined {
    const { query, params } = pagedQuery;
    if (!this.load.mayLighten(failure, steps)) throw tooHeavy(failure);
    const lighter = pages.position.offset === 0 ? query.lighter(params, LIGHTER_QUERIES) : [];
    if (lighter.length === 0 && !pages.shrinkUnanswered()) throw tooHeavy(failure);
    this.load.lighten(this.shared.window, failure, steps);
    if (lighter.length === 0) return undefined;
    pages.firstUnanswered();
    const pageSize = smallerPage(pages.position.size) ?? pages.position.size;
    return { parts: lighter.map((narrower) => ({ ...pagedQuery, params: narrower, pageSize })), isConcurrent: false };
  }

  /**
   * The parts into which to split a query that finds so many conversations. None where it is better read as a
   * whole: while answers come fast, pages one after the other already use the whole budget.
   */
  private partsFor(pagedQuery: PagedQuery, total: number): readonly PagedQuery[] {
    const { query, parentTotal, expected } = pagedQuery;
    const exceedsPaging = total > MAX_RESULTS;
    if (!query.arePartsDisjoint) return exceedsPaging ? this.partsOf(pagedQuery, total) : [];
    const isSlow = total >= 2 * expected && this.concurrency > 1;
    // If a part holds all of the whole, splitting does not help, or the total is wrong.
    return (isSlow || exceedsPaging) && total < parentTotal ? this.partsOf(pagedQuery, total) : [];
  }

  /**
   * Requests in flight when the budget is used up, and a fifth more, because answers never take equally long.
   */
  private get concurrency(): number {
    return Math.ceil(1.2 * REQUEST_RATE * this.options.client.answerTime());
  }

  private partsOf({ query, params, pageSize, expected }: PagedQuery, total: number): readonly PagedQuery[] {
    const useful = Math.min(Math.floor(total / expected), this.concurrency + 1);
    const count = Math.min(MAX_PARTS, Math.max(2, Math.ceil(total / MAX_RESULTS), useful));
    const part = { query, pageSize, parentTotal: total, expected: total / count };
    return query.partition(params, count).map((narrower) => ({ ...part, params: narrower }));
  }

  private async page({ query, params }: PagedQuery, position: PagePosition, permit: Permit): Promise<Page> {
    const body = query.body(params, position);
    const onSize = (characters: number) => permit.weigh(this.shared.weight.note(characters));
    const request = { method: 'POST', path: PATH, body, permission: PERMISSION, isDivisible: true, onSize } as const;
    const fields = fieldsOf(await this.options.client.request(request, this.context));
    if (!fields) throw notAsExpected(`POST ${PATH}`, 'it is not an object');
    const list = fields.conversations ?? undefined;
    if (list !== undefined && !Array.isArray(list))
      throw notAsExpected(`POST ${PATH}`, 'its conversations are not a list');
    return { list, total: countOf(fields.totalHits) };
  }
}
