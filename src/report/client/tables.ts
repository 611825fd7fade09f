import type { Counted, Mark, PageData } from '../page-data.ts';
import { element } from './dom.ts';
import { duration, number, time } from './format.ts';
import { MARKS } from './marks.ts';
import { totalOf } from './plots.ts';

type Cell = string | number;

/** A longer text may be broken anywhere, characters. */
const LONGEST_WORD = 30;

/** A table with its heading. Without rows it says so in a sentence. */
function section(title: string, heads: readonly string[], rows: readonly (readonly Cell[])[], none: string, more = 0) {
  const heading = element('h2', '', title);
  if (rows.length === 0) return element('section', 'table', heading, element('p', 'none', none));
  const head = element('tr', '', ...heads.map((text) => headCell(text)));
  const body = rows.map((row) =>
    element(
      'tr',
      '',
      ...row.map((cell) => element('td', textOf(cell).length > LONGEST_WORD ? 'long' : '', textOf(cell))),
    ),
  );
  const table = element('table', '', element('thead', '', head), element('tbody', '', ...body));
  const scroll = element('div', 'scroll', table);
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'region');
  scroll.setAttribute('aria-label', title);
  const rest = more > 0 ? [element('p', 'none', `${number(more)} older ones are not shown.`)] : [];
  return element('section', 'table', heading, scroll, ...rest);
}

function headCell(text: string): HTMLElement {
  const cell = element('th', '', text);
  cell.scope = 'col';
  return cell;
}

function textOf(cell: Cell): string {
  return typeof cell === 'number' ? number(cell) : cell;
}

/** Everything below the plots, for these pollers. */
export function tablesOf(data: PageData, pollers: readonly string[]): readonly HTMLElement[] {
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
    section(
      'Failures',
      [...whoHead, 'code', 'times', 'first (UTC)', 'last (UTC)', 'what it said last, and what to do'],
      counted(data.failures),
      'None.',
    ),
    section(
      'Gaps',
      ['from (UTC)', 'to (UTC)', 'length', ...whoHead, 'stream', 'message'],
      gaps.map(({ from, to, poller, stream, text }) => [
        ...[time(from), time(to), duration((to - from) / 1_000), ...who(poller), stream, text],
      ]),
      'None: no period was skipped.',
      data.gaps.count - data.gaps.items.length,
    ),
    section(
      'Dead letters by reason',
      [...whoHead, 'kind of reason', 'times', 'first (UTC)', 'last (UTC)', 'the last one'],
      counted(data.deadLetters),
      'None.',
    ),
    section(
      'Configuration',
      markHeads,
      marked(data.configuration.items),
      'Not changed.',
      data.configuration.count - data.configuration.items.length,
    ),
    section(
      'Starts, stops and other marks',
      markHeads,
      marked(data.marks.items),
      'None.',
      data.marks.count - data.marks.items.length,
    ),
  ];
}

/** Figures one below the other: a stream's are a column, which fits on paper. */
function totals({ series, pollers: all }: PageData, pollers: readonly string[]): HTMLElement {
  const shown = series.filter(({ poller, stream }) => stream !== '' && pollers.includes(poller));
  const names = shown.map(({ poller, stream }) => (all.length > 1 ? `${stream} · ${poller}` : stream));
  const rows = TOTALS.map(([label, name]) => [label, ...shown.map((one) => totalOf([one], name))]);
  const lags = shown.map(({ peaks }) => Math.max(0, ...(peaks.lagSeconds ?? []).map((value) => value ?? 0)));
  const figures = shown.length === 0 ? [] : [...rows, ['largest lag', ...lags.map(duration)]];
  return section('Totals', ['', ...names], figures, 'The log shows no cycle of this poller.');
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
