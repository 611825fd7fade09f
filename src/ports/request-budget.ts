/** How much of its request budget a process uses, and how long the source throttles it. */
export interface RequestBudgetUse {
  /** The share of the budget, 0 to 1, that the requests of the last minute took. */
  share(): number;
  /**
   * For how long, in all, the source has held requests back because it throttles, milliseconds. It only
   * grows: what a cycle was held up is the difference between its end and its beginning.
   */
  throttledMs(): number;
}
