import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { metricsDocument } from '../../src/observability/emf.ts';
import { DOCUMENTED_LINES, DOCUMENTED_METRICS, undocumented } from './support/log-lines.ts';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));

/**
 * Every call of the log in the source: the event and the level, which is `*` where it is chosen at run time.
 */
function loggedInSource(): ReadonlySet<string> {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('sandbox'),
  );
  const calls = files.flatMap((file) => [
    ...readFileSync(join(SOURCE, file), 'utf8').matchAll(
      /\blog(?:\.(debug|info|warn|error)|\[[^\]]+\])\(\s*'([\w.]+)'/g,
    ),
  ]);
  return new Set(calls.map(([, level = '*', event]) => `${event} ${level}`));
}

test('every line that the source can log is on the page, with its level, and no other', (t) => {
  const logged = loggedInSource();
  t.true(logged.size > 20);
  const documented = new Set(
    DOCUMENTED_LINES.flatMap(({ event, levels }) => levels.map((level) => `${event} ${level}`)),
  );
  const isChosen = (event: string) => logged.has(`${event} *`);
  const missing = [...logged].filter((line) => !line.endsWith(' *') && !documented.has(line));
  const gone = [...documented].filter((line) => !logged.has(line) && !isChosen(line.split(' ')[0] ?? ''));
  t.deepEqual({ missing, gone }, { missing: [], gone: [] });
});

test('every metric of a cycle is on the page with its unit, and no other', (t) => {
  const figures = DOCUMENTED_LINES.find(({ event }) => event === 'cycle.completed')?.members ?? new Set();
  const fields = Object.fromEntries([...figures].map((name) => [name, 1]));
  const { _aws } = metricsDocument('x', 0, fields) as {
    _aws: { CloudWatchMetrics: { Metrics: { Name: string; Unit: string }[] }[] };
  };
  const made = _aws.CloudWatchMetrics[0]?.Metrics.map(({ Name, Unit }) => [Name, Unit]);
  t.deepEqual(made?.sort(), [...DOCUMENTED_METRICS].sort());
});

test('the check of lines fails on a wrong line', (t) => {
  t.deepEqual(undocumented({ event: 'lease.lost', level: 'warn', time: '', msg: '', stream: '', fence: 1 }), []);
  t.deepEqual(undocumented({ event: 'lease.lost', level: 'info', surprise: 1 }), [
    'lease.lost at level info',
    'lease.lost has surprise',
  ]);
  t.deepEqual(undocumented({ event: 'lease.found', level: 'info' }), ['lease.found is not on the page']);
});
