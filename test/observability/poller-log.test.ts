import test from 'ava';
import { createPollerLog, type PollerLogSettings } from '../../src/observability/poller-log.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { emfProblems } from './support/emf-schema.ts';

const FIGURES = { stream: 'conversations', published: 8, lagSeconds: 61.5, durationMs: 740 };

function pollerLog(settings: Partial<PollerLogSettings> = {}) {
  const texts: string[] = [];
  const clock = new ManualClock('2026-11-20T10:00:00.000Z');
  const log = createPollerLog({
    level: 'info',
    metrics: 'GenesysPoller',
    ...settings,
    poller: 'default',
    clock,
    destination: { write: (text: string) => void texts.push(text) },
  });
  return { log, clock, texts, lines: () => texts.map((text) => JSON.parse(text) as Record<string, unknown>) };
}

test("the line of a cycle, as it is written, is a metrics document at the clock's time", (t) => {
  const { log, lines } = pollerLog();
  log.info('cycle.completed', 'Published 8 events', FIGURES);
  t.deepEqual(emfProblems(lines()[0] ?? {}), []);
  t.like(lines()[0], { Published: 8, _aws: { Timestamp: Date.parse('2026-11-20T10:00:00.000Z') } });
});

test('a metrics document stays whole and below 16 KB next to texts that are far too long', (t) => {
  const { log, texts, lines } = pollerLog();
  const long = '€'.repeat(20_000);
  log.error('cycle.failed', long, { ...FIGURES, code: 'defect', stack: long, genesysMessage: long });
  t.true(Buffer.byteLength(texts[0] ?? '') < 16 * 1024);
  t.deepEqual(emfProblems(lines()[0] ?? {}), []);
});

test('every failed cycle is in the metrics, whether its line was written or kept back', (t) => {
  const { log, clock, lines } = pollerLog();
  for (let cycle = 0; cycle < 7; cycle++) {
    log.error('cycle.failed', 'no answer', { ...FIGURES, published: 1, code: 'genesys.unreachable' });
    clock.pause(30_000);
  }
  log.info('cycle.completed', 'Published 8 events', FIGURES);
  const counted = (name: string) => lines().reduce((sum, line) => sum + Number(line[name] ?? 0), 0);
  t.deepEqual(
    lines().map(({ event }) => event),
    ['cycle.failed', 'cycle.failed', 'cycle.failed', 'cycle.recovered', 'cycle.completed'],
  );
  t.is(counted('FailedCycles'), 7);
  t.is(counted('CompletedCycles'), 1);
  t.is(counted('Published'), 7 + 8);
});

test('without a namespace no line carries metrics', (t) => {
  const { log, lines } = pollerLog({ metrics: undefined });
  log.info('cycle.completed', 'Published 8 events', FIGURES);
  log.error('cycle.failed', 'no answer', FIGURES);
  log.error('cycle.failed', 'no answer', FIGURES);
  t.is(lines().length, 2);
  for (const line of lines()) t.false('_aws' in line || 'Published' in line);
});

test('level and namespace can be changed under way', (t) => {
  const { log, lines } = pollerLog();
  log.adjust({ level: 'debug', metrics: 'Other' });
  log.debug('genesys.answered', 'GET');
  log.info('cycle.completed', 'Published 8 events', FIGURES);
  t.is(lines().length, 2);
  t.like(lines()[1], { _aws: { CloudWatchMetrics: [{ Namespace: 'Other' }] } });
  log.adjust({ level: 'warn', metrics: undefined });
  log.info('cycle.completed', 'Published 8 events', FIGURES);
  log.error('cycle.failed', 'no answer', FIGURES);
  t.is(lines().length, 3);
  t.false('_aws' in (lines()[2] ?? {}));
});

test('a change forgets no count', (t) => {
  const { log, lines } = pollerLog();
  log.error('cycle.failed', 'no answer', FIGURES);
  log.error('cycle.failed', 'no answer', FIGURES);
  log.adjust({ level: 'debug', metrics: 'Other' });
  log.info('cycle.completed', 'Published 8 events', FIGURES);
  t.is(lines().at(-1)?.FailedCycles, 1);
});
