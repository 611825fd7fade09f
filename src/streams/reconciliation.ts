import { rereadingShareOf } from '../domain/budget.ts';
import type { PhoneNumbers } from '../domain/privacy.ts';
import { partsOf, planReconciliation, type ReconciliationRules } from '../domain/reconciliation.ts';
import type { Scope } from '../domain/selection.ts';
import { CONVERSATIONS, RECONCILIATION } from '../domain/streams.ts';
import type { Window } from '../domain/window.ts';
import type { Clock } from '../ports/clock.ts';
import type { ConversationJobs } from '../ports/conversation-jobs.ts';
import type { CycleStateStore } from '../ports/state-store.ts';
import type { Stream } from '../ports/stream.ts';
import { deriveInScope } from './conversations.ts';
import type { JobReader } from './job-reader.ts';
import { JobWindows } from './job-windows.ts';
import { liveWatermark } from './live-watermark.ts';
import { TokenBucket } from './token-bucket.ts';

export interface ReconciliationStreamOptions {
  readonly jobs: ConversationJobs;
  readonly reader: JobReader;
  readonly state: CycleStateStore;
  readonly rules: ReconciliationRules;
  readonly clock: Clock;
  /** The request budget, of which reading the horizon again takes a share. */
  readonly requestsPerMinute: number;
  readonly scope: Scope;
  readonly phoneNumbers: PhoneNumbers;
  /** Whether this process polls the stream `conversations` too. */
  readonly isLiveEnabled: boolean;
  /** The watermark of that stream, as far as this process knows; epoch milliseconds. */
  readonly liveUpTo?: () => number | undefined;
  /** Where to begin if it does not; epoch milliseconds. */
  readonly startsAt: (now: number) => number;
}

/**
 * Reads conversations again, through jobs over what the data lake guarantees. It finds what Genesys
 * did not yet show when the live stream read, or what fell into its downtime. What it finds is published
 * under the same IDs; everything else it reads is known already.
 */
export function reconciliationStream(options: ReconciliationStreamOptions): Stream {
  const { jobs, reader, state, rules, scope, phoneNumbers, isLiveEnabled, liveUpTo, startsAt } = options;
  const windows = new JobWindows({
    stream: RECONCILIATION,
    state,
    reader,
    partsOf: (window, checkpoint) => partsOf(window, checkpoint, rules),
  });
  const pace = new TokenBucket(rereadingShareOf(options.requestsPerMinute), options.clock);
  /** The windows of which everything was guaranteed, and read, before. */
  const rereadings = new WeakSet<Window>();

  return {
    name: RECONCILIATION,
    now: (context) => jobs.now(context),
    flushEachPage: true,

    /** Both streams publish from the same time on: this one has the origin of the other. */
    async startsAt(now, context) {
      const live = await state.readCheckpoint(CONVERSATIONS, context);
      if (live) return live.origin;
      return isLiveEnabled ? undefined : startsAt(now);
    },

    async plan(checkpoint, now, context) {
      const guaranteed = Math.min(now, await jobs.availability(context));
      const target = Math.min(guaranteed, await liveWatermark(state, now, context, liveUpTo?.()));
      const anew = () => planReconciliation(checkpoint, now, target, rules);
      const plan = await windows.plan(checkpoint, { guaranteed, target }, anew, context);
      if (plan && plan.window.end <= checkpoint.watermark) rereadings.add(plan.window);
      return plan;
    },

    read: (window, context) =>
      rereadings.has(window)
        ? pace.paced((counted) => windows.read(window, counted), context)
        : windows.read(window, context),

    /** Reading would submit and store a job, and only the holder of the lease may do that. */
    probe: async (context) => void (await jobs.availability(context)),

    derive: (record) => deriveInScope(record, scope, phoneNumbers),

    countsAsMissed: isLiveEnabled,
  };
}
