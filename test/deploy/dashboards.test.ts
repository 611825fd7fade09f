import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parser } from '@grafana/lezer-logql';
import test from 'ava';
import { LIVE_STREAMS, STREAM_NAMES } from '../../src/domain/streams.ts';
import { metricsDocument } from '../../src/observability/emf.ts';
import { plotsOf } from '../../src/report/client/plots.ts';
import { tablesOf } from '../../src/report/client/tables.ts';
import { ALWAYS, Digest } from '../../src/report/digest.ts';
import { SUMS } from '../../src/report/figures.ts';
import { pageModel } from '../../src/report/page-model.ts';
import { unwrap } from '../../src/report/unwrap.ts';
import { cycle, line } from '../report/support/sample-log.ts';
import { stackOf } from './support/cloudformation.ts';
import { misplaced, titlesInOrder, unknownInInsights, unknownInLogQl } from './support/dashboards.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const TSC = join(PROJECT, 'node_modules/typescript/bin/tsc');
const MONITORING = new URL('../../deploy/aws/genesys-poller-monitoring.yaml', import.meta.url);
const GRAFANA = readFileSync(join(PROJECT, 'deploy/grafana/genesys-poller.json'), 'utf8');

/** The titles of the report's plots and tables, of a log in which everything has happened. */
function questions(): readonly string[] {
  const now = Date.parse('2026-11-27T12:00:00.000Z');
  const one = Object.fromEntries([...SUMS, 'budgetShare'].map((name) => [name, 1]));
  const log = [
    line(now - 60_000, 'lease.acquired', { stream: 'conversations', fence: 1 }),
    ...['conversations', 'reconciliation'].map((stream) => cycle(now, stream, one)),
    cycle(now, 'conversations', { code: 'genesys.unreachable' }, 'cycle.failed'),
  ];
  const digest = new Digest(ALWAYS, now);
  for (const text of log) {
    const found = unwrap(text);
    if (found.kind === 'lines') for (const entry of found.lines) digest.take(entry, '');
  }
  const data = pageModel(digest, { at: now, version: '0.1.0' });
  return [...plotsOf(data, data.pollers), ...tablesOf(data, data.pollers)].map(({ title }) => title);
}

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title: string;
    readonly alarms?: readonly string[];
    readonly query?: string;
    readonly metrics?: readonly (readonly { readonly expression: string }[])[];
  };
}

function widgets(): readonly Widget[] {
  const { DashboardBody, DashboardName } = stackOf(MONITORING, { PollerName: 'acme' }).Dashboard?.Properties ?? {};
  if (DashboardName !== 'genesys-poller-acme') throw new Error(`the dashboard is named ${DashboardName}`);
  return JSON.parse(DashboardBody).widgets;
}
const placesOf = (all: readonly Widget[]) => all.map((one) => ({ ...one, title: one.properties.title }));

interface Target {
  readonly refId: string;
  readonly datasource: { readonly uid: string };
  /** Of CloudWatch. */
  readonly queryMode?: 'Metrics' | 'Logs';
  readonly expression?: string;
  /** Of Loki. */
  readonly expr?: string;
}
interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource: { readonly uid: string };
  readonly targets: readonly Target[];
}
interface Dashboard {
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly panels: readonly { readonly id: number; readonly title: string; readonly panels: readonly Panel[] }[];
}
const grafana: Dashboard = JSON.parse(GRAFANA);
const placesIn = (panels: readonly Panel[]) =>
  panels.map(({ title, gridPos: { x, y, w, h } }) => ({ title, x, y, width: w, height: h }));
const panels = grafana.panels.flatMap((row) => row.panels);
const targets = panels.flatMap((panel) => panel.targets);

test('both dashboards answer the questions of the report, with its titles and in its order', (t) => {
  const asked = questions();
  t.is(asked.length, 16);
  t.is(asked[0], 'Lag');
  const [alarms, ...rest] = widgets();
  t.is(alarms?.type, 'alarm');
  t.is(alarms?.properties.alarms?.[0], 'arn:aws:cloudwatch:REGION:ACCOUNT:alarm:genesys-poller acme: no cycles');
  t.deepEqual(titlesInOrder(placesOf(rest)), asked);
  t.deepEqual(
    grafana.panels.map(({ title }) => title),
    ['CloudWatch', 'Loki'],
  );
  for (const row of grafana.panels) t.deepEqual(titlesInOrder(placesIn(row.panels)), asked, row.title);
});

test('nothing lies over something else in the grid of 24 columns', (t) => {
  t.deepEqual(misplaced(placesOf(widgets())), []);
  for (const row of grafana.panels) t.deepEqual(misplaced(placesIn(row.panels)), [], row.title);
  const place = { title: 'a', x: 0, y: 0, width: 12, height: 2 };
  t.deepEqual(misplaced([place, { ...place, title: 'b', x: 11, y: 1 }]), ['b']);
  t.deepEqual(misplaced([{ ...place, x: 13 }]), ['a']);
});

test('a query of the log asks only for events and members that lines have', (t) => {
  const ofWidgets = widgets().flatMap(({ properties: { query } }) => query ?? []);
  const insights = targets.flatMap(({ queryMode, expression }) => (queryMode === 'Logs' ? (expression ?? []) : []));
  const logQl = targets.flatMap(({ expr }) => expr ?? []);
  t.true(ofWidgets.length > 10 && insights.length > 10 && logQl.length > 30);
  for (const query of [...ofWidgets, ...insights]) t.deepEqual(unknownInInsights(query), [], query);
  for (const query of logQl) t.deepEqual(unknownInLogQl(query), [], query);
});

test('the check of queries fails on a wrong query', (t) => {
  const insights = "SOURCE 'x' | filter event like /^cycle/ | stats sum(publishd) as n, max(waitMs) by bin(5m)";
  t.deepEqual(unknownInInsights(insights), ['publishd', 'waitMs']);
  t.deepEqual(unknownInInsights("filter event = 'cycle.ended' | fields msg"), ['cycle.ended']);
  t.deepEqual(unknownInInsights('filter event like /^bicycle/'), ['bicycle.']);
  const logQl = (event: string, member: string) => `{a="b"} |= \`"event":"${event}\` | json x="${member}" | x="y"`;
  t.deepEqual(unknownInLogQl(logQl('cycle.', 'published')), []);
  t.deepEqual(unknownInLogQl(logQl('cycle.', 'gapStart')), ['gapStart']);
  t.deepEqual(unknownInLogQl(logQl('(cycle\\.failed|cycle\\.ended)"', 'code')), ['cycle.ended']);
});

test('a metric in Grafana is one that the lines of cycles carry, by their dimensions', (t) => {
  const everything = new Proxy({}, { get: () => 1 });
  const { _aws } = metricsDocument('N', 0, everything) as {
    _aws: { CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] };
  };
  const [{ Dimensions: [dimensions] = [], Metrics = [] } = {}] = _aws.CloudWatchMetrics;
  const searches = targets.flatMap(({ queryMode, expression }) => (queryMode === 'Metrics' ? [expression ?? ''] : []));
  t.true(searches.length >= 5);
  for (const search of searches) {
    const [, by, name] = search.match(/\{"\$namespace",([\w,]+)\} poller="\$poller" MetricName="(\w+)"/) ?? [];
    t.deepEqual(by?.split(','), dimensions, search);
    t.true(
      Metrics.some(({ Name }) => Name === name),
      search,
    );
  }
});

/** Streams that are behind by hours or days and read for long, with nothing wrong. */
const NOT_LIVE = STREAM_NAMES.filter((name) => !LIVE_STREAMS.some((live) => live === name)).toSorted();
/** What each language says of a stream that it leaves out. */
const LEFT_OUT = [/ AND stream != '([^']+)'/g, / NOT stream="([^"]+)"/g, /streamName!~`([^`]+)`/g];
const leftOut = (query: string) =>
  LEFT_OUT.flatMap((form) => [...query.matchAll(form)].flatMap(([, names = '']) => names.split('|'))).toSorted();

test('lag is that of the live streams alone: the alarm and both dashboards leave out all others', (t) => {
  const alarm = stackOf(MONITORING).Lag?.Properties.Metrics[0].Expression;
  const plot = widgets().find(({ properties }) => properties.title === 'Lag')?.properties.metrics?.[0]?.[0]?.expression;
  const inGrafana = panels.filter(({ title }) => title === 'Lag').flatMap((panel) => panel.targets);
  const queries = [alarm, plot, ...inGrafana.map(({ expression, expr }) => expression ?? expr)];
  t.is(queries.length, 4);
  for (const query of queries) t.deepEqual(leftOut(query), NOT_LIVE, query);
});

test('the longest cycle is one of a live stream, where one curve is for all', (t) => {
  const query = widgets().find(({ properties }) => properties.title === 'Duration of a cycle')?.properties.query ?? '';
  t.deepEqual(
    query
      .match(/stream not in \[([^\]]*)\]/)?.[1]
      ?.split(', ')
      .toSorted(),
    NOT_LIVE.map((name) => `'${name}'`),
  );
});

test('Grafana can read every query of Loki', (t) => {
  const values = { selector: '{job="genesys-poller"}', hostLabel: 'instance', __auto: '5m', __range: '24h' };
  const problems = (query: string) => {
    const found: string[] = [];
    parser.parse(query).iterate({
      enter: ({ type, from, to }) => {
        if (type.isError) found.push(`${query.slice(0, from)}⟨${query.slice(from, to)}⟩`);
      },
    });
    return found;
  };
  for (const { expr } of targets) {
    if (expr === undefined) continue;
    const query = Object.entries(values).reduce(
      (text, [name, value]) => text.replaceAll(`\${${name}:raw}`, value).replaceAll(`$${name}`, value),
      expr,
    );
    t.deepEqual(problems(query), []);
  }
  t.not(problems('sum by (a) (count_over_time({b="c"} | json [5m])').length, 0);
});

test('every panel has its own ID, every query its own letter and the data source of its row, every variable a value', (t) => {
  const ids = [...grafana.panels, ...panels].map(({ id }) => id);
  t.is(new Set(ids).size, ids.length);
  for (const { title, datasource, targets: queries } of panels) {
    t.is(new Set(queries.map(({ refId }) => refId)).size, queries.length, title);
    for (const query of queries) t.deepEqual(query.datasource, datasource, title);
  }
  const declared = grafana.templating.list.map(({ name }) => name);
  const used = [...GRAFANA.matchAll(/\$\{?([a-z]\w*)/g)].map(([, name = '']) => name);
  t.deepEqual([...new Set(used)].toSorted(), declared.toSorted());
});

test("the dashboard is one by Grafana's own types", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-grafana-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  const types = readFileSync(new URL('./support/grafana-types.ts', import.meta.url), 'utf8');
  const modules = {
    right: GRAFANA,
    curve: GRAFANA.replace('"drawStyle": "line"', '"drawStyle": "curve"'),
    head: GRAFANA.replace('"showHeader"', '"showHead"'),
    mode: GRAFANA.replace('"queryMode": "Logs"', '"queryMode": "Log"'),
  };
  for (const [name, json] of Object.entries(modules)) {
    writeFileSync(join(folder, `${name}.ts`), `${types}\nexport const dashboard: GenesysDashboard = ${json};\n`);
  }
  const flags = ['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--module', 'esnext'];
  const options = ['--moduleResolution', 'bundler', '--target', 'es2023', '--types', ''];
  const files = Object.keys(modules).map((name) => `${name}.ts`);
  const said = await new Promise<string>((resolve) => {
    execFile(process.execPath, [TSC, ...flags, ...options, ...files], { cwd: folder }, (_error, out) => resolve(out));
  });
  const wrong = [...said.matchAll(/^(\w+)\.ts\(/gm)].map(([, name]) => name);
  t.deepEqual([...new Set(wrong)].toSorted(), ['curve', 'head', 'mode'], said);
});
