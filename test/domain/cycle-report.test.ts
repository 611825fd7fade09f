import test from 'ava';
import {
  addCounts,
  type CycleCounts,
  type CycleFigures,
  type CycleReport,
  failedCycle,
  lastCycleOf,
  readUpTo,
} from '../../src/domain/cycle-report.ts';
import { Failure } from '../../src/domain/failure.ts';

const CHECKPOINT = { watermark: 1_000, updatedAt: 5_000 };

test('a stream has been read up to where its latest cycle ended', (t) => {
  t.is(readUpTo(CHECKPOINT, { at: 6_000, watermark: 2_000 }), 2_000);
  t.is(readUpTo(CHECKPOINT, { at: 5_000, watermark: 2_000 }), 2_000);
});

test('a checkpoint that was written after that cycle has the last word', (t) => {
  t.is(readUpTo(CHECKPOINT, { at: 4_999, watermark: 2_000 }), 1_000);
});

test('a cycle never puts a stream behind its checkpoint', (t) => {
  t.is(readUpTo(CHECKPOINT, { at: 6_000, watermark: 500 }), 1_000);
});

test('without a cycle, or with one that does not say, it is the checkpoint', (t) => {
  t.is(readUpTo(CHECKPOINT, undefined), 1_000);
  t.is(readUpTo(CHECKPOINT, { at: 6_000 }), 1_000);
});

const COUNTS: CycleCounts = {
  conversations: 9,
  derived: 12,
  duplicates: 5,
  tooOld: 0,
  tooLate: 0,
  published: 7,
  suppressed: 0,
  deadLettered: 0,
  genesysRequests: 3,
  genesysThrottled: 0,
  putEventsCalls: 1,
  dynamoCalls: 2,
};

const FIGURES: CycleFigures = {
  window: undefined,
  counts: COUNTS,
  watermark: 4_000,
  lagMs: 60_000,
  durationMs: 740,
  budgetShare: undefined,
  throttledMs: undefined,
  nextDue: undefined,
};

test('a failed cycle is reported with the code, the message and the facts of its failure', (t) => {
  const failure = new Failure({
    code: 'bus.denied',
    what: 'Cannot publish',
    why: 'AWS denies events:PutEvents',
    remedy: 'Allow it',
    fields: { requestId: 'r-1' },
  });
  t.deepEqual(failedCycle('conversations', 5_000, failure, FIGURES), {
    stream: 'conversations',
    at: 5_000,
    outcome: 'failed',
    failure: {
      code: 'bus.denied',
      message: 'Cannot publish: AWS denies events:PutEvents. Allow it',
      fields: { code: 'bus.denied', requestId: 'r-1' },
    },
    figures: FIGURES,
  });
});

test('a cycle that failed by a defect, before it had any figures, is reported with the stack', (t) => {
  const error = new TypeError('no such thing');
  t.deepEqual(failedCycle('conversations', 5_000, error), {
    stream: 'conversations',
    at: 5_000,
    outcome: 'failed',
    failure: { code: 'defect', message: 'no such thing', fields: { code: 'defect', stack: error.stack } },
    figures: undefined,
  });
});

test('counts are added up name by name; what only one side has is kept', (t) => {
  t.deepEqual(addCounts({ published: 2, derived: 3 }, { published: 5, missed: 1 }), {
    published: 7,
    derived: 3,
    missed: 1,
  });
  t.deepEqual(addCounts(), {});
  const some = { published: 2 };
  addCounts(some, { published: 5 });
  t.deepEqual(some, { published: 2 });
});

test('of a completed cycle its publishing and its watermark are kept; what is unknown is left out', (t) => {
  const report: CycleReport = {
    stream: 'conversations',
    at: 5_000,
    outcome: 'completed',
    caughtUp: true,
    figures: FIGURES,
  };
  t.deepEqual(lastCycleOf(report), { outcome: 'completed', at: 5_000, published: 7, watermark: 4_000 });
});

test('the budget and the next poll are kept where the cycle knows them', (t) => {
  const figures = { ...FIGURES, budgetShare: 0.25, throttledMs: 0, nextDue: 30_000 };
  t.deepEqual(lastCycleOf({ stream: 'conversations', at: 5_000, outcome: 'interrupted', figures }), {
    outcome: 'interrupted',
    at: 5_000,
    published: 7,
    watermark: 4_000,
    budgetShare: 0.25,
    throttledMs: 0,
    nextDue: 30_000,
  });
});

test('of a failed cycle its reason is kept; one without figures has published nothing', (t) => {
  t.deepEqual(lastCycleOf(failedCycle('conversations', 5_000, new TypeError('no such thing'))), {
    outcome: 'failed',
    at: 5_000,
    published: 0,
    code: 'defect',
    reason: 'no such thing',
  });
});
