import { mergedPeriods, remainder } from '../domain/backfill.ts';
import { type CycleReport, lastCycleOf } from '../domain/cycle-report.ts';
import { type DedupHistory, oldestPublishable, UNLIMITED, withReserve } from '../domain/dedup-history.ts';
import { Failure } from '../domain/failure.ts';
import { formatInstant, type Instant } from '../domain/instant.ts';
import type { PhoneNumbers } from '../domain/privacy.ts';
import { backoffDelay, RETRIES } from '../domain/retry-policy.ts';
import type { Scope } from '../domain/selection.ts';
import { BACKFILL } from '../domain/streams.ts';
import { isSameWindow, type Window } from '../domain/window.ts';
import type { HeldLease } from '../lease/held-lease.ts';
import type { LeaseManager } from '../lease/lease-manager.ts';
import { withLease } from '../lease/with-lease.ts';
import type { CycleDependencies } from '../pipeline/cycle.ts';
import type { DedupHistoryReader } from '../pipeline/dedup-history-store.ts';
import { StreamRunner } from '../pipeline/run-stream.ts';
import type { ConversationJobs } from '../ports/conversation-jobs.ts';
import { contextOf, type RequestContext } from '../ports/request-context.ts';
import type { BackfillRun, StateStore } from '../ports/state-store.ts';
import type { CycleSignals, Stream } from '../ports/stream.ts';
import { everyObserver } from '../ports/stream-observer.ts';
import { tooOld } from './backfill-refusals.ts';
import { assertReadable, backfillStream } from './backfill-stream.ts';
import type { JobReader } from './job-reader.ts';

export interface BackfillOptions {
  /** Events from `start` up to, and without, `end` are published. */
  readonly period: Window;
  /** When it was requested. The age of the period is judged by that. */
  readonly askedAt: Instant;
  /** Whether events may be published whose IDs, if published before, are no longer remembered. */
  readonly allowRepeats: boolean;
  readonly runs: Pick<StateStore, 'readBackfillRun' | 'writeBackfillRun'>;
  readonly jobs: ConversationJobs;
  readonly reader: JobReader;
  readonly scope: Scope;
  readonly phoneNumbers: PhoneNumbers;
  readonly cycle: CycleDependencies;
  readonly leaseManager: LeaseManager;
  /** Called at the beginning, with every page and after every window; must not throw. */
  readonly onProgress: (progress: BackfillProgress) => void;
}

/** The progress of a run, and what this process has contributed. */
export interface BackfillProgress {
  /** The watermark at which this process took the run over. */
  readonly begunAt: Instant;
  /** The watermark: everything before it is done. */
  readonly watermark: Instant;
  /** Read by this process. A conversation that lives in several windows is read with each of them. */
  readonly conversations: number;
  /** Events that EventBridge accepted from this process. */
  readonly published: number;
  /** What this process stored as dead letters. */
  readonly deadLettered: number;
}

export type BackfillOutcome =
  | { readonly status: 'completed' }
  /** All that can be read is on the bus. `gaps`: how many pieces this process could not read. */
  | { readonly status: 'incomplete'; readonly gaps: number }
  /** Stopped from outside: what was read is on the bus, and the same backfill resumes from there. */
  | { readonly status: 'interrupted' }
  /** A window failed repeatedly; the same backfill resumes from there. */
  | { readonly status: 'failed'; readonly failure: unknown };

/** Failures that pass by themselves. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'genesys.unreachable',
  'genesys.throttled',
  'table.unavailable',
  'bus.unavailable',
]);

/**
 * Publishes what is missing of a past period, window after window, oldest first, under a lease of its own. An
 * unfinished run for the very same period and selection is resumed. Rejects with a Failure if it cannot begin.
 */
export async function backfill(options: BackfillOptions, signals: CycleSignals): Promise<BackfillOutcome> {
  const { leaseManager } = options;
  try {
    return await withLease({ leaseManager, policy: 'once', signals }, async ({ heldLease }) => {
      const { run, history } = await takeOver(options, heldLease, contextOf(signals.stop));
      return runWindows(options, run, history, heldLease, signals);
    });
  } catch (failure) {
    if (signals.stop.aborted) return { status: 'interrupted' };
    throw failure;
  }
}

/**
 * The unfinished run of this period, or a new one; throws a Failure if it is not allowed. Nothing has been
 * read yet.
 */
async function takeOver(
  options: BackfillOptions,
  heldLease: HeldLease,
  context: RequestContext,
): Promise<{ readonly run: BackfillRun; readonly history: DedupHistory }> {
  const { period, askedAt, allowRepeats, runs, jobs, cycle } = options;
  const { state, dedupHistoryReader, time } = cycle;
  // Genesys's time must be known before anything is judged by time.
  const now = await jobs.now(context);
  const history = await dedupHistoryReader.current(heldLease, context);
  const stored = await runs.readBackfillRun(context);
  const unfinished = stored && stored.checkpoint.watermark < stored.period.end ? stored : undefined;
  const selection = selectionOf(options);
  const isSame = ({ period: begun, selection: selected = selection }: BackfillRun) =>
    isSameWindow(begun, period) && selected === selection;
  const resumed = unfinished && isSame(unfinished) ? unfinished : undefined;

  const first = resumed?.checkpoint.watermark ?? period.start;
  const oldest = oldestPublishable(first, askedAt, history);
  if (first < oldest && !allowRepeats) throw tooOld(first, oldest);
  await assertReadable(period.end, { jobs, state, now }, context);

  const checkpoint = { watermark: first, origin: period.start, fence: heldLease.fence, updatedAt: time.now() };
  const run = resumed ?? { period, selection, checkpoint, earlier: earlierThan(stored, time.now(), history) };
  if (!resumed && (await runs.writeBackfillRun(run, context)) === 'refused') throw takenOver();
  if (!resumed && unfinished) logAbandoned(options, unfinished);
  logBeginning(options, run, resumed !== undefined);
  return { run, history };
}

/** What a run publishes of its period. For a wider selection, finished windows hold more to publish. */
function selectionOf({ scope, cycle }: BackfillOptions): string {
  return [scope, ...[...cycle.include].sort()].join(' ');
}

/**
 * The periods of earlier backfills, so that an audit knows that publishing them was a task. Nothing can be
 * called missing once it is no longer remembered, so those periods are dropped.
 */
function earlierThan(stored: BackfillRun | undefined, now: Instant, history: DedupHistory): readonly Window[] {
  if (!stored) return [];
  const oldest = oldestPublishable(Number.NEGATIVE_INFINITY, now, history);
  return mergedPeriods([...stored.earlier, stored.period], oldest);
}

async function runWindows(
  options: BackfillOptions,
  { checkpoint }: BackfillRun,
  stored: DedupHistory,
  heldLease: HeldLease,
  signals: CycleSignals,
): Promise<BackfillOutcome> {
  const { period, allowRepeats, cycle, leaseManager, onProgress } = options;
  const { clock } = cycle;
  // What was young enough when the run began stays so until its end: the run may use up the day of margin.
  const history = allowRepeats ? UNLIMITED : withReserve(stored);
  const tracker = new ProgressTracker(checkpoint.watermark, onProgress);
  const onCycle = (report: CycleReport) => {
    leaseManager.note(lastCycleOf(report));
    tracker.cycle(report);
  };
  const current: DedupHistoryReader['current'] = async (...args) => {
    // The daemon may have announced a longer dedup.ttl than that of the IDs of this run.
    await cycle.dedupHistoryReader.current(...args);
    return history;
  };
  const runner = new StreamRunner(
    {
      ...cycle,
      stream: windowsOf(options, checkpoint.watermark, history, tracker),
      dedupHistoryReader: { current },
      observer: everyObserver(cycle.observer, { onCycle }),
    },
    { heldLease, checkpoint },
  );

  try {
    for (;;) {
      const outcome = await runner.poll(signals);
      if (tracker.watermark >= period.end)
        return tracker.gaps > 0 ? { status: 'incomplete', gaps: tracker.gaps } : { status: 'completed' };
      if (outcome.status !== 'failed') return { status: 'interrupted' };
      const { failure } = outcome;
      const isTransient = failure instanceof Failure && TRANSIENT_CODES.has(failure.code);
      if (!isTransient || tracker.failures >= RETRIES.backfillWindow.attempts) return { status: 'failed', failure };
      await clock.sleep(backoffDelay(tracker.failures, RETRIES.backfillWindow.backoff, clock.random()), signals.stop);
    }
  } finally {
    await runner.flush(contextOf(signals.abort));
  }
}

/** The stream of a run, from its watermark on. */
function windowsOf(
  options: BackfillOptions,
  watermark: Instant,
  history: DedupHistory,
  tracker: ProgressTracker,
): Stream {
  const { jobs, reader, period, scope, phoneNumbers, cycle } = options;
  return backfillStream({
    jobs,
    reader,
    state: cycle.state,
    period,
    history,
    scope,
    phoneNumbers,
    publishes: remainder(period, watermark),
    onWindow: (window) => tracker.window(window),
    onPage: (conversations) => tracker.page(conversations),
    onGap: (gap) => tracker.gap(gap),
  });
}

/** Counts what this process contributes to a run, and reports each step. */
class ProgressTracker {
  /** Cycles that failed since the last one that did not. */
  failures = 0;
  /** The beginnings of pieces that could not be read. */
  private readonly unread = new Set<Instant>();
  private readonly onProgress: BackfillOptions['onProgress'];
  private progress: BackfillProgress;

  constructor(begunAt: Instant, onProgress: BackfillOptions['onProgress']) {
    this.onProgress = onProgress;
    this.progress = { begunAt, watermark: begunAt, conversations: 0, published: 0, deadLettered: 0 };
    onProgress(this.progress);
  }

  get watermark(): Instant {
    return this.progress.watermark;
  }

  get gaps(): number {
    return this.unread.size;
  }

  /** What could not be read before is read again, or is met again, if the window includes it. */
  window({ start, end }: Window): void {
    for (const gap of this.unread) if (gap >= start && gap < end) this.unread.delete(gap);
  }

  page(conversations: number): void {
    this.report({ conversations: this.progress.conversations + conversations });
  }

  gap({ start }: Window): void {
    this.unread.add(start);
  }

  cycle({ outcome, figures }: CycleReport): void {
    const watermark = figures?.watermark ?? this.watermark;
    this.failures = outcome === 'failed' ? this.failures + 1 : 0;
    this.report({
      watermark,
      published: this.progress.published + (figures?.counts.published ?? 0),
      deadLettered: this.progress.deadLettered + (figures?.counts.deadLettered ?? 0),
    });
  }

  private report(news: Partial<BackfillProgress>): void {
    this.progress = { ...this.progress, ...news };
    this.onProgress(this.progress);
  }
}

function logAbandoned({ cycle }: BackfillOptions, { period, checkpoint }: BackfillRun): void {
  const [from, to, watermark] = [period.start, period.end, checkpoint.watermark].map(formatInstant);
  cycle.log.warn(
    'backfill.abandoned',
    `The unfinished backfill from ${from} to ${to} is forgotten. It had reached ${watermark}; started again, it begins anew`,
    { stream: BACKFILL, from, to, watermark },
  );
}

function logBeginning({ cycle }: BackfillOptions, { period, checkpoint }: BackfillRun, resumed: boolean): void {
  const [from, to, watermark] = [period.start, period.end, checkpoint.watermark].map(formatInstant);
  const msg = resumed
    ? `Going on at ${watermark} with the backfill from ${from} to ${to}`
    : `Backfill from ${from} to ${to}`;
  cycle.log.info('backfill.started', msg, { stream: BACKFILL, from, to, watermark, resumed });
}

function takenOver(): Failure {
  return new Failure({
    code: 'lease.lost',
    what: 'This process no longer holds the lease of the stream backfill',
    why: 'another backfill has taken it over',
    remedy: 'Let it do its work, or stop it and ask again',
  });
}
