import { LRUCache } from 'lru-cache';
import { type Filters, readFilters } from './filters.ts';
import { type Inquiry, jsonObject, Refusal, type Reply, type Route, wholeNumber } from './http.ts';
import { DAY, type Interval, parseInterval, touchedDays } from './interval.ts';
import { type Recording, stepsShown } from './recording.ts';
import { livesIn, type RecordView, timeOf, viewOf } from './view.ts';
import type { World } from './world.ts';

/** What is unknown of the real query: the poller has to be right either way. */
export interface DetailsQueryOptions {
  /**
   * Whether a conversation that began on a touched day, but did nothing within the interval, is returned.
   * Default true.
   */
  readonly returnsInactive?: boolean;
  /** What `totalHits` says of a number of hits. Default: three per cent too few. */
  readonly totalHits?: (hits: number) => number;
}

/** Paging never reaches further than this many results. */
const MOST_RESULTS = 100_000;
const MOST_PER_PAGE = 100;

/** A query's hits, and how long they stay what they are unless the clock goes back. */
interface Selection {
  readonly edition: number;
  readonly from: number;
  readonly until: number;
  readonly recordings: readonly (() => Recording)[];
}

/**
 * POST /api/v2/analytics/conversations/details/query: conversations that started on a UTC day touched by the
 * interval and pass the filters, as they show at this time, page by page.
 */
export function detailsQueryRoutes(
  world: World,
  now: () => number,
  options: DetailsQueryOptions = {},
): readonly Route[] {
  const totalHits = options.totalHits ?? ((hits: number) => Math.round(hits * 0.97));
  const returnsInactive = options.returnsInactive ?? true;
  // A reader pages through some queries side by side.
  const selections = new LRUCache<string, Selection>({ max: 32 });

  const handle = (inquiry: Inquiry): Reply => {
    const body = jsonObject(inquiry.body);
    const { paging, ...query } = body;
    const interval = parseInterval(body.interval, 'interval');
    const filters = readFilters(body);
    const sorting = readSorting(body);
    const { pageSize, pageNumber } = readPaging(paging);
    refuseLong(interval, filters.any);

    const time = now();
    const key = JSON.stringify(query);
    let selection = selections.get(key);
    if (selection?.edition !== world.edition || time < selection.from || time >= selection.until) {
      const fresh = select(world, time, interval, filters, sorting, returnsInactive);
      selection = { edition: world.edition, from: time, ...fresh };
      selections.set(key, selection);
    }
    const hits = selection.recordings;
    const conversations = hits.slice((pageNumber - 1) * pageSize, pageNumber * pageSize).map((recording) => {
      const shown = recording();
      return shown.recordAfter(stepsShown(shown, time));
    });
    return {
      status: 200,
      json: { ...(conversations.length > 0 && { conversations }), totalHits: totalHits(hits.length) },
    };
  };
  return [
    {
      method: 'POST',
      path: /^\/api\/v2\/analytics\/conversations\/details\/query$/,
      permission: 'analytics:conversationDetail:view',
      handle,
    },
  ];
}

function select(
  world: World,
  time: number,
  interval: Interval,
  filters: Filters,
  sorting: Sorting,
  returnsInactive: boolean,
): Pick<Selection, 'recordings' | 'until'> {
  const days = touchedDays(interval);
  const { touching } = filters;
  // All times that a record will ever bear lie in its outline: the rest cannot pass, now or later.
  const candidates = world.between(Math.max(days.from, touching.from), Math.min(days.to, touching.to), time);
  const hits: { readonly recording: () => Recording; readonly key: number }[] = [];
  let until = world.nextArrival();
  for (const { recording } of candidates) {
    const recorded = recording();
    const steps = stepsShown(recorded, time);
    until = Math.min(until, recorded.steps[steps]?.visibleAt ?? Number.POSITIVE_INFINITY);
    if (steps === 0) continue;
    const view = viewOf(recorded.recordAfter(steps));
    const startedThen = view.start >= days.from && view.start < days.to;
    if (!startedThen || !(returnsInactive || livesIn(view, interval)) || !filters.test(view)) continue;
    hits.push({ recording, key: sorting.keyOf(view) });
  }
  hits.sort((a, b) => compare(a.key, b.key, sorting.sign));
  return { recordings: hits.map((hit) => hit.recording), until };
}

/** At most 7 days without a filter, 31 with one. */
function refuseLong({ from, to }: Interval, filtered: boolean): void {
  const days = filtered ? 31 : 7;
  if (to - from > days * DAY) {
    throw new Refusal(
      400,
      'bad.request',
      `The interval may not exceed ${days} days ${filtered ? '' : 'without a filter'}`.trim(),
    );
  }
}

function readPaging(paging: unknown): { pageSize: number; pageNumber: number } {
  if (paging !== undefined && (typeof paging !== 'object' || paging === null)) {
    throw new Refusal(400, 'bad.request', 'paging must be an object.');
  }
  const { pageSize, pageNumber } = (paging ?? {}) as Readonly<Record<string, unknown>>;
  const page = {
    pageSize: wholeNumber(pageSize, 'pageSize', 25, 1, MOST_PER_PAGE),
    pageNumber: wholeNumber(pageNumber, 'pageNumber', 1, 1, Number.MAX_SAFE_INTEGER),
  };
  if (page.pageSize * page.pageNumber > MOST_RESULTS) {
    throw new Refusal(400, 'bad.request', `Pagination may not exceed ${MOST_RESULTS} results`);
  }
  return page;
}

interface Sorting {
  readonly sign: 1 | -1;
  keyOf(view: RecordView): number;
}

const SORT_KEYS: Readonly<Record<string, (view: RecordView) => number>> = {
  conversationStart: (view) => view.start,
  conversationEnd: (view) => view.end,
  segmentStart: (view) => first(timesOf(view, 'segmentStart')),
  segmentEnd: (view) => first(timesOf(view, 'segmentEnd').reverse()),
};

function readSorting({ order = 'asc', orderBy = 'conversationStart' }: Readonly<Record<string, unknown>>): Sorting {
  const keyOf = typeof orderBy === 'string' && Object.hasOwn(SORT_KEYS, orderBy) ? SORT_KEYS[orderBy] : undefined;
  if (!keyOf)
    throw new Refusal(400, 'invalid.value', `Value [${String(orderBy)}] is not valid for field type [orderBy].`);
  if (order !== 'asc' && order !== 'desc') {
    throw new Refusal(400, 'invalid.value', `Value [${String(order)}] is not valid for field type [order].`);
  }
  return { sign: order === 'asc' ? 1 : -1, keyOf };
}

/** A time of each segment that has it, in order. */
function timesOf(view: RecordView, name: 'segmentStart' | 'segmentEnd'): number[] {
  const times = view.segments.map(({ segment }) => timeOf(segment[name]));
  return times.filter((time) => !Number.isNaN(time)).sort((a, b) => a - b);
}

function first([time = Number.NaN]: readonly number[]): number {
  return time;
}

/** Conversations without the time they are sorted by come last. */
function compare(a: number, b: number, sign: 1 | -1): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return sign * (a - b);
}
