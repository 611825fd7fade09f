import { formatInstant } from '../domain/instant.ts';
import type { Scope } from '../domain/selection.ts';
import type { Window } from '../domain/window.ts';

/** Conversations on a page; the most Genesys gives. */
export const PAGE_SIZE = 100;

/** What a query asks for; all times in epoch milliseconds. */
export interface Question {
  readonly window: Window;
  readonly scope: Scope;
  /** How long before the window a conversation may have started, milliseconds. */
  readonly lookback: number;
}

/** Makes the body of one page of a query; `page` counts from 1. */
export type Query = (question: Question, page: number) => unknown;

/**
 * The queries that together find what changed in a window. Genesys knows no "modified since", and its interval selects
 * by the day a conversation started on. So one query finds every conversation in which something ended in the window,
 * however long ago within `lookback` it began; the other finds those that began in the window and are still alive, in
 * which nothing needs to have ended yet.
 *
 * What the first finds only grows, in the order of its start: a page that shifts repeats a conversation. The second also
 * loses those that end while it is read, and then the next page begins further on than it should. What slips through there
 * is alive: when something ends in it, the first query finds it, and its events are only later for that.
 */
export const CHANGES: readonly Query[] = [endedInWindow, begunInWindow];

/** The plain query: whatever Genesys counts to the interval. */
export const INTERVAL: readonly Query[] = [inInterval];

function endedInWindow({ window, scope, lookback }: Question, page: number) {
  return bodyOf({ start: window.start - lookback, end: window.end }, page, {
    conversation: scopePredicates(scope),
    segment: [matches('segmentEnd', spanOf(window))],
  });
}

function begunInWindow({ window, scope }: Question, page: number) {
  return bodyOf(window, page, {
    conversation: [
      ...scopePredicates(scope),
      matches('conversationStart', spanOf(window)),
      { type: 'dimension', dimension: 'conversationEnd', operator: 'notExists' },
    ],
    segment: [],
  });
}

function inInterval({ window, scope }: Question, page: number) {
  return bodyOf(window, page, { conversation: scopePredicates(scope), segment: [] });
}

/** The body of a job over the data lake, whose interval selects every conversation that was alive in it. */
export function jobBody(window: Window, scope: Scope) {
  const predicates = scopePredicates(scope);
  return { ...inOrderOfStart(window), ...(predicates.length > 0 && { conversationFilters: allOf(predicates) }) };
}

/**
 * `campaign` is a property of some session, which no filter can ask for here: segment predicates would have to hold together on
 * one segment, and the one that ended in the window need not be the dialer's. It is told apart after reading.
 */
function scopePredicates(scope: Scope): readonly unknown[] {
  return scope === 'outbound' ? [matches('originatingDirection', 'outbound')] : [];
}

function matches(dimension: string, value: string) {
  return { type: 'dimension', dimension, operator: 'matches', value };
}

function bodyOf(
  interval: Window,
  page: number,
  predicates: { readonly conversation: readonly unknown[]; readonly segment: readonly unknown[] },
) {
  return {
    ...inOrderOfStart(interval),
    paging: { pageSize: PAGE_SIZE, pageNumber: page },
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
