/**
 * Conversations on a page: the most that Genesys gives, and what is asked for where pages are too much. Each
 * size divides the one before.
 */
const SIZES = [100, 50, 25, 5, 1] as const;
export type PageSize = (typeof SIZES)[number];

export const MAX_PAGE_SIZE: PageSize = SIZES[0];

/** The next smaller size; undefined for a page of one. */
export function smallerPage(size: PageSize): PageSize | undefined {
  return SIZES[SIZES.indexOf(size) + 1];
}

/** The smallest page that holds so many elements, the largest page at most. */
export function smallestPage(elements: number): PageSize {
  return SIZES.findLast((size) => size >= elements) ?? MAX_PAGE_SIZE;
}

/** The position in a list: the next page has this size and begins after `offset` elements. */
export interface PagePosition {
  readonly offset: number;
  readonly size: PageSize;
}

/** The number of the page at this position, from 1. */
export function pageNumber({ offset, size }: PagePosition): number {
  return offset / size + 1;
}

/**
 * After a page was read: the next one, at the next larger size where a page of that size begins there and is
 * no larger than `largest`. While pages are full, so that Genesys heeds the size, none of this repeats or
 * leaves out an element.
 */
export function nextPage({ offset, size }: PagePosition, largest: PageSize): PagePosition {
  const next = offset + size;
  const larger = SIZES[SIZES.indexOf(size) - 1] ?? size;
  return { offset: next, size: larger <= largest && next % larger === 0 ? larger : size };
}

/**
 * The page with which a list is read on after `received` different elements, where pages were not full. They
 * do not begin where their numbers say then: Genesys may give fewer elements than were asked for, or leave
 * some out. Whichever it does, this page begins no further on than what was received: a repetition is
 * harmless, an omission is not.
 */
export function pageAfter(received: number, size: PageSize): PagePosition {
  return { offset: received - (received % size), size };
}
