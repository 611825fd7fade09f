import type { Counted, Mark, PageData } from '../page-data.ts';
import { duration, time } from './format.ts';
import { MARKS } from './mark-letters.ts';
import { totalOf } from './plots.ts';

export type Cell = string | number;

/** A table with its heading. */
export interface Table {
  readonly title: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** A sentence that stands in the place of no rows. */
  readonly none: string;
  /** Older rows that are not shown. */
  readonly more?: number;
}

/** Everything below the plots, for these pollers. */
export function tablesOf(data: PageData, pollers: readonly string[]): readonly Table[] {
  const isMany = data.pollers.length > 1;
  const who = (poller: string): readonly string[] => (isMany ? [poller] : []);
  const whoHead = isMany ? ['poller'] : [];
  const isShown = ({ poller }: { readonly poller: string }) =>
    pollers.includes(poller) || !data.pollers.includes(poller);
  const counted = (rows: readonly Counted[]) =>
    rows
      .filter(isShown)
      .map(({ poller, name, count, first, last, text }) => [
        ...[...who(poller), name, count, time(first), time(last), text],
      ]);
  const marked = (marks: readonly Mark[]) =>
    marks
      .filter(isShown)
      .toReversed()
      .map(({ poller, time: at, kind, stream, host, text }) => [
        ...[time(at), `${MARKS[kind][0]} ${MARKS[kind][1]}`, ...who(poller), host, stream, text],
      ]);
  const markHeads = ['time (UTC)', 'what', ...whoHead, 'host', 'stream', 'message'];
  const gaps = data.gaps.items.filter(isShown).toReversed();
  return [
    totals(data, pollers),
    {
      title: 'Failures',
      heads: [...whoHead, 'code', 'times', 'first (UTC)', 'last (UTC)', 'what it said last, and what to do'],
      rows: counted(data.failures),
      none: 'None.',
    },
    {
      title: 'Gaps',
      heads: ['from (UTC)', 'to (UTC)', 'length', ...whoHead, 'stream', 'message'],
      rows: gaps.map(({ from, to, poller, stream, text }) => [
        ...[time(from), time(to), duration((to - from) / 1_000), ...who(poller), stream, text],
      ]),
      none: 'None: no period was skipped.',
      more: data.gaps.count - data.gaps.items.length,
    },
    {
      title: 'Dead letters by reason',
      heads: [...whoHead, 'kind of reason', 'times', 'first (UTC)', 'last (UTC)', 'the last one'],
      rows: counted(data.deadLetters),
      none: 'None.',
    },
    {
      title: 'Configuration',
      heads: markHeads,
      rows: marked(data.configuration.items),
      none: 'Not changed.',
      more: data.configuration.count - data.configuration.items.length,
    },
    {
      title: 'Starts, stops and other marks',
      heads: markHeads,
      rows: marked(data.marks.items),
      none: 'None.',
      more: data.marks.count - data.marks.items.length,
    },
  ];
}

/** Figures one below the other: a stream's are a column, which fits on paper. */
function totals({ series, pollers: all }: PageData, pollers: readonly string[]): Table {
  const shown = series.filter(({ poller, stream }) => stream !== '' && pollers.includes(poller));
  const names = shown.map(({ poller, stream }) => (all.length > 1 ? `${stream} · ${poller}` : stream));
  const rows = TOTALS.map(([label, name]) => [label, ...shown.map((one) => totalOf([one], name))]);
  const lags = shown.map(({ peaks }) => Math.max(0, ...(peaks.lagSeconds ?? []).map((value) => value ?? 0)));
  return {
    title: 'Totals',
    heads: ['', ...names],
    rows: shown.length === 0 ? [] : [...rows, ['largest lag', ...lags.map(duration)]],
    none: 'The log shows no cycle of this poller.',
  };
}

const TOTALS = [
  ['cycles completed', 'completed'],
  ['cycles failed', 'failed'],
  ['records read', 'conversations'],
  ['events derived', 'derived'],
  ['published', 'published'],
  ['known again', 'duplicates'],
  ['suppressed by the bus', 'suppressed'],
  ['too old', 'tooOld'],
  ['too late', 'tooLate'],
  ['dead letters', 'deadLettered'],
  ['missed by live, found later', 'missed'],
  ['Genesys requests', 'genesysRequests'],
  ['of these answered 429', 'genesysThrottled'],
  ['PutEvents calls', 'putEventsCalls'],
  ['DynamoDB calls', 'dynamoCalls'],
] as const;
