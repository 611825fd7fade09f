/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  /** What each run came to. */
  readonly runs: readonly number[];
  /** Decimals worth printing. */
  readonly digits?: number;
  /** What the tutorial's way came to in the same run, and which of the two is to be the larger. */
  readonly baseline?: { readonly runs: readonly number[]; readonly better: 'more' | 'fewer' };
  readonly bound?: Bound;
}

export type Bound = { readonly atLeast: number } | { readonly atMost: number } | { readonly below: number };

/** The middle one; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] =
    sorted.length % 2 === 1 ? sorted.slice(middle) : sorted.slice(middle - 1);
  return sorted.length % 2 === 1 ? low : (low + high) / 2;
}

/** Undefined where there is no bound. A row without a run has not met it. */
export function isMet({ runs, bound }: Row): boolean | undefined {
  if (!bound) return undefined;
  const value = median(runs);
  if ('atLeast' in bound) return value >= bound.atLeast;
  return 'atMost' in bound ? value <= bound.atMost : value < bound.below;
}

/** A table in Markdown, that can be read as it stands. */
export function tableOf(rows: readonly Row[]): string {
  const head = ['measured', 'median', 'min – max', 'runs', 'tutorial’s way', 'ratio', 'bound', ''];
  const cells = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0), 3));
  const [first = '', ...others] = cells.map(
    (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  return [first, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...others].join('\n');
}

function cellsOf(row: Row): readonly string[] {
  const { what, unit, runs, digits = 0, baseline } = row;
  const number = (value: number) => value.toLocaleString('en', { maximumFractionDigits: digits });
  const value = median(runs);
  const other = baseline && median(baseline.runs);
  const ratio = baseline && other !== undefined ? ratioOf(value, other, baseline.better) : '';
  const met = isMet(row);
  return [
    what,
    `${number(value)}${unit && ` ${unit}`}`,
    runs.length > 1 ? `${number(Math.min(...runs))} – ${number(Math.max(...runs))}` : '',
    String(runs.length),
    other === undefined ? '' : number(other),
    ratio,
    row.bound ? boundText(row.bound, number) : '',
    met === undefined ? '' : met ? 'met' : '**not met**',
  ];
}

function ratioOf(value: number, other: number, better: 'more' | 'fewer'): string {
  return `${(better === 'more' ? value / other : other / value).toFixed(1)}× ${better}`;
}

function boundText(bound: Bound, number: (value: number) => string): string {
  if ('atLeast' in bound) return `≥ ${number(bound.atLeast)}`;
  return 'atMost' in bound ? `≤ ${number(bound.atMost)}` : `< ${number(bound.below)}`;
}
