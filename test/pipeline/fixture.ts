import { EVENT_TYPES } from '../../src/domain/catalogue.ts';
import { toEntry } from '../../src/domain/envelope.ts';
import type { DerivedEvent } from '../../src/domain/event.ts';
import type { StreamName } from '../../src/domain/streams.ts';
import type { Window } from '../../src/domain/window.ts';
import { HeldLease } from '../../src/lease/held-lease.ts';
import { type AcquiredLease, LeaseManager } from '../../src/lease/lease-manager.ts';
import { withLease } from '../../src/lease/with-lease.ts';
import { linkSignals } from '../../src/lib/abort.ts';
import { type CycleOptions, type CycleOutcome, runCycle } from '../../src/pipeline/cycle.ts';
import { CycleStats } from '../../src/pipeline/cycle-stats.ts';
import { Deduplicator } from '../../src/pipeline/deduplicator.ts';
import { Delivery } from '../../src/pipeline/delivery.ts';
import { FairSemaphore } from '../../src/pipeline/fair-semaphore.ts';
import { Publisher } from '../../src/pipeline/publisher.ts';
import type { Checkpoint } from '../../src/ports/state-store.ts';
import type { CycleSignals } from '../../src/ports/stream.ts';
import type { StreamObserver } from '../../src/ports/stream-observer.ts';
import { WindowPrefetcher } from '../../src/prefetch/window-prefetcher.ts';
import { conversationStream } from '../../src/streams/conversations.ts';
import { everyCycleLine } from '../support/cycle-reports.ts';
import { FakeBus, FakeDedupTable, FakeSource, FakeStateTable, FakeTicker } from '../support/fakes.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { hostTime, rememberedFor } from '../support/trusted-time.ts';
import { Wire } from '../support/wire.ts';

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** A time of the day on which all tests take place, `09:59` or `09:59:30.250`, as epoch milliseconds. */
export function at(time: string): number {
  return Date.parse(`2026-11-20T${time}Z`);
}

/** A window as `09:45–09:59`. */
export function span({ start, end }: Window): string {
  const text = (instant: number) => new Date(instant).toISOString().slice(11, 16);
  return `${text(start)}–${text(end)}`;
}

/** An event by a name that serves as its ID. */
export function eventOf(id: string, conversationId = `conversation of ${id}`): DerivedEvent {
  const timestamp = at('09:55');
  const conversationStart = '2026-11-20T09:55:00.000Z';
  const data = {
    eventType: 'conversationStarted',
    timestamp: conversationStart,
    conversationId,
    conversationStart,
  } as const;
  return { id, eventType: 'conversationStarted', timestamp, data };
}

export function eventsOf(count: number): readonly DerivedEvent[] {
  return Array.from({ length: count }, (_, index) => eventOf(`e${index + 1}`));
}

/** An event in its envelope. */
export function entryOf(id: string) {
  const now = at('10:00');
  return toEntry(eventOf(id), { source: 's', poller: 'p', stream: 'conversations', observedAt: now, publishedAt: now });
}

/** A conversation that yields one event, `conversationStarted`. */
export function conversation(conversationId: string, start = '09:55:00.000') {
  return { conversationId, conversationStart: `2026-11-20T${start}Z`, originatingDirection: 'outbound' };
}

/** A page of such conversations, `c1` and so on. */
export function conversations(count: number, first = 1) {
  return Array.from({ length: count }, (_, index) => conversation(`c${index + first}`));
}

/** How long a cycle may take before it counts as hung. */
export const ALLOWED = () => 20 * MINUTE;

export const CHECKPOINT: Checkpoint = {
  watermark: at('09:50'),
  origin: at('00:00'),
  fence: 1,
  updatedAt: at('09:51'),
};

/** Signals that a test may raise. */
export function raisable() {
  const stop = new AbortController();
  const abort = new AbortController();
  const signals: CycleSignals = { stop: stop.signal, abort: abort.signal };
  return {
    signals,
    stop: () => stop.abort(new Error('stopped by SIGTERM')),
    abort: () => abort.abort(new Error('poller.shutdownTimeout has passed')),
  };
}

/** The real poller over fakes: it is ten o'clock, everything up to ten to ten is published. */
export function fixture(
  options: { readonly autoAdvance?: boolean; readonly cacheSize?: number; readonly maxCheckpointLag?: number } = {},
) {
  const { autoAdvance = true, cacheSize = 10_000, maxCheckpointLag = 0 } = options;
  const wire = new Wire();
  const clock = new ManualClock('2026-11-20T10:00:00.000Z', { autoAdvance });
  const log = recordedLog();
  const table = new FakeDedupTable(wire);
  const bus = new FakeBus(wire);
  const state = new FakeStateTable(wire);
  const source = new FakeSource(wire, clock);
  const ticker = new FakeTicker(wire);
  const time = hostTime(clock);
  const deduplicator = new Deduplicator({ table, clock, time, ttl: 7 * DAY, cacheSize });
  const publisher = new Publisher({ sink: bus, clock, log });

  const stream = conversationStream({
    source,
    rules: { settle: MINUTE, overlap: 5 * MINUTE, maxWindow: HOUR },
    scope: 'outbound',
    phoneNumbers: 'mask',
    startsAt: (now) => now - 30 * MINUTE,
    maxCheckpointLag,
  });
  const cycle: CycleOptions = {
    stream,
    state,
    deduplicator,
    publisher,
    clock,
    time,
    log,
    observer: everyCycleLine({ log, clock }),
    poller: 'default',
    eventSource: 'com.example',
    include: new Set(EVENT_TYPES),
    dedupHistoryReader: rememberedFor(7 * DAY),
    sinkPermits: new FairSemaphore(4),
  };

  /** A held lease that lasts `ms` from now. */
  const heldLeaseOf = (fence = 1, ms = HOUR) =>
    new HeldLease({ stream: 'conversations', fence, until: clock.monotonic() + ms, clock });

  const deliveryOf = (
    more: {
      readonly concurrency?: number;
      readonly calls?: FairSemaphore;
      readonly stream?: StreamName;
      readonly signal?: AbortSignal;
      readonly assertMayPublish?: () => void;
    } = {},
  ) => {
    const stats = new CycleStats();
    const lasting = new AbortController().signal;
    const delivery = new Delivery({
      ...cycle,
      sinkPermits: more.calls ?? new FairSemaphore(more.concurrency ?? 1),
      stats,
      stream: more.stream ?? 'conversations',
      contexts: {
        publishing: { signal: more.signal ?? lasting, count: stats.count },
        recording: { signal: lasting, count: stats.count },
      },
      assertMayPublish: more.assertMayPublish ?? (() => undefined),
    });
    return { delivery, stats };
  };

  /** Another process that may hold the lease of the stream; 30 s is the lease's duration. */
  const leaseManagerOf = (holder: string) =>
    new LeaseManager({ state, stream: 'conversations', holder, durationMs: 30_000, clock, log });

  return {
    wire,
    clock,
    time,
    log,
    table,
    bus,
    state,
    source,
    ticker,
    deduplicator,
    publisher,
    cycle,
    heldLeaseOf,
    deliveryOf,
    leaseManagerOf,
    /** The conversations whose events are on the bus, in order of acceptance. */
    published: () => bus.accepted.map((entry) => entry.event.data.conversationId),
    /** The lines of the log with that `event`. */
    logged: (event: string) => log.lines.filter((line) => line.event === event),
  };
}

export type Fixture = ReturnType<typeof fixture>;

/** Delivers events of these IDs to the end. */
export async function deliver(delivery: Delivery, ...ids: readonly string[]): Promise<void> {
  await delivery.add(ids.map((id) => eventOf(id)));
  await delivery.finish();
}

/** Lets each of these calls take 100 ms, and counts the most that were in flight at the same time. */
export function slowed<N extends 'bus.put' | 'deadLetter.put'>(
  { wire, clock }: Fixture,
  call: N,
): { readonly most: number } {
  const atOnce = { most: 0 };
  let inFlight = 0;
  wire.always(call, async (work, input) => {
    atOnce.most = Math.max(atOnce.most, ++inFlight);
    await clock.sleep(100);
    inFlight--;
    return work(input);
  });
  return atOnce;
}

/** One cycle by itself: nothing was prefetched before it, and nothing that it prefetches is read after it. */
export async function oneCycle(
  options: CycleOptions,
  checkpoint: Checkpoint,
  heldLease: HeldLease,
  signals: CycleSignals,
): Promise<CycleOutcome> {
  const reading = linkSignals(signals.stop, signals.abort, ...heldLease.lossSignals);
  const prefetcher = new WindowPrefetcher(options.stream, reading.signal);
  try {
    return await runCycle(options, checkpoint, heldLease, signals, prefetcher);
  } finally {
    prefetcher.close();
    reading.release();
  }
}

/**
 * Stands by until the lease is acquired, and releases it at once. Without an observer, failures are logged.
 */
export function standBy(
  leaseManager: LeaseManager,
  { stop = new AbortController().signal, observer = everyCycleLine(leaseManager.options) }: StandbyOptions = {},
): Promise<AcquiredLease> {
  const signals = { stop, abort: new AbortController().signal };
  return withLease({ leaseManager, policy: 'standby', observer, signals }, async (acquired) => acquired);
}

interface StandbyOptions {
  readonly stop?: AbortSignal;
  readonly observer?: StreamObserver;
}
