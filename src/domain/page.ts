/** What an answer holds of a list that comes in pages. */
export interface Page {
  /** Undefined where the answer leaves the list out, or says null. */
  readonly list: readonly unknown[] | undefined;
  /** How many elements the whole list has, as far as the answer says; approximate. */
  readonly total: number | undefined;
}

/** What is known of a list while it is read. */
export interface PageContext {
  /** Elements before the page asked for. */
  readonly read: number;
  /** The latest total in any answer. */
  readonly lastTotal: number | undefined;
  /** Answers without an element to this very request in a row, this one included. */
  readonly empties: number;
  /** Elements on a full page. */
  readonly pageSize: number;
}

type PageVerdict =
  /** Elements have come. */
  | 'list'
  /** The list has been read to its end. */
  | 'end'
  /** The answer proves nothing: the same request is repeated after a pause. */
  | 'again'
  /** More is missing of the total than an approximation explains: the list has not been read. */
  | 'incomplete';

/** Empty answers in a row after which a list counts as ended, unless too much is missing. */
const MAX_EMPTIES = 3;

/**
 * Judges a page of a list.
 *
 * Genesys leaves a list out where there is nothing, and so does everything that answers in its place. An
 * empty page is therefore the end at once only where the answer's own total says so, and the total before it
 * did not promise more than another page. Where the total says that more is to come, or where there is no
 * total, the page is asked for again. The third empty answer in a row is believed, because totals are
 * approximate and an empty organisation may never give one. It is not believed if more than a page and more
 * than a tenth of the total would be missing. A total of fewer elements than have come is ignored.
 */
export function judgePage({ list, total }: Page, { read, lastTotal, empties, pageSize }: PageContext): PageVerdict {
  if (list !== undefined && list.length > 0) return 'list';
  // NaN, of which no comparison is true, where the answer has no total.
  const told = Number(total);
  if (told <= read && missingBy(lastTotal, read) <= pageSize) return 'end';
  if (empties < MAX_EMPTIES) return 'again';
  const expected = told >= read ? told : lastTotal;
  const missing = missingBy(expected, read);
  return missing <= pageSize || missing <= (expected ?? 0) / 10 ? 'end' : 'incomplete';
}

function missingBy(total: number | undefined, read: number): number {
  return total === undefined ? 0 : Math.max(0, total - read);
}

/** A count in an answer; undefined for everything else. */
export function countOf(value: unknown): number | undefined {
  // False for everything that is not a number.
  return Number.isFinite(value) && (value as number) >= 0 ? (value as number) : undefined;
}
