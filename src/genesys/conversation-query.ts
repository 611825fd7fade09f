import { Failure } from '../domain/failure.ts';
import type { Instant } from '../domain/instant.ts';
import { fieldsOf } from '../domain/json.ts';
import { countOf, type Page } from '../domain/page.ts';
import { LARGEST_PAGE, type PagePosition, type PageSize, smallerPage } from '../domain/page-size.ts';
import type { Scope } from '../domain/selection.ts';
import type { Window } from '../domain/window.ts';
import { Standstill } from '../lib/standstill.ts';
import type { Clock } from '../ports/clock.ts';
import type { ConversationSource } from '../ports/conversation-source.ts';
import type { Log } from '../ports/log.ts';
import type { Call } from '../ports/request-context.ts';
import { type Lanes, sideBySide } from '../prefetch/merge.ts';
import { type Place, Room } from '../prefetch/priority-semaphore.ts';
import { Burden, tooHeavy } from './burden.ts';
import type { GenesysClient } from './client.ts';
import { notAsExpected } from './failures.ts';
import { CHANGES, INTERVAL, type Query, type Question } from './query-bodies.ts';
import { filterRejected, passedIncomplete, tooDense } from './query-failures.ts';
import { QuestionPages } from './query-pages.ts';

/** Genesys pages no further than this (POST …/details/query: "Pagination may not exceed 100000 results"). */
const MOST_RESULTS = 100_000;
const PATH = '/api/v2/analytics/conversations/details/query';
const PERMISSION = 'analytics:conversationDetail:view';

export interface ConversationQueryOptions {
  readonly client: GenesysClient;
  readonly clock: Clock;
  readonly log: Log;
  /** `changes`: what ended or began in the window. `interval`: what Genesys counts to the window. */
  readonly query: 'changes' | 'interval';
  readonly scope: Scope;
  /** How long before the window a conversation may have started, milliseconds; for `changes`. */
  readonly lookback: number;
  /** The fewest conversations that are worth a part; for `changes`. */
  readonly partSize?: number;
  /** Requests that are to go out in a millisecond, if the budget allows them: the longer answers take, the more parts that needs. */
  readonly pace?: number;
}

/**
 * Pages that are on their way or wait for their consumer, of all windows together. At a limit of 300 requests a minute and answers that
 * take three seconds, fifteen have to be on their way for the limit to be used; as many again wait.
 */
const PAGES_AHEAD = 32;
/**
 * What counts for one of these pages, characters of JSON. A larger page counts for several, so that all pages that wait
 * take less than 32 MB of text, which is less than half of the shipped heap when parsed.
 */
const ORDINARY_PAGE = 1024 * 1024;
/** Fewer conversations are not worth a part: each part costs one more request, to see its end. */
const PART_SIZE = 400;
const MOST_PARTS = 20;
/** Pieces of a question that is too much for Genesys. */
const LIGHTER_PIECES = 4;
/** What Genesys allows a client, requests a millisecond. */
const PACE = 300 / 60_000;

/** A question, as a whole or a part of another one. */
interface Listing {
  readonly query: Query;
  readonly question: Question;
  readonly pageSize: PageSize;
  /** How many conversations the other one was said to find; infinity for a whole. */
  readonly partOf: number;
  /** How many it is expected to find, parts being equal. */
  readonly expected: number;
}

/** What remains of a question: other questions, or nothing. */
interface Rest {
  readonly parts: readonly Listing[];
  /** Whether they may be asked at the same time. */
  readonly sideBySide: boolean;
}
const NOTHING: Rest = { parts: [], sideBySide: false };

/** The conversations of a window by the near-real-time query. */
export class ConversationQuery implements ConversationSource {
  private readonly options: ConversationQueryOptions;
  private readonly room = new Room(PAGES_AHEAD);
  private readonly standstill: Standstill;
  private readonly weight = new PageWeight();
  private readings = 0;

  constructor(options: ConversationQueryOptions) {
    this.options = options;
    this.standstill = new Standstill(options.clock);
  }

  now(call: Call): Promise<Instant> {
    return this.options.client.now(call);
  }

  /**
   * Pages as they come, begun at once and fetched ahead; windows that are read at the same time come in the order in which they were
   * begun where there is room for one of them only. Pages shift while they are read and questions are split when they
   * find too much: a conversation may come more than once.
   */
  read(window: Window, { signal, count }: Call): AsyncIterable<readonly unknown[]> {
    const { query, scope, lookback, partSize = PART_SIZE, pace = PACE } = this.options;
    const { room, standstill, weight } = this;
    const rank = this.readings++;
    const whole = { pageSize: LARGEST_PAGE, partOf: Number.POSITIVE_INFINITY, expected: partSize };
    return sideBySide(signal, (lanes) => {
      const reading = new Reading(this.options, { window, room, rank, standstill, weight, pace, lanes, count });
      for (const each of query === 'changes' ? CHANGES : INTERVAL) {
        reading.begin({ query: each, question: { window, scope, lookback }, ...whole });
      }
    });
  }
}

/** How much room the next page is expected to take: as much as the latest, and for a while as the heaviest before it. */
class PageWeight {
  expected = 1;

  note(characters: number): number {
    const weight = Math.max(1, Math.ceil(characters / ORDINARY_PAGE));
    this.expected = Math.max(weight, Math.floor(this.expected * 0.75), 1);
    return weight;
  }
}

interface Surroundings {
  readonly window: Window;
  readonly room: Room;
  readonly rank: number;
  readonly standstill: Standstill;
  readonly weight: PageWeight;
  readonly pace: number;
  readonly lanes: Lanes<readonly unknown[]>;
  readonly count: Call['count'];
}

/** The reading of one window. */
class Reading {
  private readonly options: ConversationQueryOptions;
  private readonly around: Surroundings;
  private readonly call: Call;
  private readonly burden: Burden;

  constructor(options: ConversationQueryOptions, around: Surroundings) {
    this.options = options;
    this.around = around;
    this.call = { signal: around.lanes.signal, count: around.count };
    this.burden = new Burden(options.log);
  }

  begin(listing: Listing): void {
    this.around.lanes.open(() => this.list(listing));
  }

  /** The question as a whole, else in parts: where that is faster, and where Genesys cannot answer it as a whole. */
  private async list(listing: Listing): Promise<void> {
    const { parts, sideBySide } = await this.pages(listing);
    for (const part of parts) {
      if (sideBySide) this.begin(part);
      else await this.list(part);
    }
  }

  /**
   * Page after page until one proves to be empty: pages shift, so a short one is not the last one, and the total is
   * approximate, so it never ends the reading. It is good for one thing: to tell from the first page whether the question
   * had better be asked in parts. Resolves to what remains of the question.
   */
  private async pages(listing: Listing): Promise<Rest> {
    const { room, rank, lanes, weight } = this.around;
    const pages = new QuestionPages(this.options.clock, listing.pageSize);
    for (;;) {
      const isFirst = pages.position.offset === 0;
      const place = await room.enter(rank, lanes.signal, weight.expected);
      try {
        const page = await pages.next((position) => this.page(listing, position, place), lanes.signal);
        this.burden.borne();
        const conversations = page.list ?? [];
        const parts = isFirst ? this.partsFor(listing, page.total ?? Number.NaN) : [];
        if (parts.length > 0 || conversations.length === 0) {
          place.leave();
          return { parts, sideBySide: listing.query.partitions };
        }
        lanes.handOn(conversations, place.leave);
      } catch (failure) {
        place.leave();
        const rest = this.afterFailure(listing, pages, failure);
        if (rest) return rest;
      }
    }
  }

  /** What remains of a question after a failure; undefined where the same pages go on. Throws where there is no way on. */
  private afterFailure(listing: Listing, pages: QuestionPages, failure: unknown): Rest | undefined {
    if (!(failure instanceof Failure)) throw failure;
    switch (failure.code) {
      case 'genesys.tooManyResults': {
        const parts = this.partsOf(listing, MOST_RESULTS + 1);
        if (parts.length === 0) throw tooDense(MOST_RESULTS, listing.question.window, failure);
        return { parts, sideBySide: listing.query.partitions };
      }
      case 'genesys.tooLarge':
        if (pages.shrink()) return undefined;
        this.pass(failure);
        pages.skip();
        return undefined;
      case 'genesys.incomplete':
      case 'genesys.endless':
        this.pass(failure);
        return NOTHING;
      case 'genesys.rejected':
        throw this.options.query === 'changes' ? filterRejected(failure) : failure;
      case 'genesys.unreachable':
        return this.lightened(listing, pages, failure);
      default:
        throw failure;
    }
  }

  /** Leaves out what could not be read for an hour, and says so; throws while the hour is not over. */
  private pass(failure: Failure): void {
    const { standstill, window } = this.around;
    if (!standstill.isOver(window.start)) throw failure;
    passedIncomplete(this.options.log, window, failure);
  }

  /** Asks for less where Genesys cannot carry out so much. A page that came late in a listing is too much by itself. */
  private lightened(listing: Listing, pages: QuestionPages, failure: Failure): Rest | undefined {
    const { query, question } = listing;
    if (!this.burden.mayLighten(failure)) throw tooHeavy(failure);
    const lighter = pages.position.offset === 0 ? query.lighter(question, LIGHTER_PIECES) : [];
    if (lighter.length === 0 && !pages.shrink()) throw tooHeavy(failure);
    this.burden.lighten(this.around.window, failure);
    if (lighter.length === 0) return undefined;
    const pageSize = smallerPage(pages.position.size) ?? pages.position.size;
    return { parts: lighter.map((narrower) => ({ ...listing, question: narrower, pageSize })), sideBySide: false };
  }

  /**
   * The parts that a question had better be asked in if it finds so many conversations; none if as a whole. Pages of one question
   * follow one another: while answers come fast, that is as fast as may be.
   */
  private partsFor(listing: Listing, total: number): readonly Listing[] {
    const { query, partOf, expected } = listing;
    if (!query.partitions) return total > MOST_RESULTS ? this.partsOf(listing, total) : [];
    // A part that holds all of the whole shows that splitting does not help, or that the total is no such thing.
    const isUneven = total >= 2 * expected && total < partOf;
    return isUneven && (this.lanes > 1 || total > MOST_RESULTS) ? this.partsOf(listing, total) : [];
  }

  /** Requests that are on their way at the same time when they go out as fast as may be; a fifth more, since they are never even. */
  private get lanes(): number {
    return Math.ceil(1.2 * this.around.pace * (this.options.client.answerTime?.() ?? 0));
  }

  private partsOf({ query, question, pageSize, expected }: Listing, total: number): readonly Listing[] {
    const most = Math.min(MOST_PARTS, Math.floor(total / expected));
    const count = Math.max(2, Math.ceil(total / MOST_RESULTS), Math.min(most, this.lanes + 1));
    const part = { query, pageSize, partOf: total, expected: total / count };
    return query.narrowed(question, count).map((narrower) => ({ ...part, question: narrower }));
  }

  private async page({ query, question }: Listing, position: PagePosition, place: Place): Promise<Page> {
    const body = query.body(question, position);
    const onSize = (characters: number) => place.weigh(this.around.weight.note(characters));
    const request = { method: 'POST', path: PATH, body, permission: PERMISSION, isDivisible: true, onSize } as const;
    const fields = fieldsOf(await this.options.client.request(request, this.call));
    if (!fields) throw notAsExpected(`POST ${PATH}`, 'it is no object');
    const list = fields.conversations ?? undefined;
    if (list !== undefined && !Array.isArray(list))
      throw notAsExpected(`POST ${PATH}`, 'its conversations are no list');
    return { list, total: countOf(fields.totalHits) };
  }
}
