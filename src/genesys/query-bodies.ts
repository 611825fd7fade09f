import { formatInstant } from '../domain/instant.ts';
import { type PagePosition, pageNumber } from '../domain/page-size.ts';
import type { Scope } from '../domain/selection.ts';
import { halve, type Window } from '../domain/window.ts';

/** The parameters of a query; all times in epoch milliseconds. */
export interface QueryParams {
  readonly window: Window;
  readonly scope: Scope;
  /** How long before the window a conversation may have started, milliseconds. */
  readonly lookback: number;
  /** Only conversations that started in this span; absent: whenever they did. */
  readonly starts?: Window;
}

/** A way of asking for the conversations of a window. */
export interface Query {
  readonly body: (params: QueryParams, page: PagePosition) => unknown;
  /**
   * Queries that together find the same, `count` of them or fewer; none if this one cannot be partitioned.
   */
  readonly partition: (params: QueryParams, count: number) => readonly QueryParams[];
  /**
   * Queries that together find the same, each of them less work for Genesys. They cover pieces of the window,
   * or of the starts where the window is short. None if this one cannot be lighter.
   */
  readonly lighter: (params: QueryParams, count: number) => readonly QueryParams[];
  /** Whether the partitions are disjoint, so that sending them in parallel reads nothing twice. */
  readonly arePartsDisjoint: boolean;
}

/**
 * The queries that together find what changed in a window. Genesys knows no "modified since", and its
 * interval selects by the day a conversation started on. So one query finds every conversation in which
 * something ended in the window, if it began within `lookback`. The other finds those that began in the
 * window and are still alive, in which nothing may have ended yet.
 *
 * What the first query finds only grows, ordered by start. As long as pages are read one after the other, a
 * page that shifts only repeats a conversation. If pages were read in parallel, a conversation could move
 * from an unread page onto one already read. So the queries that run in parallel cover different spans of
 * starts, and the pages of one query follow one another.
 *
 * The second query also loses conversations that end while it is read, and then the next page begins too far
 * on. What is missed there is alive: when something ends in it, the first query finds it. Its events are then
 * late, never lost.
 */
export const CHANGES: readonly Query[] = [
  {
    body: endedInWindow,
    partition: (params, count) => startingIn(params, startsOf(params, count)),
    lighter: endingInPieces,
    arePartsDisjoint: true,
  },
  {
    body: begunInWindow,
    partition: (params, count) => startingIn(params, subWindows(params.starts ?? params.window, count)),
    // What began in a piece and is alive was active in it, so the interval may be as short.
    lighter: (params, count) =>
      subWindows(params.starts ?? params.window, count).map((window) => ({ ...params, window, starts: window })),
    arePartsDisjoint: true,
  },
];

/**
 * The plain query: whatever Genesys counts to the interval. Both halves of a window may hold what started on
 * its day.
 */
export const INTERVAL: readonly Query[] = [
  {
    body: inInterval,
    partition: (params) => (halve(params.window) ?? []).map((window) => ({ ...params, window })),
    lighter: (params, count) => subWindows(params.window, count).map((window) => ({ ...params, window })),
    arePartsDisjoint: false,
  },
];

function startingIn(params: QueryParams, spans: readonly Window[]): readonly QueryParams[] {
  return spans.map((starts) => ({ ...params, starts }));
}

/** Pieces of the window, each looking back as far as the whole did. */
function endingInPieces(params: QueryParams, count: number): readonly QueryParams[] {
  const windows = subWindows(params.window, count);
  if (windows.length === 0) return startingIn(params, startsOf(params, count));
  const earliest = params.window.start - params.lookback;
  return windows.map((window) => ({ ...params, window, lookback: window.start - earliest }));
}

function startsOf({ starts, ...params }: QueryParams, count: number): readonly Window[] {
  return starts ? subWindows(starts, count) : aroundStart(params, count);
}

/**
 * Most of what ended in a window began in it too. The rest may have begun at any time since the start of the
 * first day.
 */
function aroundStart({ window, lookback }: QueryParams, count: number): readonly Window[] {
  const before = { start: window.start - lookback - DAY, end: window.start + SEAM };
  const within = { start: window.start, end: window.end + SEAM };
  const parts = subWindows(within, Math.max(2, count - 1));
  return [before, ...(parts.length > 0 ? parts : [within])];
}

const DAY = 86_400_000;
/** Genesys does not document whether the ends of a span belong to it, so neighbours share a second. */
const SEAM = 1_000;
const MIN_SPAN_MS = 4 * SEAM;

/** Sub-windows that together cover the span, each shorter than it; none if it is too short. */
function subWindows({ start, end }: Window, count: number): readonly Window[] {
  const length = Math.max(MIN_SPAN_MS / 2, Math.ceil((end - start) / count));
  if (end - start < MIN_SPAN_MS) return [];
  return Array.from({ length: Math.ceil((end - start) / length) }, (_, index) => ({
    start: start + index * length,
    end: Math.min(end, start + (index + 1) * length + SEAM),
  }));
}

function endedInWindow({ window, scope, lookback, starts }: QueryParams, page: PagePosition) {
  return bodyOf({ start: window.start - lookback, end: window.end }, page, {
    conversation: [...scopePredicates(scope), ...(starts ? [matches('conversationStart', spanOf(starts))] : [])],
    segment: [matches('segmentEnd', spanOf(window))],
  });
}

function begunInWindow({ window, scope, starts = window }: QueryParams, page: PagePosition) {
  return bodyOf(window, page, {
    conversation: [
      ...scopePredicates(scope),
      matches('conversationStart', spanOf(starts)),
      { type: 'dimension', dimension: 'conversationEnd', operator: 'notExists' },
    ],
    segment: [],
  });
}

function inInterval({ window, scope }: QueryParams, page: PagePosition) {
  return bodyOf(window, page, { conversation: scopePredicates(scope), segment: [] });
}

/** The body of a job over the data lake, whose interval selects every conversation that was alive in it. */
export function jobBody(window: Window, scope: Scope) {
  const predicates = scopePredicates(scope);
  return { ...inOrderOfStart(window), ...(predicates.length > 0 && { conversationFilters: allOf(predicates) }) };
}

/**
 * No filter can ask for the scope `campaign`, which is a property of some session. Segment predicates must
 * all hold on one segment, and the segment that ended in the window need not be the dialer's. So the scope is
 * applied after reading.
 */
function scopePredicates(scope: Scope): readonly unknown[] {
  return scope === 'outbound' ? [matches('originatingDirection', 'outbound')] : [];
}

function matches(dimension: string, value: string) {
  return { type: 'dimension', dimension, operator: 'matches', value };
}

function bodyOf(
  interval: Window,
  page: PagePosition,
  predicates: { readonly conversation: readonly unknown[]; readonly segment: readonly unknown[] },
) {
  return {
    ...inOrderOfStart(interval),
    paging: { pageSize: page.size, pageNumber: pageNumber(page) },
    ...(predicates.conversation.length > 0 && { conversationFilters: allOf(predicates.conversation) }),
    ...(predicates.segment.length > 0 && { segmentFilters: allOf(predicates.segment) }),
  };
}

function inOrderOfStart(interval: Window) {
  return { interval: spanOf(interval), order: 'asc', orderBy: 'conversationStart' };
}

function allOf(predicates: readonly unknown[]) {
  return [{ type: 'and', predicates }];
}

function spanOf({ start, end }: Window): string {
  return `${formatInstant(start)}/${formatInstant(end)}`;
}
