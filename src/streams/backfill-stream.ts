import { planBackfill } from '../domain/backfill.ts';
import { type DedupHistory, oldestPublishable } from '../domain/dedup-history.ts';
import type { Instant } from '../domain/instant.ts';
import type { PhoneNumbers } from '../domain/privacy.ts';
import type { Scope } from '../domain/selection.ts';
import { BACKFILL } from '../domain/streams.ts';
import type { Window } from '../domain/window.ts';
import type { ConversationJobs } from '../ports/conversation-jobs.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { CycleStateStore } from '../ports/state-store.ts';
import type { Stream } from '../ports/stream.ts';
import { notGuaranteed, notPassed, tooOld } from './backfill-refusals.ts';
import { deriveInScope } from './conversations.ts';
import type { JobReader } from './job-reader.ts';
import { JobWindows } from './job-windows.ts';
import { liveWatermark } from './live-watermark.ts';

export interface BackfillStreamOptions {
  readonly jobs: ConversationJobs;
  readonly reader: JobReader;
  readonly state: CycleStateStore;
  /** The parameters of the run. */
  readonly period: Window;
  /** Only events within these times are published. */
  readonly publishes: Window;
  /** How far back published IDs are remembered, with a day of margin. */
  readonly history: DedupHistory;
  readonly scope: Scope;
  readonly phoneNumbers: PhoneNumbers;
  /** Called with each window that is about to be read. */
  readonly onWindow: (window: Window) => void;
  /** Called with the number of conversations of each page. */
  readonly onPage: (conversations: number) => void;
  /** Called with each piece that cannot be read and is left out. */
  readonly onGap: (gap: Window) => void;
}

/** A past period of conversations, through jobs over what the data lake guarantees. */
export function backfillStream(options: BackfillStreamOptions): Stream {
  const { jobs, reader, state, period, publishes, history, scope, phoneNumbers, onWindow, onPage, onGap } = options;
  const windows = new JobWindows({ stream: BACKFILL, state, reader, onGap });
  return {
    name: BACKFILL,
    now: (context) => jobs.now(context),
    flushEachPage: true,
    startsAt: async () => period.start,

    async plan(checkpoint, now, context) {
      const anew = planBackfill(period, checkpoint.watermark);
      if (!anew) return undefined;
      const oldest = oldestPublishable(period.start, now, history);
      if (checkpoint.watermark < oldest) throw tooOld(checkpoint.watermark, oldest);
      const guaranteed = await assertReadable(anew.window.end, { jobs, state, now }, context);
      return windows.plan(checkpoint, { guaranteed, target: period.end }, () => anew, context);
    },

    async *read(window, context) {
      onWindow(window);
      for await (const page of windows.read(window, context)) {
        onPage(page.length);
        yield page;
      }
    },

    derive(record) {
      const derivation = deriveInScope(record, scope, phoneNumbers);
      if (!derivation) return undefined;
      const events = derivation.events.filter(
        ({ timestamp }) => timestamp >= publishes.start && timestamp < publishes.end,
      );
      return { ...derivation, events };
    },
  };
}

/**
 * Resolves to the time up to which the data lake is complete. Rejects with a Failure if what is before `end`
 * is not all in it, or not all behind a live stream that is running.
 */
export async function assertReadable(
  end: Instant,
  { jobs, state, now }: { readonly jobs: ConversationJobs; readonly state: CycleStateStore; readonly now: Instant },
  context: RequestContext,
): Promise<Instant> {
  const guaranteed = await jobs.availability(context);
  if (end > guaranteed) throw notGuaranteed(end, guaranteed);
  const live = await liveWatermark(state, now, context);
  if (end > live) throw notPassed(end, live);
  return guaranteed;
}
