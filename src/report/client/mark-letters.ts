import type { MarkKind } from '../page-data.ts';

/** A letter for each kind of mark, and what it means. */
export const MARKS: Readonly<Record<MarkKind, readonly [letter: string, meaning: string]>> = {
  start: ['S', 'start'],
  stop: ['E', 'end'],
  reload: ['R', 'configuration reloaded'],
  rejected: ['X', 'configuration rejected'],
  clock: ['C', 'clock stepped or skewed'],
  lease: ['L', 'lease lost or released'],
  gap: ['G', 'gap'],
};
