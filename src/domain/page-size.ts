/** Conversations on a page: the most that Genesys gives, and what is asked for where pages are too much. Each size divides the one before. */
const SIZES = [100, 50, 25, 5, 1] as const;
export type PageSize = (typeof SIZES)[number];

export const LARGEST_PAGE: PageSize = SIZES[0];

/** The next smaller size; undefined for a page of one. */
export function smallerPage(size: PageSize): PageSize | undefined {
  return SIZES[SIZES.indexOf(size) + 1];
}

/** Where a listing stands: the next page has this size and begins after `offset` elements. */
export interface PagePosition {
  readonly offset: number;
  readonly size: PageSize;
}

/** The number of the page at this position, from 1. */
export function pageNumber({ offset, size }: PagePosition): number {
  return offset / size + 1;
}

/**
 * The position from which the listing continues with pages of another size. Genesys may give fewer elements than were asked for, so
 * that pages are shorter than their numbers suggest: what was received counts, and some of it is read again. A
 * repetition is harmless, an omission is not.
 */
export function resized({ offset }: PagePosition, received: number, size: PageSize): PagePosition {
  return { offset: Math.floor(Math.min(offset, received) / size) * size, size };
}

/** After a page was read: the next one, at the next larger size where that repeats nothing. */
export function nextPage({ offset, size }: PagePosition, received: number): PagePosition {
  const next = { offset: offset + size, size };
  const larger = SIZES[SIZES.indexOf(size) - 1];
  if (larger === undefined) return next;
  const grown = resized(next, received, larger);
  return grown.offset === next.offset ? grown : next;
}
