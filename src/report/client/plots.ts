import type { PeakName, SumName } from '../figures.ts';
import type { LeaseSpan } from '../lease-spans.ts';
import type { PageData, SeriesData } from '../page-data.ts';
import { duration, number } from './format.ts';
import { type Column, type Grid, peakColumn, sumColumn } from './grouping.ts';

/** A curve, or bars, of a plot. */
export interface Curve {
  readonly label: string;
  /** What it comes to in the whole log, for the legend. */
  readonly total: string;
  readonly style: Style;
  readonly axis: 'left' | 'right';
  readonly column: (grid: Grid) => Column;
}

/** Distinguished by colour, and without it: by dashes, or as bars. */
export interface Style {
  readonly form: 'line' | 'bars' | 'band';
  readonly colour: string;
  readonly dash: readonly number[];
}

export interface Plot {
  readonly title: string;
  /** What it means, in a sentence. `%` stands for the width of a bar. */
  readonly note: string;
  readonly curves: readonly Curve[];
  readonly left: Axis;
  readonly right?: Axis;
  /** Over the whole width of the page. */
  readonly isWide?: boolean;
}

export interface Axis {
  readonly format: (value: number) => string;
  /** Steps between two of its numbers that people can read. */
  readonly steps: number[];
  /** Names of whole numbers, where the axis has no others. */
  readonly names?: readonly string[];
}

/** 1, 2, 5, 10, … */
const DECIMAL = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power));
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const COUNT: Axis = { format: number, steps: DECIMAL };
const SHARE: Axis = { format: (value) => `${number(value)} %`, steps: DECIMAL };
/** Seconds, written in the largest unit. */
const TIME: Axis = {
  format: duration,
  steps: [
    ...[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30],
    ...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * MINUTE),
    ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
    ...DECIMAL.map((days) => days * DAY),
  ],
};

const SOLID: readonly number[] = [];
const DASHED = [9, 5];
const DOTTED = [2, 4];
const MIXED = [10, 4, 2, 4];
const DASHES = [SOLID, DASHED, DOTTED, MIXED];
const LATE: ReadonlySet<string> = new Set(['reconciliation', 'backfill']);

const line = (n: number): Style => ({ form: 'line', colour: `c${(n % 4) + 1}`, dash: DASHES[n % 4] ?? SOLID });
const bars = (colour: string): Style => ({ form: 'bars', colour, dash: SOLID });

/**
 * The plots of these pollers' streams, in the order in which an operator asks. Those that would be empty are
 * left out. The dashboards in deploy/ have the same titles in the same order.
 */
export function plotsOf(data: PageData, pollers: readonly string[]): readonly Plot[] {
  const all = data.series.filter(({ poller }) => pollers.includes(poller));
  const streams = all.filter(({ stream }) => stream !== '');
  const name = ({ poller, stream }: SeriesData) => (pollers.length > 1 ? `${stream} · ${poller}` : stream);
  const peaks = (of: readonly SeriesData[], figure: PeakName, scale: number): readonly Curve[] =>
    of.flatMap((series, n) => {
      const values = (series.peaks[figure] ?? []).filter((value) => value !== null);
      if (values.length === 0) return [];
      const most = values.reduce((largest, value) => Math.max(largest, value), 0);
      const column = (grid: Grid) => peakColumn(series, figure, grid).map((value) => (value ? value * scale : value));
      return [
        { label: name(series), total: `at most ${duration(most * scale)}`, style: line(n), axis: 'left', column },
      ];
    });
  const sum = (figure: SumName, label: string, style: Style, axis: 'left' | 'right' = 'left'): readonly Curve[] => {
    const total = totalOf(all, figure);
    if (total === 0) return [];
    return [{ label, total: number(total), style, axis, column: (grid) => sumColumn(all, figure, grid) }];
  };

  const plots: readonly Plot[] = [
    {
      title: 'Lag',
      note: 'How far the checkpoint is behind now: everything before it is on the bus.',
      curves: peaks(
        streams.filter(({ stream }) => !LATE.has(stream)),
        'lagSeconds',
        1,
      ),
      left: TIME,
      isWide: true,
    },
    {
      title: 'Events',
      note: 'Per %. Known again are events that were met before and are not published a second time.',
      curves: [
        ...sum('published', 'published', bars('c1')),
        ...sum('suppressed', 'suppressed by the bus', line(2)),
        ...sum('duplicates', 'known again (right axis)', line(1), 'right'),
      ],
      left: COUNT,
      right: COUNT,
      isWide: true,
    },
    {
      title: 'Not published',
      note: 'Per %. Dead letters wait to be redriven; what is too old or too late is skipped.',
      curves: [
        ...sum('deadLettered', 'dead letters', bars('c4')),
        ...sum('tooOld', 'too old', line(1)),
        ...sum('tooLate', 'too late', line(2)),
      ],
      left: COUNT,
    },
    {
      title: 'Failed cycles',
      note: 'Per %. The window of a failed cycle is read again.',
      curves: sum('failed', 'failed cycles', bars('c4')),
      left: COUNT,
    },
    {
      title: 'Found by reconciliation',
      note: 'Per %. Events that reconciliation published because the live stream had missed them.',
      curves: sum('missed', 'missed by live', bars('c3')),
      left: COUNT,
    },
    {
      title: 'Genesys requests',
      note: 'Per %. Throttled is the share of the time in which Genesys made the poller wait.',
      curves: [...sum('genesysRequests', 'requests', bars('c2')), ...throttled(data, all), ...budget(streams, name)],
      left: COUNT,
      right: SHARE,
    },
    {
      title: 'AWS calls',
      note: 'Per %. Retried are entries of PutEvents that EventBridge did not take at first.',
      curves: [
        ...sum('putEventsCalls', 'PutEvents', line(0)),
        ...sum('dynamoCalls', 'DynamoDB', line(1)),
        ...sum('toRetry', 'entries retried', bars('c4')),
      ],
      left: COUNT,
    },
    {
      title: 'Duration of a cycle',
      note: 'The longest cycle of each %.',
      curves: peaks(streams, 'durationMs', 1 / 1_000),
      left: TIME,
    },
    {
      title: 'Reconciliation lag',
      note: 'Hours are normal: it reads what the data lake of Genesys guarantees.',
      curves: peaks(
        streams.filter(({ stream }) => LATE.has(stream)),
        'lagSeconds',
        1,
      ),
      left: TIME,
    },
    leasePlot(data, pollers),
  ];
  return plots.filter(({ curves }) => curves.length > 0);
}

export function totalOf(series: readonly SeriesData[], figure: SumName): number {
  return series.flatMap(({ sums }) => sums[figure] ?? []).reduce((sum, value) => sum + value, 0);
}

/**
 * Streams of a poller wait at the same time: the longest wait of a bucket counts. Cycles' own figure, where
 * there is one.
 */
function throttled({ width, buckets }: PageData, series: readonly SeriesData[]): readonly Curve[] {
  const figure = totalOf(series, 'throttledMs') > 0 ? 'throttledMs' : 'waitMs';
  const ms = Array.from({ length: buckets }, () => 0);
  for (const { at, sums } of series) {
    for (const [n, value] of (sums[figure] ?? []).entries()) {
      const bucket = at[n] ?? 0;
      ms[bucket] = Math.min(width, Math.max(ms[bucket] ?? 0, value));
    }
  }
  const total = ms.reduce((sum, one) => sum + one, 0);
  if (total === 0) return [];
  const column = ({ times, first, factor }: Grid) =>
    times.map((_, n) => {
      const part = ms.slice(Math.max(0, first + n * factor), first + (n + 1) * factor);
      return (part.reduce((sum, one) => sum + one, 0) / (factor * width)) * 100;
    });
  const label = 'throttled (right axis)';
  return [{ label, total: duration(total / 1_000), style: { ...line(3), colour: 'c4' }, axis: 'right', column }];
}

function budget(streams: readonly SeriesData[], name: (series: SeriesData) => string): readonly Curve[] {
  return streams.flatMap((series) => {
    const values = (series.peaks.budgetShare ?? []).filter((value) => value !== null);
    if (values.length === 0) return [];
    const most = values.reduce((largest, value) => Math.max(largest, value), 0);
    const column = (grid: Grid) =>
      peakColumn(series, 'budgetShare', grid).map((value) => (value ? value * 100 : value));
    const label = `budget used, ${name(series)} (right axis)`;
    return [{ label, total: `at most ${number(most * 100)} %`, style: line(0), axis: 'right' as const, column }];
  });
}

/** Hosts one above the other, a band for each stream in the row of the host that holds its lease. */
function leasePlot({ leases, hosts, width, start }: PageData, pollers: readonly string[]): Plot {
  const shown = leases.filter(({ poller }) => pollers.includes(poller));
  const keys = [...new Set(shown.map(({ poller, stream }) => `${stream}\n${poller}`))].sort();
  const curves = keys.map((key, n): Curve => {
    const [stream = '', poller = ''] = key.split('\n');
    const spans = shown.filter((span) => span.stream === stream && span.poller === poller);
    const holders = new Set(spans.map(({ host }) => host)).size;
    const offset = keys.length > 1 ? 0.3 - (0.6 * n) / (keys.length - 1) : 0;
    return {
      label: pollers.length > 1 ? `${stream} · ${poller}` : stream,
      total: `${holders === 1 ? '1 holder' : `${holders} holders`}, taken ${number(spans.length)}×`,
      style: { ...line(n), form: 'band' },
      axis: 'left',
      column: (grid) =>
        leaseColumn(spans, hosts, grid, { width, start }).map((row) => (row === null ? null : row + offset)),
    };
  });
  return {
    title: 'Leases',
    note: 'Which host held the lease of each stream, as far as its log says.',
    curves,
    left: { format: () => '', steps: [1], names: hosts.map((host) => host || 'this log') },
    isWide: true,
  };
}

function leaseColumn(
  spans: readonly LeaseSpan[],
  hosts: readonly string[],
  grid: Grid,
  { width, start }: { readonly width: number; readonly start: number },
): (number | null)[] {
  const column: (number | null)[] = grid.times.map(() => null);
  const placeOf = (time: number) => Math.floor((Math.floor((time - start) / width) - grid.first) / grid.factor);
  for (const { time, until, host } of spans) {
    // A band of at least two points, since one alone would not show.
    const last = Math.max(placeOf(until), placeOf(time) + 1);
    for (let n = Math.max(0, placeOf(time)); n <= last && n < column.length; n++) column[n] = hosts.indexOf(host);
  }
  return column;
}
