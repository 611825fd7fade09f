import test from 'ava';
import { CycleMetrics } from '../../src/observability/emf.ts';
import { emfProblems } from './support/emf-schema.ts';

const NOW = Date.parse('2026-11-20T10:00:00.000Z');

const FIGURES = {
  stream: 'conversations',
  windowStart: '2026-11-20T09:50:00.000Z',
  lagSeconds: 61.5,
  conversations: 3,
  derived: 13,
  duplicates: 2,
  tooOld: 1,
  tooLate: 4,
  published: 8,
  suppressed: 1,
  deadLettered: 1,
  genesysRequests: 4,
  genesysThrottled: 0,
  putEventsCalls: 1,
  dynamoCalls: 5,
  durationMs: 740,
  caughtUp: true,
};

function metrics() {
  return new CycleMetrics({ namespace: 'GenesysPoller', now: () => NOW });
}

/** The line that is made of the members, as CloudWatch sees it. */
function lineOf(event: string, fields: Readonly<Record<string, unknown>>, from = metrics()): Record<string, unknown> {
  return { level: 'info', poller: 'default', event, ...fields, ...from.membersOf(event, fields) };
}

test('the line of a cycle is a document of the Embedded Metric Format, by its schema and its prose', (t) => {
  const line = lineOf('cycle.completed', FIGURES);
  t.deepEqual(emfProblems(line), []);
  t.like(line, {
    Published: 8,
    Suppressed: 1,
    Conversations: 3,
    Derived: 13,
    Duplicates: 2,
    TooOld: 1,
    TooLate: 4,
    DeadLettered: 1,
    GenesysRequests: 4,
    GenesysThrottled: 0,
    PutEventsCalls: 1,
    DynamoCalls: 5,
    Lag: 61.5,
    CycleDuration: 740,
    CompletedCycles: 1,
    FailedCycles: 0,
  });
  t.is((line._aws as { Timestamp: number }).Timestamp, NOW);
});

test('the check of documents has teeth', (t) => {
  const line = lineOf('cycle.completed', FIGURES);
  t.deepEqual(emfProblems({ ...line, Published: 'eight' }), ['Published is no number at the top level']);
  t.deepEqual(emfProblems({ ...line, poller: undefined }), ['poller is no string at the top level']);
  t.not(emfProblems({ ...line, _aws: { CloudWatchMetrics: [] } }).length, 0);
  t.not(emfProblems(FIGURES).length, 0);
});

test('dimensions are poller and stream, and nothing that could be an ID', (t) => {
  const { _aws } = lineOf('cycle.completed', FIGURES) as { _aws: { CloudWatchMetrics: { Dimensions: string[][] }[] } };
  t.deepEqual(
    _aws.CloudWatchMetrics.map(({ Dimensions }) => Dimensions),
    [[['poller', 'stream']]],
  );
});

test('a failed cycle counts as failed and not as completed, and what it did publish counts all the same', (t) => {
  const line = lineOf('cycle.failed', { ...FIGURES, code: 'bus.unavailable' });
  t.deepEqual(emfProblems(line), []);
  t.like(line, { CompletedCycles: 0, FailedCycles: 1, Published: 8 });
});

test('a cycle that failed before it began counts as failed, and claims nothing else', (t) => {
  const line = lineOf('cycle.failed', { stream: 'conversations', code: 'table.unavailable' });
  t.deepEqual(emfProblems(line), []);
  t.like(line, { CompletedCycles: 0, FailedCycles: 1 });
  for (const name of ['Published', 'Lag', 'CycleDuration']) t.false(name in line);
});

test('an interrupted cycle is neither completed nor failed, and what it did counts', (t) => {
  t.like(lineOf('cycle.interrupted', FIGURES), { CompletedCycles: 0, FailedCycles: 0, Published: 8 });
});

test('what a kept back line would have counted is in the next line of its stream, once', (t) => {
  const from = metrics();
  from.keepBack('cycle.failed', { ...FIGURES, published: 2, lagSeconds: 90 });
  from.keepBack('cycle.failed', { ...FIGURES, published: 3, lagSeconds: 120 });
  from.keepBack('publish.partial', { stream: 'conversations', entries: 10 });
  t.like(lineOf('cycle.completed', { ...FIGURES, stream: 'event-log' }, from), { Published: 8, FailedCycles: 0 });
  t.like(lineOf('cycle.completed', { ...FIGURES, lagSeconds: 3 }, from), {
    Published: 13,
    CompletedCycles: 1,
    FailedCycles: 2,
    Lag: 3,
  });
  t.like(lineOf('cycle.completed', FIGURES, from), { Published: 8, FailedCycles: 0 });
});

test('the line still tells what this very cycle did', (t) => {
  const from = metrics();
  from.keepBack('cycle.failed', { ...FIGURES, published: 2 });
  t.is(lineOf('cycle.completed', FIGURES, from).published, 8);
});

test('other lines are no metrics', (t) => {
  t.deepEqual(metrics().membersOf('lease.acquired', { stream: 'conversations', fence: 3 }), {});
  t.deepEqual(metrics().membersOf('cycle.failed', { code: 'defect' }), {});
});
