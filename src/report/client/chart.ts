import uPlot from 'uplot';
import type { PageData } from '../page-data.ts';
import { colour, element } from './dom.ts';
import { duration } from './format.ts';
import { type Grid, gridOf } from './grouping.ts';
import { marksPlugin } from './marks.ts';
import type { Axis, Curve, Plot } from './plots.ts';
import type { Zoom } from './zoom.ts';

/** CSS pixels. */
const HEIGHT = 190;
const BAND_ROW = 46;
const AXIS_WIDTH = 72;
/** Names of hosts are cut to their end, which tells them apart. */
const MAX_NAME_LENGTH = 11;
/** Over paper and screen alike. */
const FONT = '11px system-ui, sans-serif';

const lines = uPlot.paths.linear?.();
const barsPath = uPlot.paths.bars?.({ size: [0.86, 40], align: 1 });
const bands = uPlot.paths.stepped?.({ align: 1 });

/** A plot on the page, with a legend that switches its curves. */
export function drawPlot(plot: Plot, data: PageData, zoom: Zoom): HTMLElement {
  const canvas = element('div', 'canvas');
  const step = element('span', 'note');
  const legend = element('div', 'legend');
  const figure = element(
    'figure',
    plot.isWide ? 'plot wide' : 'plot',
    element('figcaption', '', element('h2', '', plot.title), step),
    legend,
    canvas,
  );
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', described(plot));

  let grid = gridOf(data, zoom.from, zoom.to);
  const chart = new uPlot(optionsOf(plot, data, zoom), valuesOf(plot, grid), canvas);
  const values = plot.curves.map((curve, n) => legendEntry(curve, chart, n + 1, legend));
  chart.hooks.setCursor = [
    () => {
      const at = chart.cursor.idx;
      for (const [n, curve] of plot.curves.entries()) {
        const value = at === null || at === undefined ? undefined : chart.data[n + 1]?.[at];
        const shown = typeof value === 'number' ? axisOf(plot, curve).format(Math.max(0, value)) : '';
        if (values[n]) values[n].textContent = axisOf(plot, curve).names ? '' : shown;
      }
    },
  ];

  const showStep = () => {
    step.textContent = plot.note.replace('%', duration((grid.factor * data.width) / 1_000));
  };
  const redraw = () => {
    grid = gridOf(data, zoom.from, zoom.to);
    chart.batch(() => {
      chart.setData(valuesOf(plot, grid), false);
      chart.setScale('x', { min: zoom.from / 1_000, max: zoom.to / 1_000 });
    });
    showStep();
  };
  const fit = () => {
    const width = canvas.clientWidth;
    if (width > 0 && width !== chart.width) chart.setSize({ width, height: heightOf(plot) });
  };
  redraw();
  zoom.onChange(redraw);
  new ResizeObserver(fit).observe(canvas);
  // Paper takes the plot as it is drawn, in colours of its own, and the style sheet fits it in.
  for (const media of ['(prefers-color-scheme: dark)', 'print']) {
    matchMedia(media).addEventListener('change', () => chart.redraw(true, true));
  }
  return figure;
}

function valuesOf(plot: Plot, grid: Grid): uPlot.AlignedData {
  // The library's type for columns is narrower than what it takes.
  return [[...grid.times], ...plot.curves.map(({ column }) => column(grid))] as uPlot.AlignedData;
}

function heightOf({ left, curves }: Plot): number {
  return left.names ? 50 + left.names.length * Math.max(BAND_ROW, curves.length * 14) : HEIGHT;
}

function axisOf(plot: Plot, { axis }: Curve): Axis {
  return axis === 'right' && plot.right ? plot.right : plot.left;
}

function optionsOf(plot: Plot, data: PageData, zoom: Zoom): uPlot.Options {
  const isRight = plot.curves.some(({ axis }) => axis === 'right');
  const rows = plot.left.names?.length;
  return {
    width: 900,
    height: heightOf(plot),
    // Plots one above the other have the same times at the same place.
    padding: [16, isRight ? 0 : plot.isWide ? AXIS_WIDTH : 24, 0, 0],
    legend: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
    cursor: {
      // A drag is one plot's: the zoom moves the others.
      sync: { key: 'report', filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' } },
      drag: { x: true, y: false, setScale: false },
      points: { size: 7 },
      bind: {
        dblclick: () => () => {
          zoom.reset();
          return null;
        },
      },
    },
    hooks: {
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width < 4) return;
          zoom.set(chart.posToVal(left, 'x') * 1_000, chart.posToVal(left + width, 'x') * 1_000);
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
    plugins: [marksPlugin(data.marks.items)],
    scales: {
      x: { time: true, range: (_chart, low, high) => [low, high] },
      left: { range: rows === undefined ? fromZero : () => [-0.6, rows - 0.4] },
      right: { range: fromZero },
    },
    axes: [
      { stroke: () => colour('muted'), grid: gridStyle(), ticks: gridStyle(), font: FONT, values: TIMES, space: 76 },
      valueAxis('left', plot.left),
      ...(isRight && plot.right ? [valueAxis('right', plot.right)] : []),
    ],
    series: [{}, ...plot.curves.map(seriesOf)],
  };
}

/** Times of day as 09:12, with the day where it changes. */
const TIMES: uPlot.Axis.Values = [
  [86_400, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [3_600, '{HH}:{mm}', null, null, '\n{D} {MMM}', null, null, null, 1],
  [60, '{HH}:{mm}', null, null, '\n{D} {MMM}', null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', null, null, '\n{D} {MMM}', null, null, null, 1],
];

function gridStyle(): { readonly stroke: () => string; readonly width: number } {
  return { stroke: () => colour('grid'), width: 1 };
}

function fromZero(_chart: uPlot, _low: number, high: number): uPlot.Range.MinMax {
  return [0, high > 0 ? high * 1.08 : 1];
}

function valueAxis(scale: 'left' | 'right', { format, names, steps }: Axis): uPlot.Axis {
  return {
    scale,
    side: scale === 'left' ? 3 : 1,
    size: AXIS_WIDTH,
    incrs: steps,
    stroke: () => colour('muted'),
    grid: scale === 'left' ? gridStyle() : { show: false },
    ticks: gridStyle(),
    font: FONT,
    ...(names && { splits: () => names.map((_, n) => n), space: 1 }),
    values: (_chart, splits) => splits.map((value) => (names ? shortened(names[value] ?? '') : format(value))),
  };
}

function shortened(name: string): string {
  return name.length > MAX_NAME_LENGTH ? `…${name.slice(1 - MAX_NAME_LENGTH)}` : name;
}

function seriesOf({ label, style, axis }: Curve): uPlot.Series {
  const stroke = () => colour(style.colour);
  const common = { label, scale: axis, stroke };
  if (style.form === 'bars') return { ...common, ...paths(barsPath), fill: stroke, width: 0, points: { show: false } };
  if (style.form === 'band') return { ...common, ...paths(bands), width: 6, cap: 'butt', points: { show: false } };
  return { ...common, ...paths(lines), width: 1.6, dash: [...style.dash], points: { size: 4 } };
}

function paths(builder: uPlot.Series.PathBuilder | undefined): { paths?: uPlot.Series.PathBuilder } {
  return builder ? { paths: builder } : {};
}

/** A button that shows and hides a curve. Returns the place for its value under the cursor. */
function legendEntry({ label, total, style }: Curve, chart: uPlot, n: number, legend: HTMLElement): HTMLElement {
  const swatch = element('span', `swatch ${style.form} ${dashName(style.dash)} ${style.colour}`);
  const value = element('span', 'value');
  const button = element('button', '', swatch, element('span', '', label), element('b', '', total), value);
  button.type = 'button';
  button.setAttribute('aria-pressed', 'true');
  button.title = 'Show or hide';
  button.addEventListener('click', () => {
    const shown = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(shown));
    chart.setSeries(n, { show: shown });
  });
  legend.append(button);
  return value;
}

function dashName([first]: readonly number[]): string {
  if (first === undefined) return 'solid';
  return first < 5 ? 'dotted' : 'dashed';
}

function described({ title, curves }: Plot): string {
  return `${title} over time. ${curves.map(({ label, total }) => `${label}: ${total}`).join('; ')}`;
}
