import { Failure } from '../../../src/domain/failure.ts';
import type { GenesysClient, GenesysRequest } from '../../../src/genesys/client.ts';
import { ConversationQuery, type ConversationQueryOptions } from '../../../src/genesys/conversation-query.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { recordedLog } from '../../support/recorded-log.ts';
import { testContext } from '../../support/request-context.ts';
import { WINDOW } from './simulated.ts';

/** A page as it was asked for. */
export interface Asked {
  readonly size: number;
  /** From 1. */
  readonly number: number;
  /** Requests made before this one. */
  readonly before: number;
}

export interface Listed {
  /** How many conversations there are. */
  readonly count: number;
  /** The most that a page holds, whatever was asked for. */
  readonly clamp?: number;
  /** Positions that no page shows. */
  readonly hidden?: readonly number[];
  /** Positions of records too large for any page. */
  readonly giants?: readonly number[];
  /** Throws in place of the answer, or does nothing. */
  readonly trouble?: (asked: Asked) => void;
  /** A test that would go on for ever ends after so many requests. */
  readonly mostRequests?: number;
}

function pagingOf({ body }: GenesysRequest): Omit<Asked, 'before'> {
  const { paging } = body as { paging: { pageSize: number; pageNumber: number } };
  return { size: paging.pageSize, number: paging.pageNumber };
}

export function tooLarge(): Failure {
  return new Failure({ code: 'genesys.tooLarge', what: 'Too large', why: 'a test', remedy: 'Less' });
}

/** The query `interval` before a list whose pages come as described, whatever interval is asked for. */
export function listed(list: Listed, options: Partial<ConversationQueryOptions> = {}) {
  const { count, clamp = 100, hidden = [], giants = [], trouble = () => undefined, mostRequests = 500 } = list;
  const clock = new ManualClock();
  const log = recordedLog();
  const asked: Asked[] = [];
  const client: GenesysClient = {
    now: async () => WINDOW.end,
    answerTime: () => 0,
    async request(request, { signal }) {
      signal.throwIfAborted();
      const page = { ...pagingOf(request), before: asked.length };
      asked.push(page);
      if (asked.length > mostRequests) throw new Error(`more than ${mostRequests} requests`);
      trouble(page);
      const length = Math.min(page.size, clamp);
      const first = (page.number - 1) * length;
      const positions = Array.from({ length }, (_, index) => first + index).filter((position) => position < count);
      if (positions.some((position) => giants.includes(position))) throw tooLarge();
      const shown = positions.filter((position) => !hidden.includes(position));
      return { conversations: shown.map((position) => ({ conversationId: `c-${position}` })), totalHits: count };
    },
  };
  const source = new ConversationQuery({
    ...{ client, clock, log, query: 'interval', scope: 'all', lookback: 0 },
    ...options,
  });
  const read = async () => {
    const met = new Set<number>();
    for await (const page of source.read(WINDOW, testContext())) {
      for (const record of page) met.add(Number((record as { conversationId: string }).conversationId.slice(2)));
    }
    return met;
  };
  return { clock, log, asked, source, read };
}
