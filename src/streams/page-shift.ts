interface PageRead {
  readonly entries: number;
  /** Those of them that had not come before. */
  readonly fresh: number;
  readonly total: number | undefined;
}

/**
 * Whether a page of which all has come before may be the one that was asked for.
 *
 * Entries that arrive while a log is read push others to later pages, and deletion pulls others to earlier
 * ones. Each of them repeats one entry at most, and a page may bring nothing new. But the total then has
 * changed by as many as were repeated. If it has not, a gateway or a cache has answered with another page,
 * and the entries of the right one are missing.
 *
 * Deletion may hide from the total what has arrived. A walk that fails for it is repeated with the next poll.
 */
export class PageShift {
  /** The total with the first page. */
  private first: number | undefined;
  /** Entries that have come again. */
  private repeated = 0;

  /**
   * Notes the next page of a walk. False if the page brings nothing new, and the total does not explain it.
   * On the way to later pages only growth repeats entries, on the way back deletion does so as well.
   */
  explains({ entries, fresh, total = Number.NaN }: PageRead, way: 'onwards' | 'back'): boolean {
    this.first ??= total;
    this.repeated += entries - fresh;
    if (fresh > 0) return true;
    const growth = total - this.first;
    return (way === 'back' ? Math.abs(growth) : growth) >= this.repeated;
  }
}
