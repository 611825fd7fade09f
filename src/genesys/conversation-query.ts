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
  /** A question that finds at least twice as many conversations is asked in parts of about this size, side by side; for `changes`. */
  readonly partSize?: number;
}

/**
 * Pages that are on their way or wait for their consumer, of all windows together. At a limit of 300 requests a minute and answers that
 * take three seconds, fifteen have to be on their way for the limit to be used; some more wait.
 */
const PAGES_AHEAD = 24;
/** Conversations in a part: each part costs one more request, to see its end, and ought to be worth that. */
const PART_SIZE = 1_600;
/** So many pages have to be on their way at three seconds each: see above. */
const MOST_PARTS = 16;

/** A question, and how many conversations the one that it is a part of was said to find. */
interface Listing {
  readonly query: Query;
  readonly question: Question;
  readonly partOf: number;
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
    const { client, query, scope, lookback, partSize = PART_SIZE } = this.options;
    const { room } = this;
    const rank = this.readings++;
    return sideBySide(signal, (lanes) => {
      const reading = new Reading(client, { room, rank, partSize, lanes, count });
      for (const each of query === 'changes' ? CHANGES : INTERVAL) {
        reading.begin({ query: each, question: { window, scope, lookback }, partOf: Number.POSITIVE_INFINITY });
      }
    });
  }
}

interface Surroundings {
  readonly room: Room;
  readonly rank: number;
  readonly partSize: number;
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

  /** The parts that a question had better be asked in if it finds so many conversations; none if as a whole. */
  private partsFor(listing: Listing, total: number): readonly Listing[] {
    // A part that holds all of the whole shows that splitting does not help, or that the total is no such thing.
    const { query, partOf } = listing;
    const { partSize } = this.around;
    const isBetter = query.partitions ? total >= 2 * partSize && total < partOf : total > MOST_RESULTS;
    return isBetter ? this.partsOf(listing, total) : [];
  }

  private partsOf({ query, question }: Listing, total: number): readonly Listing[] {
    const count = Math.min(MOST_PARTS, Math.floor(total / this.around.partSize));
    return query.narrowed(question, count).map((part) => ({ query, question: part, partOf: total }));
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
