import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type QueryBody, type Span, spanOf } from '../query-body.ts';
import { conversationsJson, FIRST_END, LAST_END } from './conversations.ts';
import { type Answer, type Asked, optionsOf, type Stub, serve } from './stub.ts';

/** `count` conversations that began evenly between two times (epoch milliseconds), a hundred at a time. */
export interface GenesysOptions {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly latency?: number;
}

export interface GenesysReport {
  /** Requests by kind; those about the token count as logins. */
  readonly login: number;
  readonly query: number;
  /** Windows whose reading has begun. */
  readonly polls: number;
  readonly names: number;
  readonly other: number;
  /** When the first query came and the last one was answered, epoch milliseconds. */
  readonly firstQueryAt: number;
  readonly lastQueryAt: number;
}

const PAGE = 100;
const ORGANISATION = 'a0000000-0000-4000-8000-00000000a001';
const MAX_RESULTS = 100_000;
const gzipped = promisify(gzip);

/**
 * Genesys Cloud with conversations that are all over: pages are made as they are asked for, so that nothing
 * of them is held.
 */
class GenesysStub implements Stub {
  private readonly options: GenesysOptions;
  private readonly pages: number;
  private readonly step: number;
  private readonly counts = { login: 0, query: 0, polls: 0, names: 0, other: 0, firstQueryAt: 0, lastQueryAt: 0 };

  constructor(options: GenesysOptions) {
    this.options = options;
    this.pages = Math.ceil(options.count / PAGE);
    this.step = (options.to - options.from) / Math.max(1, this.pages);
  }

  answer({ path, body, headers }: Asked): Answer | Promise<Answer> {
    if (path.startsWith('/oauth/token')) {
      this.counts.login++;
      return json({ access_token: 'bench-token', token_type: 'bearer', expires_in: 86_400 });
    }
    if (path.startsWith('/api/v2/analytics/conversations/details/query')) return this.query(body, headers);
    if (path.startsWith('/api/v2/routing/wrapupcodes') || path.startsWith('/api/v2/outbound/campaigns')) {
      this.counts.names++;
      return json({ entities: NAMES, pageCount: 1 });
    }
    if (path.startsWith('/api/v2/tokens/me')) {
      this.counts.login++;
      return json({ organization: { id: ORGANISATION } });
    }
    this.counts.other++;
    return json({ entities: [], pageCount: 0, total: 0 });
  }

  report(): GenesysReport {
    return this.counts;
  }

  private async query(text: string, headers: Asked['headers']): Promise<Answer> {
    this.counts.query++;
    this.counts.firstQueryAt ||= Date.now();
    const { paging, conversationFilters, segmentFilters } = JSON.parse(text) as QueryBody;
    if (paging.pageNumber * PAGE > MAX_RESULTS) {
      return json({ code: 'bad.request', message: `Pagination may not exceed ${MAX_RESULTS} results` }, 400);
    }
    const ended = spanOf('segmentEnd', segmentFilters);
    const began = spanOf('conversationStart', conversationFilters);
    if (ended && paging.pageNumber === 1) this.counts.polls++;
    // Of those that are still alive there are none.
    const answer = ended ? await this.page(ended, began, paging.pageNumber, headers) : json({ totalHits: 0 });
    this.counts.lastQueryAt = Date.now();
    return answer;
  }

  private async page(ended: Span, began: Span | undefined, number: number, headers: Asked['headers']): Promise<Answer> {
    const first = this.pageAfter(Math.max(ended[0] - LAST_END, began?.[0] ?? 0));
    const end = this.pageAfter(Math.min(ended[1] - FIRST_END, began?.[1] ?? Number.POSITIVE_INFINITY));
    const index = first + number - 1;
    const totalHits = Math.max(0, Math.min(end * PAGE, this.options.count) - first * PAGE);
    if (index >= end) return json({ totalHits });
    const count = Math.min(PAGE, this.options.count - index * PAGE);
    const conversations = conversationsJson(this.startOf(index), index * PAGE, count);
    const body = `{"conversations":${conversations},"totalHits":${totalHits}}`;
    const compresses = String(headers['accept-encoding']).includes('gzip');
    return { status: 200, body: compresses ? await gzipped(body, { level: 1 }) : body };
  }

  private startOf(page: number): number {
    return Math.round(this.options.from + page * this.step);
  }

  /** The number of the first page whose conversations began at `time` or later. */
  private pageAfter(time: number): number {
    const page = Math.ceil((time - this.options.from) / this.step);
    return Math.min(this.pages, Math.max(0, page));
  }
}

const NAMES = [
  { id: '1c2be219-5e8a-4595-a051-8f9fb299ec78', name: 'Sale' },
  { id: 'df522ea4-cf3a-47ed-b796-53febcb06c9c', name: 'Autumn renewals' },
];

function json(value: object, status = 200): Answer {
  return { status, body: JSON.stringify(value) };
}

const options = optionsOf<GenesysOptions>();
serve(new GenesysStub(options), options.latency ?? 0);
