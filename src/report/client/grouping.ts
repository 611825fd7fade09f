import type { PeakName, SumName } from '../figures.ts';
import type { PageData, SeriesData } from '../page-data.ts';

/** Buckets drawn side by side at the most; more are put together. Zoomed in, the buckets of the log show. */
const MAX_DRAWN = 240;
/** How many buckets are put together: factors that people can read. */
const FACTORS = [1, 2, 5, 10, 15, 30, 60];
/** A figure that is missing for so many times its usual interval is a gap in its curve. */
const GAP_INTERVALS = 4;

/** A period of the log, in buckets as they are drawn. */
export interface Grid {
  /** Of the first bucket, counted in buckets of the log. */
  readonly first: number;
  /** Buckets of the log in one that is drawn. */
  readonly factor: number;
  /** Where each drawn bucket begins, epoch seconds. */
  readonly times: readonly number[];
}

/** Drawn values: a number, null where a curve ends, undefined where it goes on without one. */
export type Column = (number | null | undefined)[];

export function gridOf({ start, width, buckets }: PageData, from: number, to: number): Grid {
  const low = Math.max(0, Math.floor((from - start) / width));
  const high = Math.min(buckets - 1, Math.floor((to - start) / width));
  const wanted = (high - low + 1) / MAX_DRAWN;
  const factor = FACTORS.find((one) => one >= wanted) ?? Math.ceil(wanted);
  const first = Math.floor(low / factor) * factor;
  const count = Math.floor((high - first) / factor) + 1;
  const times = Array.from({ length: count }, (_, n) => (start + (first + n * factor) * width) / 1_000);
  return { first, factor, times };
}

/** The sum of a figure over these streams, in each drawn bucket; 0 where nothing happened. */
export function sumColumn(series: readonly SeriesData[], name: SumName, grid: Grid): Column {
  const column: number[] = grid.times.map(() => 0);
  for (const { at, sums } of series) {
    const values = sums[name] ?? [];
    for (const [n, value] of values.entries()) {
      const place = placeOf(at[n] ?? 0, grid);
      if (column[place] !== undefined) column[place] += value;
    }
  }
  return column;
}

/** The largest of a figure in each drawn bucket, with a gap where it is missing for long. */
export function peakColumn({ at, peaks }: SeriesData, name: PeakName, grid: Grid): Column {
  const column: Column = grid.times.map(() => undefined);
  for (const [n, value] of (peaks[name] ?? []).entries()) {
    const place = placeOf(at[n] ?? 0, grid);
    if (value !== null && place >= 0 && place < column.length) column[place] = Math.max(value, column[place] ?? 0);
  }
  return withGaps(column);
}

function withGaps(column: Column): Column {
  const known = column.flatMap((value, n) => (typeof value === 'number' ? [n] : []));
  const pauses = known.slice(1).map((n, before) => n - (known[before] ?? n));
  const usual = pauses.toSorted((a, b) => a - b)[pauses.length >> 1] ?? 1;
  for (const [before, pause] of pauses.entries()) {
    if (pause > usual * GAP_INTERVALS) column[(known[before] ?? 0) + 1] = null;
  }
  return column;
}

function placeOf(bucket: number, { first, factor }: Grid): number {
  return Math.floor((bucket - first) / factor);
}
