import { Failure } from '../domain/failure.ts';
import { formatInstant, type Instant } from '../domain/instant.ts';
import { type Fields, fieldsOf } from '../domain/json.ts';
import type { Scope } from '../domain/selection.ts';
import { halve, type Window } from '../domain/window.ts';
import type { Call } from '../ports/call.ts';
import type { ConversationSource } from '../ports/conversation-source.ts';
import type { GenesysClient } from './client.ts';
import { notAsExpected } from './failures.ts';
import { oneAhead } from './one-ahead.ts';
import { CHANGES, INTERVAL, type Query } from './query-bodies.ts';

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
}

/** The conversations of a window by the near-real-time query. */
export class ConversationQuery implements ConversationSource {
  private readonly options: ConversationQueryOptions;

  constructor(options: ConversationQueryOptions) {
    this.options = options;
  }

  now(call: Call): Promise<Instant> {
    return this.options.client.now(call);
  }

  /**
   * Pages as they come, the next one fetched meanwhile. Pages shift while they are read and windows are split when they
   * hold too much: a conversation may come more than once.
   */
  read(window: Window, call: Call): AsyncIterable<readonly unknown[]> {
    return oneAhead((signal) => this.everything(window, { signal, count: (what) => call.count(what) }), call.signal);
  }

  private async *everything(window: Window, call: Call) {
    for (const query of this.options.query === 'changes' ? CHANGES : INTERVAL) {
      yield* this.inParts(query, window, call);
    }
  }

  /** The window as a whole where Genesys pages through it, else its halves, and theirs. */
  private async *inParts(query: Query, window: Window, call: Call): AsyncGenerator<readonly unknown[], void, void> {
    const halves = halve(window);
    try {
      yield* this.pages(query, window, halves !== undefined, call);
    } catch (failure) {
      if (!(failure instanceof Failure) || failure.code !== 'genesys.tooManyResults') throw failure;
      if (!halves) throw tooDense(window, failure);
      for (const half of halves) yield* this.inParts(query, half, call);
    }
  }

  /**
   * Page after page until one comes back without conversations: pages shift, so a short one is not the last one, and the
   * total is approximate, so it never ends the reading. It is good for one thing: where the first page says that there is more than
   * can be paged through, a window that can be split is split at once.
   */
  private async *pages(query: Query, window: Window, maySplit: boolean, call: Call) {
    for (let number = 1; ; number++) {
      const page = await this.page(query, window, number, call);
      if (number === 1 && maySplit && Number(page.totalHits) > MOST_RESULTS) throw tooMany();
      const conversations = conversationsOf(page);
      if (conversations.length === 0) return;
      yield conversations;
    }
  }

  private async page(query: Query, window: Window, number: number, call: Call): Promise<Fields> {
    const { client, scope, lookback } = this.options;
    const body = query({ window, scope, lookback }, number);
    const page = fieldsOf(await client.request({ method: 'POST', path: PATH, body, permission: PERMISSION }, call));
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

function tooMany(): Failure {
  return new Failure({
    code: 'genesys.tooManyResults',
    what: 'The window holds too many conversations',
    why: `Genesys counts more than ${MOST_RESULTS}`,
    remedy: 'It is read in halves',
  });
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
