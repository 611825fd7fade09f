import test from 'ava';
import { CycleLog } from '../../src/observability/cycle-log.ts';
import { createPollerLog, type PollerLogSettings } from '../../src/observability/poller-log.ts';
import { completed, failed, figuresOf } from '../support/cycle-reports.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { emfProblems } from './support/emf-schema.ts';

const STREAM = 'conversations';
const FIGURES = figuresOf({ published: 8 });

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
  const cycles = new CycleLog({ log, clock, namespace: () => log.namespace });
  return { log, cycles, clock, texts, lines: () => texts.map((text) => JSON.parse(text) as Record<string, unknown>) };
}

test("the line of a cycle, as it is written, is a metrics document at the clock's time", (t) => {
  const { cycles, lines } = pollerLog();
  cycles.onCycle(completed(STREAM, FIGURES));
  t.deepEqual(emfProblems(lines()[0] ?? {}), []);
  t.like(lines()[0], { published: 8, _aws: { Timestamp: Date.parse('2026-11-20T10:00:00.000Z') } });
});

test('a metrics document stays whole and below 16 KB next to texts that are far too long', (t) => {
  const { cycles, texts, lines } = pollerLog();
  const long = '€'.repeat(20_000);
  const fields = { code: 'defect', stack: long, genesysMessage: long };
  const failure = { code: 'defect', message: long, fields };
  cycles.onCycle({ stream: STREAM, at: 0, outcome: 'failed', failure, figures: FIGURES });
  t.true(Buffer.byteLength(texts[0] ?? '') < 16 * 1024);
  t.deepEqual(emfProblems(lines()[0] ?? {}), []);
});

test('without a namespace no line carries metrics', (t) => {
  const { cycles, lines } = pollerLog({ metrics: undefined });
  cycles.onCycle(completed(STREAM, FIGURES));
  cycles.onCycle(failed(STREAM, 'genesys.unreachable', 'no answer', FIGURES));
  t.is(lines().length, 2);
  for (const line of lines()) t.false('_aws' in line || 'failedCycles' in line);
});

test('level and namespace can be changed under way', (t) => {
  const { log, cycles, lines } = pollerLog();
  log.adjust({ level: 'debug', metrics: 'Other' });
  log.debug('genesys.answered', 'GET');
  cycles.onCycle(completed(STREAM, FIGURES));
  t.is(lines().length, 2);
  t.like(lines()[1], { _aws: { CloudWatchMetrics: [{ Namespace: 'Other' }] } });
  log.adjust({ level: 'warn', metrics: undefined });
  cycles.onCycle(completed(STREAM, FIGURES));
  cycles.onCycle(failed(STREAM, 'genesys.unreachable', 'no answer', FIGURES));
  t.is(lines().length, 3);
  t.false('_aws' in (lines()[2] ?? {}));
});

test('trouble that goes on does not flood the log', (t) => {
  const { log, lines } = pollerLog();
  for (let time = 0; time < 3; time++) log.warn('lease.renewalFailed', 'no answer', { stream: STREAM });
  t.is(lines().length, 1);
});
