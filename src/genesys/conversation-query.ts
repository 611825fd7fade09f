import { Failure } from '../domain/failure.ts';
import { formatInstant, type Instant } from '../domain/instant.ts';
import { type Fields, fieldsOf } from '../domain/json.ts';
import type { Scope } from '../domain/selection.ts';
import type { Window } from '../domain/window.ts';
import type { Call } from '../ports/call.ts';
import type { ConversationSource } from '../ports/conversation-source.ts';
import { Room } from '../waiting/room.ts';
import type { GenesysClient } from './client.ts';
import { notAsExpected } from './failures.ts';
import { CHANGES, INTERVAL, type Query, type Question } from './query-bodies.ts';
import { type Lanes, sideBySide } from './side-by-side.ts';

/** Genesys pages no further than this (POST …/details/query: "Pagination may not exceed 100000 results"). */
const MOST_RESULTS = 100_000;
const PATH = '/api/v2/analytics/conversations/details/query';
const PERMISSION = 'analytics:conversationDetail:view';

export interface ConversationQueryOptions {
  readonly client: GenesysClient;
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
/** Fewer conversations are not worth a part: each part costs one more request, to see its end. */
const PART_SIZE = 400;
const MOST_PARTS = 20;
/** What Genesys allows a client, requests a millisecond. */
const PACE = 300 / 60_000;

/** A question, as a whole or a part of another one. */
interface Listing {
  readonly query: Query;
  readonly question: Question;
  /** How many conversations the other one was said to find; infinity for a whole. */
  readonly partOf: number;
  /** How many it is expected to find, parts being equal. */
  readonly expected: number;
}

/** The conversations of a window by the near-real-time query. */
export class ConversationQuery implements ConversationSource {
  private readonly options: ConversationQueryOptions;
  private readonly room = new Room(PAGES_AHEAD);
  private readings = 0;

  constructor(options: ConversationQueryOptions) {
    this.options = options;
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
    const { client, query, scope, lookback, partSize = PART_SIZE, pace = PACE } = this.options;
    const { room } = this;
    const rank = this.readings++;
    const whole = { partOf: Number.POSITIVE_INFINITY, expected: partSize };
    return sideBySide(signal, (lanes) => {
      const reading = new Reading(client, { room, rank, pace, lanes, count });
      for (const each of query === 'changes' ? CHANGES : INTERVAL) {
        reading.begin({ query: each, question: { window, scope, lookback }, ...whole });
      }
    });
  }
}

interface Surroundings {
  readonly room: Room;
  readonly rank: number;
  readonly pace: number;
  readonly lanes: Lanes<readonly unknown[]>;
  readonly count: Call['count'];
}

/** The reading of one window. */
class Reading {
  private readonly client: GenesysClient;
  private readonly around: Surroundings;
  private readonly call: Call;

  constructor(client: GenesysClient, around: Surroundings) {
    this.client = client;
    this.around = around;
    this.call = { signal: around.lanes.signal, count: around.count };
  }

  begin(listing: Listing): void {
    this.around.lanes.open(() => this.list(listing));
  }

  /** The question as a whole, else in parts: where that is faster, and where Genesys does not page through to its end. */
  private async list(listing: Listing): Promise<void> {
    for (const part of await this.pages(listing)) {
      if (part.query.partitions) this.begin(part);
      else await this.list(part);
    }
  }

  /**
   * Page after page until one comes back without conversations: pages shift, so a short one is not the last one, and the
   * total is approximate, so it never ends the reading. It is good for one thing: to tell from the first page whether the question
   * had better be asked in parts. Resolves to those, to none if it has been read.
   */
  private async pages(listing: Listing): Promise<readonly Listing[]> {
    const { room, rank, lanes } = this.around;
    for (let number = 1; ; number++) {
      const leave = await room.enter(rank, lanes.signal);
      try {
        const page = await this.page(listing, number);
        const conversations = conversationsOf(page);
        const parts = number === 1 ? this.partsFor(listing, Number(page.totalHits)) : [];
        if (parts.length === 0 && conversations.length > 0) {
          lanes.handOn(conversations, leave);
          continue;
        }
        leave();
        return parts;
      } catch (failure) {
        leave();
        if (!(failure instanceof Failure) || failure.code !== 'genesys.tooManyResults') throw failure;
        const parts = this.partsOf(listing, MOST_RESULTS + 1);
        if (parts.length === 0) throw tooDense(listing.question.window, failure);
        return parts;
      }
    }
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
    return Math.ceil(1.2 * this.around.pace * (this.client.answerTime?.() ?? 0));
  }

  private partsOf({ query, question, expected }: Listing, total: number): readonly Listing[] {
    const most = Math.min(MOST_PARTS, Math.floor(total / expected));
    const count = Math.max(2, Math.ceil(total / MOST_RESULTS), Math.min(most, this.lanes + 1));
    const part = { query, partOf: total, expected: total / count };
    return query.narrowed(question, count).map((narrower) => ({ ...part, question: narrower }));
  }

  private async page({ query, question }: Listing, number: number): Promise<Fields> {
    const body = query.body(question, number);
    const request = { method: 'POST', path: PATH, body, permission: PERMISSION } as const;
    const page = fieldsOf(await this.client.request(request, this.call));
    if (!page) throw notAsExpected(`POST ${PATH}`, 'it is no object');
    return page;
  }
}

/** A list that is absent or null is an empty one: Genesys leaves it out where there is nothing. */
function conversationsOf(page: Fields): readonly unknown[] {
  const conversations = page.conversations ?? [];
  if (!Array.isArray(conversations)) throw notAsExpected(`POST ${PATH}`, 'its conversations are no list');
  return conversations;
}

function tooDense({ start, end }: Window, failure: Failure): Failure {
  return new Failure(
    {
      code: 'genesys.tooManyResults',
      what: `Genesys has more than ${MOST_RESULTS} conversations between ${formatInstant(start)} and ${formatInstant(end)}`,
      why: `it pages no further, and splitting the window does not help (${failure.message})`,
      remedy:
        'Set streams.conversations.query to changes, narrow streams.conversations.scope, or give this poller an OAuth client that sees fewer divisions',
      facts: failure.facts,
    },
    { cause: failure },
  );
}
