import type { PhoneNumbers } from '../domain/privacy.ts';
import { planReconciliation, type ReconciliationRules } from '../domain/reconciliation.ts';
import type { Scope } from '../domain/selection.ts';
import type { Plan, Window } from '../domain/window.ts';
import type { Call } from '../ports/call.ts';
import type { ConversationJobs } from '../ports/conversation-jobs.ts';
import type { Checkpoint, StateTable, StoredJob } from '../ports/state-table.ts';
import { deriveInScope } from './conversation-stream.ts';
import type { Stream } from './cycle.ts';
import type { JobReader, RunningJob } from './job-reader.ts';

export interface ReconciliationStreamOptions {
  readonly jobs: ConversationJobs;
  readonly reader: JobReader;
  readonly state: StateTable;
  readonly rules: ReconciliationRules;
  readonly scope: Scope;
  readonly phoneNumbers: PhoneNumbers;
  /** Whether the stream `conversations` is polled too, by whatever process. */
  readonly besideLive: boolean;
  /** Where to begin if that is not so; epoch milliseconds. */
  readonly startsAt: (now: number) => number;
}

const NAME = 'reconciliation';
const LIVE = 'conversations';
/** A live stream whose checkpoint has stood still for so long is not waited for. */
const STALLED = 3_600_000;

/**
 * The second look at conversations, through jobs over what the data lake guarantees: finds what the live stream could not
 * see yet when it looked, or was not there to see. What it finds is published under the same IDs; everything else it
 * reads is known already.
 */
export function reconciliationStream(options: ReconciliationStreamOptions): Stream {
  const { jobs, reader, state, rules, scope, phoneNumbers, besideLive, startsAt } = options;
  /** What was known when a window was planned. */
  const planned = new WeakMap<Window, { readonly checkpoint: Checkpoint; readonly running: RunningJob | undefined }>();

  return {
    name: NAME,
    now: (call) => jobs.now(call),
    flushEachPage: true,

    /** Both streams publish from the same time on: this one begins when the other has begun. */
    async startsAt(now, call) {
      const live = await state.readCheckpoint(LIVE, call);
      if (live) return live.origin;
      return besideLive ? undefined : startsAt(now);
    },

    async plan(checkpoint, now, call) {
      const guaranteed = Math.min(now, await jobs.availability(call));
      const target = Math.min(guaranteed, await liveReach(now, call));
      const stored = await state.readJob(NAME, call);
      const resumed = stored && goOn(stored, checkpoint, guaranteed, target);
      const plan = resumed ?? planReconciliation(checkpoint, now, target, rules);
      if (plan) planned.set(plan.window, { checkpoint, running: resumed && stored });
      return plan;
    },

    read(window, call) {
      const context = planned.get(window);
      if (!context) throw new Error('a window is read only after it was planned');
      const { checkpoint, running } = context;
      const { watermark, updatedAt: checkpointAt } = checkpoint;
      const remember = (job: RunningJob, underThisCall: Call) =>
        state.writeJob(NAME, { ...job, windowEnd: window.end, watermark, checkpointAt }, underThisCall);
      return reader.read({ window, running, remember }, call);
    },

    derive: (record) => deriveInScope(record, scope, phoneNumbers),

    ...(besideLive && {
      finding: (missed: number) => ({
        msg: `Read again what the data lake guarantees: the live stream had missed ${missed} events`,
        fields: { missed },
      }),
    }),
  };

  /**
   * What the live stream has not come to yet it has not missed, so this stream stays behind it. Unless it stands still: then
   * events that come hours late, by this way, are better than none.
   */
  async function liveReach(now: number, call: Call): Promise<number> {
    const live = besideLive ? await state.readCheckpoint(LIVE, call) : undefined;
    return live && now - live.updatedAt < STALLED ? live.watermark : Number.POSITIVE_INFINITY;
  }
}

/**
 * What is left of a window that was begun from this very checkpoint: from the piece on whose job is under way. A
 * checkpoint that has moved, or was set by an operator, calls for another window, as does a guarantee that was taken back.
 */
function goOn(job: StoredJob, checkpoint: Checkpoint, guaranteed: number, target: number): Plan | undefined {
  const isCurrent = job.watermark === checkpoint.watermark && job.checkpointAt === checkpoint.updatedAt;
  if (!isCurrent || job.windowEnd > guaranteed) return undefined;
  return { window: { start: job.piece.start, end: job.windowEnd }, caughtUp: job.windowEnd >= target };
}
