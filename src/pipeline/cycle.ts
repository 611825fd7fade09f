import type { EventType } from '../domain/catalogue.ts';
import { failedCycle } from '../domain/cycle-report.ts';
import { oldestPublishable } from '../domain/dedup-history.ts';
import { deriveSafely } from '../domain/derive-safely.ts';
import type { Instant } from '../domain/instant.ts';
import { selectEvents } from '../domain/selection.ts';
import { advanced, type Plan } from '../domain/window.ts';
import type { HeldLease } from '../lease/held-lease.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Names } from '../ports/names.ts';
import type { RequestBudgetUse } from '../ports/request-budget.ts';
import type { Checkpoint, CycleStateStore } from '../ports/state-store.ts';
import type { CycleSignals, Stream } from '../ports/stream.ts';
import type { StreamObserver } from '../ports/stream-observer.ts';
import type { TrustedTime } from '../ports/trusted-time.ts';
import type { WindowPrefetcher } from '../prefetch/window-prefetcher.ts';
import { assertCheckpointNotAhead } from './checkpoint-ahead.ts';
import { CycleMeter } from './cycle-stats.ts';
import type { DedupHistoryReader } from './dedup-history-store.ts';
import type { Deduplicator } from './deduplicator.ts';
import { Delivery, deliverAll } from './delivery.ts';
import { type DeliveryContexts, deliveryContexts } from './delivery-contexts.ts';
import type { FairSemaphore } from './fair-semaphore.ts';
import { pageSigns } from './page-signs.ts';
import type { Publisher } from './publisher.ts';

/** What a cycle works with, whichever stream it reads. */
export interface CycleDependencies {
  readonly state: CycleStateStore;
  readonly deduplicator: Deduplicator;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly time: TrustedTime;
  readonly log: Log;
  /** Hears of every cycle that is over, and of signs of life. */
  readonly observer: StreamObserver;
  readonly poller: string;
  readonly eventSource: string;
  readonly include: ReadonlySet<EventType>;
  /** Which `dedup.ttl` applied when; see DedupHistory. */
  readonly dedupHistoryReader: DedupHistoryReader;
  /** Permits for calls of the sink, which all streams of the process share. */
  readonly sinkPermits: FairSemaphore;
  /** How much of the source's request budget is in use, where there is one. */
  readonly budget?: RequestBudgetUse;
  /** Names for the codes in the events, where enrichment is wanted. */
  readonly names?: Names | undefined;
}

export interface CycleOptions extends CycleDependencies {
  readonly stream: Stream;
  /** When the stream is polled next by its schedule; absent where it has none. */
  readonly nextDue?: (() => Instant | undefined) | undefined;
  /**
   * Called before a window is read, with the oldest timestamp of which events may be published; must not
   * throw.
   */
  readonly onOldest?: (oldest: Instant) => void;
}

interface CompletedCycle {
  readonly status: 'completed';
  readonly checkpoint: Checkpoint;
  /** False where writing it down was put off. */
  readonly isStored: boolean;
  readonly caughtUp: boolean;
}

export type CycleOutcome =
  /** Nothing to read yet. */
  | { readonly status: 'idle' }
  | CompletedCycle
  /** Stopped from outside: the checkpoint stays, what was read is on the bus. */
  | { readonly status: 'interrupted' }
  /** The checkpoint stays; the next cycle reads the same window again. */
  | { readonly status: 'failed'; readonly failure: unknown };

/** A cycle under way. */
interface Cycle extends CycleOptions {
  readonly checkpoint: Checkpoint;
  readonly heldLease: HeldLease;
  readonly contexts: DeliveryContexts;
  readonly prefetcher: WindowPrefetcher;
  readonly meter: CycleMeter;
}

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
  prefetcher: WindowPrefetcher,
): Promise<CycleOutcome> {
  const { stream, time, observer } = options;
  const meter = new CycleMeter(options);
  const contexts = deliveryContexts(heldLease, signals, meter.stats.count);
  const cycle: Cycle = { ...options, checkpoint, heldLease, contexts, prefetcher, meter };
  let plan: Plan | undefined;
  try {
    const now = (await stream.now?.(contexts.reading)) ?? time.now();
    assertCheckpointNotAhead(stream.name, checkpoint.watermark, now);
    plan = await stream.plan(checkpoint, now, contexts.reading);
    if (!plan) return { status: 'idle' };
    await deliverWindow(cycle, plan, now);
    const moved = await moveCheckpoint(cycle, plan);
    const { caughtUp } = plan;
    const figures = meter.figures(plan.window, moved.checkpoint.watermark, stream.countsAsMissed);
    observer.onCycle({ stream: stream.name, at: time.now(), outcome: 'completed', caughtUp, figures });
    return { status: 'completed', ...moved, caughtUp };
  } catch (failure) {
    const figures = meter.figures(plan?.window, checkpoint.watermark);
    const stopped = (signals.stop.aborted && failure === signals.stop.reason) || signals.abort.aborted;
    if (stopped) observer.onCycle({ stream: stream.name, at: time.now(), outcome: 'interrupted', figures });
    else observer.onCycle(failedCycle(stream.name, time.now(), failure, figures));
    return stopped ? { status: 'interrupted' } : { status: 'failed', failure };
  } finally {
    contexts.release();
  }
}

/** Resolves when every event of the window is on the bus and recorded, or is a stored dead letter. */
async function deliverWindow(cycle: Cycle, plan: Plan, now: Instant): Promise<void> {
  const { stream, deduplicator, dedupHistoryReader, checkpoint, heldLease, contexts, prefetcher, meter } = cycle;
  const { stats } = meter;
  const oldest = oldestPublishable(
    checkpoint.origin,
    now,
    await dedupHistoryReader.current(heldLease, contexts.reading),
  );
  cycle.onOldest?.(oldest);
  // A table that cannot be written would make every event that is published now a repeat after the next
  // crash.
  await deduplicator.recordUnrecorded(contexts.recording);
  const { assertMayPublish } = heldLease;
  const delivery = new Delivery({ ...cycle, stats, stream: stream.name, assertMayPublish });
  const pages = prefetching(prefetcher.take(plan.window, stats.count), () =>
    prefetcher.prefetch(plan, checkpoint, now, contexts.reading),
  );
  await deliverAll(delivery, () => readWindow(cycle, oldest, pages, delivery));
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
  { stream, include, deduplicator, meter: { stats }, contexts, clock, observer }: Cycle,
  oldest: Instant,
  pages: AsyncIterable<readonly unknown[]>,
  delivery: Delivery,
): Promise<void> {
  const onPage = pageSigns({ clock, observer, stream });
  for await (const page of pages) {
    onPage(page.length);
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
    contexts.reading.signal.throwIfAborted();
  }
}

/**
 * The checkpoint after the window. Where nothing new was found, writing it down may be put off, unless the
 * stored one is too old for the stream.
 */
async function moveCheckpoint(cycle: Cycle, plan: Plan): Promise<Pick<CompletedCycle, 'checkpoint' | 'isStored'>> {
  const { state, stream, time, heldLease, contexts, meter } = cycle;
  const reached = advanced(cycle.checkpoint, plan);
  const storedAgo = Math.abs(time.now() - reached.updatedAt);
  if (plan.caughtUp && meter.stats.foundNothingNew && storedAgo < (stream.maxCheckpointLag ?? 0)) {
    return { checkpoint: reached, isStored: false };
  }
  const checkpoint: Checkpoint = { ...reached, fence: heldLease.fence, updatedAt: time.now() };
  const { outcome } = await state.writeCheckpoint(stream.name, checkpoint, contexts.recording);
  if (outcome === 'written') return { checkpoint, isStored: true };
  heldLease.end('another poller has moved the checkpoint');
  throw heldLease.signal.reason;
}
