import type { Fault } from '../../../src/sandbox/genesys/faults.ts';
import { errorBody, Refusal, type Request } from '../../../src/sandbox/genesys/http.ts';

/**
 * Answers that are not answers: what gateways, caches and overloaded services send in place of Genesys's own.
 */

const QUERY = '/api/v2/analytics/conversations/details/query';
const EVENT_LOG = '/api/v2/outbound/events';

export function isQuery({ path }: Request): boolean {
  return path === QUERY;
}

function isResults({ path }: Request): boolean {
  return /\/details\/jobs\/[^/?]+\/results/.test(path);
}

function isEventLog({ path }: Request): boolean {
  return path.startsWith(EVENT_LOG);
}

/** Whether a request asks for a page of a list that events are made of. */
function isListing(request: Request): boolean {
  return isQuery(request) || isResults(request) || isEventLog(request);
}

/** The page a request asks for, from 1; 1 where it names none. */
export function pageOf({ path, body = '{}' }: Request): number {
  if (path !== QUERY) return Number(new URLSearchParams(path.split('?')[1]).get('pageNumber') ?? 1);
  return (JSON.parse(body) as { paging?: { pageNumber?: number } }).paging?.pageNumber ?? 1;
}

/** Success, and JSON that is none of Genesys's. */
export function junk(json: unknown, more: Fault = {}): Fault {
  return { on: isListing, ...more, answer: { status: 200, body: JSON.stringify(json) } };
}

/** The list is left out, though the totals are those of a full answer. */
export function listLeftOut(more: Fault = {}): Fault {
  return {
    on: isListing,
    ...more,
    change: ({ conversations: _, entities: __, ...others }) => others,
  };
}

/** Every page of a list is its first one. */
export function samePage(more: Fault = {}): Fault {
  const asFirst = (request: Request): Request => {
    if (!isQuery(request)) return { ...request, path: request.path.replace(/pageNumber=\d+/, 'pageNumber=1') };
    const query = JSON.parse(request.body ?? '{}') as { paging?: object };
    return { ...request, body: JSON.stringify({ ...query, paging: { ...query.paging, pageNumber: 1 } }) };
  };
  // Without the count of pages, only the pages themselves show that there are no more.
  const withoutPageCount = ({ pageCount: _, ...others }: Readonly<Record<string, unknown>>) => others;
  return { on: isListing, times: Number.POSITIVE_INFINITY, ...more, asked: asFirst, change: withoutPageCount };
}

/**
 * A query over more than so many milliseconds, of `segmentEnd` where it asks by that, takes Genesys too long.
 */
export function tooHeavyOver(longestMs: number, more: Fault & { readonly status?: number } = {}): Fault {
  const { status = 504, ...others } = more;
  const refusal = new Refusal(status, status === 504 ? 'request.timeout' : 'service.unavailable', 'Too much');
  return {
    on: (request) => isQuery(request) && spanOf(request) > longestMs,
    times: Number.POSITIVE_INFINITY,
    ...others,
    answer: { status, body: JSON.stringify(errorBody(refusal, 'too-heavy')) },
  };
}

/** A small compressed body that holds so many bytes of blanks. */
export function blanks(bytes: number, more: Fault = {}): Fault {
  return { on: isListing, ...more, answer: { status: 200 }, trouble: { kind: 'blanks', bytes } };
}

function spanOf({ body = '{}' }: Request): number {
  const { interval = '', segmentFilters } = JSON.parse(body) as {
    interval?: string;
    segmentFilters?: { predicates: { dimension: string; value?: string }[] }[];
  };
  const predicates = segmentFilters?.flatMap((filter) => filter.predicates) ?? [];
  const ended = predicates.find(({ dimension }) => dimension === 'segmentEnd')?.value;
  const [from = '', to = ''] = (ended ?? interval).split('/');
  return Date.parse(to) - Date.parse(from);
}
