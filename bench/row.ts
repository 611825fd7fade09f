import { ratiosOf, verdictOf } from './verdict.ts';

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  /** What each run came to. */
  readonly runs: readonly number[];
  /** Decimals worth printing. */
  readonly digits?: number;
  /** What another side came to in the same run, in turns. A bound is then one on the ratio. */
  readonly against?: { readonly name: string; readonly runs: readonly number[] };
  readonly bound?: Bound;
}

export type Bound = { readonly atLeast: number } | { readonly atMost: number };

/** The middle one; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] =
    sorted.length % 2 === 1 ? sorted.slice(middle) : sorted.slice(middle - 1);
  return sorted.length % 2 === 1 ? low : (low + high) / 2;
}

/** A table in Markdown, that can be read as it stands. */
export function tableOf(rows: readonly Row[]): string {
  const head = ['measured', 'median', 'min – max', 'runs', 'against', 'its median', 'ratio', 'bound', ''];
  const cells = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0), 3));
  const [first = '', ...others] = cells.map(
    (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  return [first, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...others].join('\n');
}

function cellsOf(row: Row): readonly string[] {
  const { what, unit, runs, digits = 0, against, bound } = row;
  const number = (value: number, decimals = digits) => value.toLocaleString('en', { maximumFractionDigits: decimals });
  const range = (values: readonly number[], decimals?: number) =>
    values.length > 1 ? `${number(Math.min(...values), decimals)} – ${number(Math.max(...values), decimals)}` : '';
  const ratios = ratiosOf(row);
  const verdict = verdictOf(row);
  return [
    what,
    `${number(median(runs))}${unit && ` ${unit}`}`,
    range(runs),
    String(runs.length),
    against?.name ?? '',
    against ? number(median(against.runs)) : '',
    against ? `× ${number(median(ratios), 2)} (${range(ratios, 2)})` : '',
    bound ? boundText(bound, against !== undefined, (value) => number(value, against ? 2 : digits)) : '',
    verdict === 'not met' ? '**not met**' : (verdict ?? ''),
  ];
}

function boundText(bound: Bound, isRatio: boolean, number: (value: number) => string): string {
  const times = isRatio ? '× ' : '';
  return 'atLeast' in bound ? `≥ ${times}${number(bound.atLeast)}` : `≤ ${times}${number(bound.atMost)}`;
}
