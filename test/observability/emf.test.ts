import test from 'ava';
import { metricsDocument } from '../../src/observability/emf.ts';
import { emfProblems } from './support/emf-schema.ts';

const NOW = Date.parse('2026-11-20T10:00:00.000Z');

const LINE = {
  level: 'info',
  event: 'cycle.completed',
  poller: 'default',
  stream: 'conversations',
  completedCycles: 1,
  failedCycles: 0,
  published: 8,
  derived: 13,
  deadLettered: 1,
  genesysThrottled: 0,
  lagSeconds: 61.5,
  durationMs: 740,
  caughtUp: true,
};

interface Document {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly [
      { readonly Dimensions: string[][]; readonly Metrics: { readonly Name: string }[] },
    ];
  };
}

function documentOf(line: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...line, ...metricsDocument('GenesysPoller', NOW, line) };
}

function namesIn(line: Readonly<Record<string, unknown>>): readonly string[] {
  const [{ Metrics }] = (documentOf(line) as unknown as Document)._aws.CloudWatchMetrics;
  return Metrics.map(({ Name }) => Name);
}

test('the line of a cycle is a document of the Embedded Metric Format, by its schema and its prose', (t) => {
  t.deepEqual(emfProblems(documentOf(LINE)), []);
  t.like(documentOf(LINE), { _aws: { Timestamp: NOW, CloudWatchMetrics: [{ Namespace: 'GenesysPoller' }] } });
});

test('the check of documents fails on a wrong document', (t) => {
  const line = documentOf(LINE);
  t.deepEqual(emfProblems({ ...line, published: 'eight' }), ['published is not a number at the top level']);
  t.deepEqual(emfProblems({ ...line, poller: undefined }), ['poller is not a string at the top level']);
  t.not(emfProblems({ ...line, _aws: { CloudWatchMetrics: [] } }).length, 0);
  t.not(emfProblems(LINE).length, 0);
});

test('a metric is a member that the line has anyway: no figure is written twice', (t) => {
  t.deepEqual(Object.keys(documentOf(LINE)), [...Object.keys(LINE), '_aws']);
});

test('a stream costs seven metrics at most, and a figure without an alarm is no metric', (t) => {
  const usual = ['completedCycles', 'failedCycles', 'published', 'deadLettered', 'genesysThrottled', 'lagSeconds'];
  t.deepEqual(namesIn(LINE), usual);
  const all = namesIn({ ...LINE, missed: 2, genesysRequests: 4, dynamoCalls: 5, tooOld: 1 });
  t.deepEqual(all.toSorted(), [...usual, 'missed'].toSorted());
});

test('a figure that the line does not have is no metric', (t) => {
  t.deepEqual(namesIn({ stream: 'conversations', completedCycles: 0, failedCycles: 1 }), [
    'completedCycles',
    'failedCycles',
  ]);
});

test('dimensions are poller and stream, and nothing that could be an ID', (t) => {
  const [{ Dimensions }] = (documentOf(LINE) as unknown as Document)._aws.CloudWatchMetrics;
  t.deepEqual(Dimensions, [['poller', 'stream']]);
});
