import type { PageData } from '../page-data.ts';
import { drawPlot } from './chart.ts';
import { element } from './dom.ts';
import { drawTable } from './draw-table.ts';
import { duration, number, time } from './format.ts';
import { MARKS } from './mark-letters.ts';
import { plotsOf, totalOf } from './plots.ts';
import { tablesOf } from './tables.ts';
import { Zoom } from './zoom.ts';

/** The page: everything on it is made here of the data that stand in it, and put in place as text. */
const ALL = 'all pollers';

const data = JSON.parse(document.getElementById('data')?.textContent ?? '') as PageData;
const zoom = new Zoom(data.start, data.start + data.buckets * data.width, 4 * data.width);
const content = element('div', '');

document.title = `genesys-poller ${time(data.to).slice(0, 16)} UTC`;
document
  .getElementById('report')
  ?.append(header(), element('div', 'tools', ...pollerChoice(), ...zoomButtons(), marksKey()), content, footer());
show(data.pollers);

function show(pollers: readonly string[]): void {
  const plots = element('div', 'plots');
  content.replaceChildren(tiles(pollers), plots, ...tablesOf(data, pollers).map(drawTable));
  plots.append(...plotsOf(data, pollers).map((plot) => drawPlot(plot, data, zoom)));
}

function header(): HTMLElement {
  const { from, to, pollers, hosts } = data;
  const named = hosts.filter((host) => host !== '');
  const about = [
    `${time(from)} – ${time(to)} UTC`,
    pollers.length === 1 ? `poller ${pollers[0]}` : `${pollers.length} pollers`,
    ...(named.length > 0 ? [named.length === 1 ? `host ${named[0]}` : `${named.length} hosts`] : []),
  ];
  return element(
    'header',
    '',
    element('h1', '', 'genesys-eventbridge-poller'),
    element('p', 'about', about.join(' · ')),
    element('div', 'summary', ...data.summary.map((sentence) => element('p', '', sentence))),
  );
}

/** What most questions are about, in figures. */
function tiles(pollers: readonly string[]): HTMLElement {
  const series = data.series.filter(({ poller }) => pollers.includes(poller));
  const live = series.filter(({ isLive }) => isLive);
  const lags = live.flatMap(({ peaks }) => peaks.lagSeconds ?? []).filter((value) => value !== null);
  const lag = lags.length === 0 ? '–' : duration(lags.reduce((most, value) => Math.max(most, value), 0));
  const gaps = data.gaps.totals.filter(({ poller }) => pollers.includes(poller));
  const figures: readonly (readonly [string, string])[] = [
    ['published', number(totalOf(series, 'published'))],
    ['largest lag', lag],
    ['dead letters', number(totalOf(series, 'deadLettered'))],
    ['gaps', number(gaps.reduce((sum, { count }) => sum + count, 0))],
    ['failed cycles', number(totalOf(series, 'failed'))],
    ['missed at first', number(totalOf(series, 'missed'))],
  ];
  const list = figures.map(([name, value]) => element('div', '', element('dt', '', name), element('dd', '', value)));
  return element('dl', 'tiles', ...list);
}

function pollerChoice(): readonly HTMLElement[] {
  if (data.pollers.length < 2) return [];
  const select = element('select', '');
  select.append(...[ALL, ...data.pollers].map((name) => new Option(name)));
  select.addEventListener('change', () => {
    const chosen = select.selectedIndex;
    show(chosen === 0 ? data.pollers : data.pollers.slice(chosen - 1, chosen));
  });
  return [element('label', '', 'Poller ', select)];
}

function zoomButtons(): readonly HTMLElement[] {
  const button = (label: string, act: () => void) => {
    const made = element('button', '', label);
    made.type = 'button';
    made.addEventListener('click', act);
    return made;
  };
  const period = element('output', '');
  const showPeriod = () => {
    period.textContent = zoom.isWhole
      ? 'the whole log; drag over a plot to zoom in'
      : `${time(zoom.from)} – ${time(zoom.to)}`;
  };
  showPeriod();
  zoom.onChange(showPeriod);
  return [
    button('Earlier', () => zoom.move(-1)),
    button('Later', () => zoom.move(1)),
    button('Zoom in', () => zoom.by(0.5)),
    button('Zoom out', () => zoom.by(2)),
    button('Whole log', () => zoom.reset()),
    period,
  ];
}

/** What the letters above the plots mean: those that occur. */
function marksKey(): HTMLElement {
  const kinds = [...new Set(data.marks.items.map(({ kind }) => kind))];
  const texts = kinds.map((kind) => `${MARKS[kind][0]} ${MARKS[kind][1]}`);
  return element('p', 'key', texts.length === 0 ? '' : `Marks: ${texts.join(', ')}`);
}

function footer(): HTMLElement {
  const { lines, version, madeAt } = data;
  const left = [
    [lines.broken, 'broken'],
    [lines.foreign, 'of other programs'],
    [lines.outside, 'of another time'],
    [lines.dropped, 'missing, by what the log says itself'],
  ] as const;
  const leftOut = left.filter(([count]) => count > 0).map(([count, what]) => `${number(count)} ${what}`);
  const sentence = `Made of ${number(lines.used)} lines${leftOut.length > 0 ? ` (left out: ${leftOut.join(', ')})` : ''}`;
  return element(
    'footer',
    '',
    `${sentence} by genesys-poller ${version} at ${time(madeAt)} UTC. Plots: uPlot, MIT licence.`,
  );
}
