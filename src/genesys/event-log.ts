import { Failure } from '../domain/failure.ts';
import type { Instant } from '../domain/instant.ts';
import { fieldsOf } from '../domain/json.ts';
import { countOf } from '../domain/page.ts';
import { EVENT_LOG, STREAMS } from '../domain/streams.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog, LogPage } from '../ports/event-log.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { GenesysClient } from './client.ts';
import { notAsExpected } from './failures.ts';

const PATH = '/api/v2/outbound/events';
const { permission: PERMISSION } = STREAMS[EVENT_LOG];
/** Entries on a page: the largest size known to be in use elsewhere. */
const PAGE_SIZE = 100;
/** Genesys does not document which members it sorts by. */
const SORT_BY = 'timestamp';
/**
 * How long the order is not asked for once Genesys has rejected it, milliseconds: a rejection may come from a
 * gateway, or pass.
 */
const UNSORTED_FOR = 3_600_000;

/** GET /api/v2/outbound/events. */
export class GenesysEventLog implements EventLog {
  readonly pageSize = PAGE_SIZE;
  private readonly client: GenesysClient;
  private readonly clock: Clock;
  /** When Genesys rejected the order, while it is not asked for. */
  private rejectedAt: number | undefined;

  constructor(options: { readonly client: GenesysClient; readonly clock: Clock }) {
    this.client = options.client;
    this.clock = options.clock;
  }

  now(context: RequestContext): Promise<Instant> {
    return this.client.now(context);
  }

  async page(number: number, context: RequestContext): Promise<LogPage> {
    const answer = fieldsOf(await this.ask(number, context));
    const list = answer?.entities ?? undefined;
    if (!answer || (list !== undefined && !Array.isArray(list))) {
      throw notAsExpected(`GET ${PATH}`, 'its entities are not a list');
    }
    const pageSize = countOf(answer.pageSize) || undefined;
    return { list, total: countOf(answer.total), pageCount: countOf(answer.pageCount), pageSize };
  }

  /**
   * Asks for the order, and without it where that is what Genesys rejects. Whether it is asked for changes
   * with a first page only: pages of different orders do not make one list.
   */
  private async ask(number: number, context: RequestContext): Promise<unknown> {
    const now = this.clock.monotonic();
    if (number === 1 && this.rejectedAt !== undefined && now - this.rejectedAt >= UNSORTED_FOR) {
      this.rejectedAt = undefined;
    }
    if (this.rejectedAt !== undefined) return this.request(number, undefined, context);
    try {
      return await this.request(number, SORT_BY, context);
    } catch (rejection) {
      const isRejection = rejection instanceof Failure && rejection.fields.httpStatus === 400;
      if (!isRejection) throw rejection;
      const unsorted = await this.request(number, undefined, context);
      this.rejectedAt = now;
      if (number > 1) throw rejection;
      return unsorted;
    }
  }

  private request(pageNumber: number, sortBy: string | undefined, context: RequestContext): Promise<unknown> {
    const query = { pageSize: PAGE_SIZE, pageNumber, sortBy, sortOrder: 'descending' };
    return this.client.request({ method: 'GET', path: PATH, query, permission: PERMISSION }, context);
  }
}
