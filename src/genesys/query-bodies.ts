import { formatInstant } from '../domain/instant.ts';
import { type PagePosition, pageNumber } from '../domain/page-size.ts';
import type { Scope } from '../domain/selection.ts';
import { halve, type Window } from '../domain/window.ts';

/** What a query asks for; all times in epoch milliseconds. */
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
   * Questions that together ask for the same, `count` of them or fewer; none if the question is as narrow as
   * it can be.
   */
  readonly partition: (params: QueryParams, count: number) => readonly QueryParams[];
  /**
   * Questions that together ask for the same, each of them less work for Genesys: over pieces of the window,
   * and of starts where the window is short; none if the question is as light as it can be.
   */
  readonly lighter: (params: QueryParams, count: number) => readonly QueryParams[];
  /**
   * Whether the narrower questions share nothing between them, so that asking them side by side costs no
   * request twice.
   */
  readonly partitions: boolean;
}

/**
 * The queries that together find what changed in a window. Genesys knows no "modified since", and its
 * interval selects by the day a conversation started on. So one query finds every conversation in which
 * something ended in the window, however long ago within `lookback` it began; the other finds those that
 * began in the window and are still alive, in which nothing needs to have ended yet.
 *
 * What the first finds only grows, in the order of its start: a page that shifts repeats a conversation, as
 * long as pages are read one after the other. Read side by side, a conversation could slip from a page not
 * yet read onto one that was; so what is asked side by side is one question for each span of starts, and
 * pages of one question follow one another.
 *
 * The second also loses those that end while it is read, and then the next page begins further on than it
 * should. What slips through there is alive: when something ends in it, the first query finds it, and its
 * events are only later for that.
 */
export const CHANGES: readonly Query[] = [
  {
    body: endedInWindow,
    partition: (params, count) => startingIn(params, startsOf(params, count)),
    lighter: endingInPieces,
    partitions: true,
  },
  {
    body: begunInWindow,
    partition: (params, count) => startingIn(params, pieces(params.starts ?? params.window, count)),
    // What began in a piece and is alive was active in it: the interval may be as short.
    lighter: (params, count) =>
      pieces(params.starts ?? params.window, count).map((window) => ({ ...params, window, starts: window })),
    partitions: true,
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
    lighter: (params, count) => pieces(params.window, count).map((window) => ({ ...params, window })),
    partitions: false,
  },
];

function startingIn(params: QueryParams, spans: readonly Window[]): readonly QueryParams[] {
  return spans.map((starts) => ({ ...params, starts }));
}

/** Pieces of the window, each looking back as far as the whole did. */
function endingInPieces(params: QueryParams, count: number): readonly QueryParams[] {
  const windows = pieces(params.window, count);
  if (windows.length === 0) return startingIn(params, startsOf(params, count));
  const earliest = params.window.start - params.lookback;
  return windows.map((window) => ({ ...params, window, lookback: window.start - earliest }));
}

function startsOf({ starts, ...params }: QueryParams, count: number): readonly Window[] {
  return starts ? pieces(starts, count) : aroundStart(params, count);
}

/**
 * Most of what ended in a window began in it too; what did not may have begun at any time of the first day
 * asked about.
 */
function aroundStart({ window, lookback }: QueryParams, count: number): readonly Window[] {
  const before = { start: window.start - lookback - DAY, end: window.start + SEAM };
  const within = { start: window.start, end: window.end + SEAM };
  const parts = pieces(within, Math.max(2, count - 1));
  return [before, ...(parts.length > 0 ? parts : [within])];
}

const DAY = 86_400_000;
/** Whether the ends of a span belong to it is not documented: neighbours share a second. */
const SEAM = 1_000;
const SHORTEST_PIECE = 4 * SEAM;

/** Pieces that together cover the span, and are shorter than it; none if it is too short for that. */
function pieces({ start, end }: Window, count: number): readonly Window[] {
  const length = Math.max(SHORTEST_PIECE / 2, Math.ceil((end - start) / count));
  if (end - start < SHORTEST_PIECE) return [];
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
 * `campaign` is a property of some session, which no filter can ask for here: segment predicates would have
 * to hold together on one segment, and the one that ended in the window need not be the dialer's. It is told
 * apart after reading.
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
