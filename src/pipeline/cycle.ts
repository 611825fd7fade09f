import type { EventType } from '../domain/catalogue.ts';
import { failedCycle } from '../domain/cycle-report.ts';
import { oldestPublishable } from '../domain/dedup-history.ts';
import { deriveSafely } from '../domain/guard.ts';
import type { Instant } from '../domain/instant.ts';
import { selectEvents } from '../domain/selection.ts';
import { advanced, type Plan } from '../domain/window.ts';
import type { HeldLease } from '../lease/held-lease.ts';
import { linkSignals } from '../lib/abort.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Names } from '../ports/names.ts';
import type { RequestBudgetUse } from '../ports/request-budget.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { Checkpoint, StateTable } from '../ports/state-store.ts';
import type { CycleSignals, Stream } from '../ports/stream.ts';
import type { StreamObserver } from '../ports/stream-observer.ts';
import type { TrustedTime } from '../ports/trusted-time.ts';
import { WindowPrefetcher } from '../prefetch/window-prefetcher.ts';
import { demandPast } from './checkpoint-ahead.ts';
import { CycleMeter, type CycleStats } from './cycle-stats.ts';
import type { DedupHistories } from './dedup-histories.ts';
import type { Deduplicator } from './deduplicator.ts';
import { Delivery, deliverAll } from './delivery.ts';
import type { FairSemaphore } from './fair-semaphore.ts';
import type { Publisher } from './publisher.ts';

/** What a cycle works with, whichever stream it reads. */
export interface CycleParts {
  readonly state: StateTable;
  readonly deduplicator: Deduplicator;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly time: TrustedTime;
  readonly log: Log;
  /** Hears of every cycle that is over, and of signs of life. */
  readonly observer: StreamObserver;
  readonly poller: string;
  readonly source: string;
  readonly include: ReadonlySet<EventType>;
  /** Since when every published ID is recorded. */
  readonly dedupHistories: DedupHistories;
  /** Permits for calls of the sink, which all streams of the process share. */
  readonly calls: FairSemaphore;
  /** How much of the source's request budget is in use, where there is one. */
  readonly budget?: RequestBudgetUse;
  /** Names for the codes in the events, where enrichment is wanted. */
  readonly names?: Names | undefined;
}

export interface CycleOptions extends CycleParts {
  readonly stream: Stream;
  /** When the stream is polled next by its schedule; absent where it has none. */
  readonly nextDue?: (() => Instant | undefined) | undefined;
  /**
   * Called before a window is read, with the oldest timestamp of which events may be published; must not
   * throw.
   */
  readonly onOldest?: (oldest: Instant) => void;
}

export type CycleOutcome =
  /** Nothing to read yet. */
  | { readonly status: 'idle' }
  | {
      readonly status: 'completed';
      readonly checkpoint: Checkpoint;
      /** False where writing it down was put off. */
      readonly isStored: boolean;
      readonly caughtUp: boolean;
    }
  /** Stopped from outside: the checkpoint stays, what was read is on the bus. */
  | { readonly status: 'interrupted' }
  /** The checkpoint stays; the next cycle reads the same window again. */
  | { readonly status: 'failed'; readonly failure: unknown };

/**
 * One window from the source to the bus. The promise of the whole program stands on the order of the steps
 * below: read IDs → publish → record IDs (all three in Delivery) → move the checkpoint. A crash between any
 * two of them repeats what was in flight, and loses nothing.
 */
export async function runCycle(
  options: CycleOptions,
  checkpoint: Checkpoint,
  heldLease: HeldLease,
  signals: CycleSignals,
  prefetchWindows?: WindowPrefetcher,
): Promise<CycleOutcome> {
  const { stream, time, dedupHistories, observer } = options;
  const meter = new CycleMeter(options);
  const { stats } = meter;
  const publishing = linkSignals(...heldLease.lossSignals, signals.abort);
  const reading = linkSignals(publishing.signal, signals.stop);
  const ahead = prefetchWindows ?? new WindowPrefetcher(stream, reading.signal);
  const contextWith = (signal: AbortSignal): RequestContext => ({ signal, count: stats.count });
  const recording = linkSignals(signals.abort);
  const recordContext = contextWith(recording.signal);
  let plan: Plan | undefined;
  try {
    const readContext = contextWith(reading.signal);
    const now = (await stream.now?.(readContext)) ?? time.now();
    demandPast(stream.name, checkpoint.watermark, now);
    plan = await stream.plan(checkpoint, now, readContext);
    if (!plan) return { status: 'idle' };
    const planned = plan;
    const { window } = planned;
    const delivery = new Delivery({
      ...options,
      stats,
      stream: stream.name,
      storeDeadLetter: (deadLetter, context) => options.state.putDeadLetter(stream.name, deadLetter, context),
      context: contextWith(publishing.signal),
      recordContext,
      mayPublish: heldLease.mayPublish,
    });
    const oldest = oldestPublishable(checkpoint.origin, now, await dedupHistories.under(heldLease, readContext));
    options.onOldest?.(oldest);
    // A table that cannot be written would make every event that is published now a repeat after the next
    // crash.
    await options.deduplicator.recordUnrecorded(recordContext);
    const pages = prefetching(ahead.take(window, stats.count), () =>
      ahead.prefetch(planned, checkpoint, now, readContext),
    );
    await deliverAll(delivery, () => readWindow(options, oldest, pages, stats, delivery, reading.signal));
    const mayLag = plan.caughtUp && stats.foundNothing && isFresh(checkpoint, options);
    const reached = advanced(checkpoint, plan);
    const moved = mayLag ? reached : await moveCheckpoint(options, reached, heldLease, recordContext);
    observer.onCycle({
      ...{ stream: stream.name, at: time.now(), outcome: 'completed', caughtUp: plan.caughtUp },
      figures: meter.figures(window, moved.watermark, stream.isSecondReading),
    });
    return { status: 'completed', checkpoint: moved, isStored: !mayLag, caughtUp: plan.caughtUp };
  } catch (failure) {
    const stopped = (signals.stop.aborted && failure === signals.stop.reason) || signals.abort.aborted;
    const figures = meter.figures(plan?.window, checkpoint.watermark);
    const ended = { stream: stream.name, at: time.now() };
    if (stopped) observer.onCycle({ ...ended, outcome: 'interrupted', figures });
    else observer.onCycle(failedCycle(ended.stream, ended.at, failure, figures));
    return stopped ? { status: 'interrupted' } : { status: 'failed', failure };
  } finally {
    if (!prefetchWindows) ahead.close();
    reading.release();
    publishing.release();
    recording.release();
  }
}

/**
 * Prefetches once the first page of this window has come, or none will. The window has sent its own requests
 * by then; the next windows take what is left.
 */
async function* prefetching<T>(pages: AsyncIterable<T>, extend: () => Promise<void>): AsyncGenerator<T, void, void> {
  for await (const page of pages) {
    await extend();
    yield page;
  }
  await extend();
}

async function readWindow(
  { stream, include, deduplicator }: CycleOptions,
  oldest: Instant,
  pages: AsyncIterable<readonly unknown[]>,
  stats: CycleStats,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<void> {
  for await (const page of pages) {
    for (const record of page) {
      const derivation = deriveSafely(stream.derive, record);
      if (!derivation) continue;
      const { eligible, tooOld } = selectEvents(derivation.events, include, oldest);
      stats.conversations++;
      stats.derived += eligible.length + tooOld.length;
      for (const { id } of tooOld) {
        if (deduplicator.isCached(id) || !deduplicator.markTooOld(id)) stats.duplicates++;
        else stats.tooOld++;
      }
      await delivery.addMalformed(derivation.malformed);
      await delivery.add(eligible);
    }
    if (stream.flushEachPage) await delivery.finish();
    signal.throwIfAborted();
  }
}

/** Whether the checkpoint was stored not long ago, for a stream that minds no more than that. */
function isFresh({ updatedAt }: Checkpoint, { stream, time }: CycleOptions): boolean {
  return Math.abs(time.now() - updatedAt) < (stream.mayLag ?? 0);
}

async function moveCheckpoint(
  { state, stream, time }: CycleOptions,
  reached: Checkpoint,
  heldLease: HeldLease,
  context: RequestContext,
): Promise<Checkpoint> {
  const next: Checkpoint = { ...reached, fence: heldLease.fence, updatedAt: time.now() };
  const written = await state.writeCheckpoint(stream.name, next, context);
  if (written.outcome === 'written') return next;
  heldLease.end('another poller has moved the checkpoint');
  throw heldLease.signal.reason;
}
