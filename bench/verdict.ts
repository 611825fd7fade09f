import type { Bound, Row } from './row.ts';

/**
 * `met` and `not met` hold for every run. Where some runs meet a bound and others do not, this machine is too busy
 * to tell: the bench then neither fails nor passes by chance.
 */
export type Verdict = 'met' | 'not met' | 'not measurable here';

/** Fewer runs than this say nothing of the noise between them. */
const ENOUGH = 3;

/**
 * Judges the runs of a row. Undefined where there is no bound. A row without a run is not met.
 *
 * What is compared with another side is judged by the ratio of each run to the run of the other side that
 * came next to it, so that what slows both down for a while is the same in both. What is not compared is a
 * count, a share or a number of bytes: no machine changes it, so one run that breaks the bound is enough.
 */
export function verdictOf(row: Pick<Row, 'runs' | 'against' | 'bound'>): Verdict | undefined {
  const { bound, against, runs } = row;
  if (!bound) return undefined;
  const judged = against ? ratiosOf(row) : runs;
  const kept = judged.filter((value) => keeps(value, bound)).length;
  if (judged.length === 0) return 'not met';
  if (!against) return kept === judged.length ? 'met' : 'not met';
  if (judged.length < ENOUGH) return 'not measurable here';
  if (kept === judged.length) return 'met';
  return kept === 0 ? 'not met' : 'not measurable here';
}

/** Each run divided by the run of the other side that came next to it. */
export function ratiosOf({ runs, against }: Pick<Row, 'runs' | 'against'>): readonly number[] {
  return runs.flatMap((run, n) => {
    const other = against?.runs[n];
    return other === undefined ? [] : run / other;
  });
}

/** Where everything was measured that has a bound, and met: 0. */
export function exitCodeOf(rows: readonly Row[]): number {
  return rows.some((row) => verdictOf(row) === 'not met') ? 1 : 0;
}

function keeps(value: number, bound: Bound): boolean {
  // NaN keeps no bound.
  return 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost;
}
