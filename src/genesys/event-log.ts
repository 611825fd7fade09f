import { Failure } from '../domain/failure.ts';
import type { Instant } from '../domain/instant.ts';
import { fieldsOf } from '../domain/json.ts';
import { countOf } from '../domain/page.ts';
import { EVENT_LOG, STREAMS } from '../domain/streams.ts';
import type { EventLog, LogPage } from '../ports/event-log.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { GenesysClient } from './client.ts';
import { notAsExpected } from './failures.ts';

const PATH = '/api/v2/outbound/events';
const { permission: PERMISSION } = STREAMS[EVENT_LOG];
/** Entries on a page: the largest size known to be in use elsewhere. */
const PAGE_SIZE = 100;

/** GET /api/v2/outbound/events. */
export class GenesysEventLog implements EventLog {
  readonly pageSize = PAGE_SIZE;
  private readonly client: GenesysClient;
  /** Genesys does not document which members it sorts by. The order is asked for until Genesys rejects it. */
  private sortBy: string | undefined = 'timestamp';

  constructor(options: { readonly client: GenesysClient }) {
    this.client = options.client;
  }

  now(context: RequestContext): Promise<Instant> {
    return this.client.now(context);
  }

  async page(number: number, context: RequestContext): Promise<LogPage> {
    const answer = fieldsOf(await this.ask(number, context));
    const list = answer?.entities ?? undefined;
    if (!answer || (list !== undefined && !Array.isArray(list))) {
      throw notAsExpected(`GET ${PATH}`, 'its entities are no list');
    }
    const pageSize = countOf(answer.pageSize) || undefined;
    return { list, total: countOf(answer.total), pageCount: countOf(answer.pageCount), pageSize };
  }

  private async ask(pageNumber: number, context: RequestContext): Promise<unknown> {
    const query = { pageSize: PAGE_SIZE, pageNumber, sortBy: this.sortBy, sortOrder: 'descending' };
    try {
      return await this.client.request({ method: 'GET', path: PATH, query, permission: PERMISSION }, context);
    } catch (error) {
      const isRefusal = error instanceof Failure && error.facts.httpStatus === 400;
      if (!isRefusal || this.sortBy === undefined) throw error;
      this.sortBy = undefined;
      return this.ask(pageNumber, context);
    }
  }
}
