/**
 * Conversations on a page: the most that Genesys gives, and what is asked for where pages are too much. Each
 * size divides the one before.
 */
const SIZES = [100, 50, 25, 5, 1] as const;
export type PageSize = (typeof SIZES)[number];

export const LARGEST_PAGE: PageSize = SIZES[0];

/** The next smaller size; undefined for a page of one. */
export function smallerPage(size: PageSize): PageSize | undefined {
  return SIZES[SIZES.indexOf(size) + 1];
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
 * After a page was read: the next one, at the next larger size where a page of that size begins there. While
 * pages were `full`, so that Genesys heeds the size, none of this repeats or leaves out an element.
 */
export function nextPage({ offset, size }: PagePosition, full: boolean): PagePosition {
  const next = offset + size;
  const larger = SIZES[SIZES.indexOf(size) - 1] ?? size;
  return { offset: next, size: full && next % larger === 0 ? larger : size };
}

/**
 * The position from which a list is read on with smaller pages. Where a page was not full, Genesys may have
 * given fewer elements than were asked for, and pages do not begin where their numbers say. The list is then
 * read from its beginning: a repetition is harmless, an omission is not.
 */
export function shrunk({ offset }: PagePosition, size: PageSize, full: boolean): PagePosition {
  return { offset: full ? offset : 0, size };
}
