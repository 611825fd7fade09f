import type { View } from './world.ts';

const DAY = 86_400_000;

/** The body of a query, as far as this world answers it. */
export interface QueryParams {
  readonly interval: string;
  readonly orderBy: string;
  readonly order: string;
  readonly paging: { readonly pageNumber: number; readonly pageSize: number };
  readonly conversationFilters?: readonly Filter[];
  readonly segmentFilters?: readonly Filter[];
}
interface Filter {
  readonly type: string;
  readonly predicates: readonly Predicate[];
}
interface Predicate {
  readonly dimension: string;
  readonly operator: string;
  readonly value?: string;
}

/** Reads a query. What this world does not know is an error: better than an answer that only looks right. */
export function parseQuery(body: string): QueryParams {
  const query = JSON.parse(body) as QueryParams;
  if (query.orderBy !== 'conversationStart' || query.order !== 'asc') throw new Error('this world knows one order');
  return query;
}

/**
 * What the near-real-time query selects: by the UTC day on which a conversation started first of all, then by
 * the filters.
 */
export function selectionOf(query: QueryParams): (view: View) => boolean {
  const [from, to] = spanOf(query.interval);
  const [firstDay, pastLastDay] = [Math.floor(from / DAY) * DAY, Math.ceil(to / DAY) * DAY];
  const passes = filterOf(query);
  return (view) => view.story.start >= firstDay && view.story.start < pastLastDay && passes(view);
}

/** What a job selects: every conversation that was alive in the interval, then by the filters. */
export function aliveIn(query: QueryParams): (view: View) => boolean {
  const [from, to] = spanOf(query.interval);
  const passes = filterOf(query);
  return (view) => view.story.start < to && view.end >= from && passes(view);
}

/** The query in words, for the trace. */
export function wordsOf({ interval, segmentFilters, conversationFilters }: QueryParams): string {
  const began = conversationFilters?.[0]?.predicates.some(({ dimension }) => dimension === 'conversationStart');
  const kind = segmentFilters ? 'what ended in' : began ? 'what began in' : 'for';
  return `${kind} ${interval.replaceAll(/\d{4}-\d\d-\d\dT/g, '')}`;
}

function filterOf(query: QueryParams): (view: View) => boolean {
  const filters = [...(query.conversationFilters ?? []), ...(query.segmentFilters ?? [])];
  if (filters.some(({ type }) => type !== 'and')) throw new Error('this world knows filters of type `and` only');
  const tests = filters.flatMap(({ predicates }) => predicates.map(testOf));
  return (view) => tests.every((test) => test(view));
}

function testOf({ dimension, operator, value = '' }: Predicate): (view: View) => boolean {
  const [from, to] = spanOf(value);
  switch (`${dimension} ${operator}`) {
    case 'originatingDirection matches':
      return () => value === 'outbound';
    case 'conversationStart matches':
      return ({ story }) => story.start >= from && story.start < to;
    case 'conversationEnd notExists':
      return ({ end }) => end === Number.POSITIVE_INFINITY;
    case 'segmentEnd matches':
      return ({ segmentEnds }) => segmentEnds.some((end) => end >= from && end < to);
    default:
      throw new Error(`this world does not know ${dimension} ${operator}`);
  }
}

/** Both ends are NaN for what is no interval. */
function spanOf(interval: string): readonly [number, number] {
  const [from = '', to = ''] = interval.split('/');
  return [Date.parse(from), Date.parse(to)];
}
