import PQueue from 'p-queue';
import { fillBatches } from '../domain/batches.ts';
import { type DeadLetter, deadLetterOfEntry, deadLetterOfRecord } from '../domain/dead-letter.ts';
import { type EnvelopeContext, type SinkEntry, toEntry } from '../domain/envelope.ts';
import type { DerivedEvent, MalformedRecord } from '../domain/event.ts';
import type { Instant } from '../domain/instant.ts';
import type { StreamName } from '../domain/streams.ts';
import type { Clock } from '../ports/clock.ts';
import { READ_BATCH, WRITE_BATCH } from '../ports/dedup-store.ts';
import type { Log } from '../ports/log.ts';
import type { Names } from '../ports/names.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { CycleStateStore } from '../ports/state-store.ts';
import type { CycleStats } from './cycle-stats.ts';
import type { Deduplicator } from './deduplicator.ts';
import type { DeliveryContexts } from './delivery-contexts.ts';
import type { FairSemaphore } from './fair-semaphore.ts';
import type { Publisher } from './publisher.ts';

export interface DeliveryOptions {
  readonly deduplicator: Deduplicator;
  readonly publisher: Publisher;
  /** Stores what cannot be published; while it rejects, the checkpoint stays. */
  readonly state: Pick<CycleStateStore, 'putDeadLetter'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly stats: CycleStats;
  readonly eventSource: string;
  readonly poller: string;
  readonly stream: StreamName;
  readonly names?: Names | undefined;
  /** Permits for calls of the sink, which all streams of the process share. */
  readonly sinkPermits: FairSemaphore;
  readonly contexts: Pick<DeliveryContexts, 'publishing' | 'recording'>;
  /** Throws when this poller no longer may publish. */
  readonly assertMayPublish: () => void;
}

/** An event, and when its record was read. */
interface ReadEvent {
  readonly event: DerivedEvent;
  readonly observedAt: Instant;
}

/**
 * Dead letters of one record that are stored at the same time. A record may have as many malformed pieces as
 * fit into an answer, and must not take longer than a cycle may.
 */
const DEAD_LETTERS_AT_ONCE = 10;

/**
 * Brings derived events to the bus, each once, as they stream in: read IDs → publish → record IDs. The
 * checkpoint may move only after `finish` has resolved.
 *
 * Between the stages events wait only to fill requests (100 IDs a read, as many entries a publication as the
 * sink takes, 25 IDs a record). A crash therefore repeats at most what was published and not yet recorded:
 * the entries of the calls in flight and of one record request for each of them.
 */
export class Delivery {
  private readonly options: DeliveryOptions;
  private readonly toLookUp: ReadEvent[] = [];
  private toPublish: SinkEntry[] = [];
  private readonly toRecord: DerivedEvent[] = [];
  /** IDs on their way through the stages: a second copy, from another page, is a duplicate. */
  private readonly inFlight = new Set<string>();
  /** Being delivered by another delivery of this process; looked at again at the end. */
  private readonly inFlightElsewhere: ReadEvent[] = [];
  private readonly requests: PQueue;
  private failure: { readonly reason: unknown } | undefined;

  constructor(options: DeliveryOptions) {
    this.options = options;
    this.requests = new PQueue({ concurrency: options.sinkPermits.size });
  }

  /** Takes events on their way. Resolves when more may follow; rejects once delivery has failed. */
  async add(events: readonly DerivedEvent[]): Promise<void> {
    const observedAt = this.options.clock.now();
    await this.take(events.map((event) => ({ event, observedAt })));
  }

  private async take(events: readonly ReadEvent[]): Promise<void> {
    const { deduplicator, stats } = this.options;
    for (const one of events) {
      const { id } = one.event;
      if (this.inFlight.has(id) || deduplicator.isCached(id)) {
        stats.duplicates++;
      } else if (deduplicator.markInFlight(id)) {
        this.inFlight.add(id);
        this.toLookUp.push(one);
      } else {
        this.inFlightElsewhere.push(one);
      }
    }
    await this.attempt(async () => {
      while (this.toLookUp.length >= READ_BATCH) await this.lookUp(this.toLookUp.splice(0, READ_BATCH));
      await this.dispatch(false);
    });
    this.throwIfFailed();
  }

  /**
   * Stores pieces that cannot be identified. The same piece, met again, is not stored again. Rejects once
   * delivery has failed, or this poller no longer may publish: the poller that may then stores the rest.
   */
  async addMalformed(malformed: readonly MalformedRecord[]): Promise<void> {
    const { clock, deduplicator, contexts } = this.options;
    for (let at = 0; at < malformed.length; at += DEAD_LETTERS_AT_ONCE) {
      this.throwIfFailed();
      contexts.publishing.signal.throwIfAborted();
      const fresh = new Map<string, DeadLetter>();
      for (const malformedRecord of malformed.slice(at, at + DEAD_LETTERS_AT_ONCE)) {
        const deadLetter = deadLetterOfRecord(malformedRecord, clock.now());
        const key = knownIdOf(deadLetter);
        if (!deduplicator.isCached(key)) fresh.set(key, deadLetter);
      }
      const store = (deadLetter: DeadLetter) => this.keepDeadLetter(deadLetter, contexts.publishing);
      const stored = await Promise.allSettled(Array.from(fresh.values(), store));
      for (const one of stored) if (one.status === 'rejected') throw one.reason;
    }
  }

  /**
   * Resolves when every event that was added is on the bus and recorded, or is a stored dead letter. Rejects
   * if that could not be done; what was accepted until then has been recorded as far as possible.
   */
  async finish(): Promise<void> {
    await this.flush();
    // None of our own IDs is in flight by now, so two deliveries never wait for each other in a circle.
    while (this.inFlightElsewhere.length > 0 && !this.failure) {
      const events = this.inFlightElsewhere.splice(0);
      for (const { event } of events) await this.options.deduplicator.whenNotInFlight(event.id);
      await this.attempt(() => this.take(events));
      await this.flush();
    }
    this.throwIfFailed();
  }

  /** Empties every stage; afterwards nothing is under way, whether that went well or not. */
  private async flush(): Promise<void> {
    await this.attempt(async () => {
      while (this.toLookUp.length > 0) await this.lookUp(this.toLookUp.splice(0, READ_BATCH));
      await this.dispatch(true);
    });
    await this.requests.onIdle();
    // One request that fails is no reason to withhold the next: what is not recorded stays unrecorded, and is
    // tried again.
    while (this.toRecord.length > 0) {
      const events = this.toRecord.splice(0, WRITE_BATCH);
      await this.attempt(() => this.record(events));
    }
    for (const id of this.inFlight) this.release(id);
  }

  /** Stage one: drop the known, put the fresh into envelopes. */
  private async lookUp(events: readonly ReadEvent[]): Promise<void> {
    this.throwIfFailed();
    const { deduplicator, contexts, stats, clock, eventSource, poller, stream, names } = this.options;
    const ids = events.map(({ event }) => event.id);
    const published = await deduplicator.lookUp(ids, contexts.publishing);
    const publishedAt = clock.now();
    for (const { event, observedAt } of events) {
      if (published.has(event.id)) {
        stats.duplicates++;
        this.release(event.id);
      } else {
        const known = names?.of(event.data);
        const about = { source: eventSource, poller, stream, observedAt, publishedAt, ...(known && { names: known }) };
        await this.envelop(event, about);
      }
    }
  }

  /** An event that no envelope can hold is no reason to hold back the others. */
  private async envelop(event: DerivedEvent, about: EnvelopeContext): Promise<void> {
    try {
      this.toPublish.push(toEntry(event, about));
    } catch (error) {
      const reason = `no envelope can hold it: ${String(error)}`;
      const malformedRecord = { id: event.id, reason, record: event.data, time: event.timestamp };
      const { recording } = this.options.contexts;
      await this.keepDeadLetter(deadLetterOfRecord(malformedRecord, about.publishedAt), recording);
      this.release(event.id);
    }
  }

  /** Stage two: send full requests, or with `all` every entry, as far as there are permits for calls. */
  private async dispatch(all: boolean): Promise<void> {
    this.throwIfFailed();
    const { sink } = this.options.publisher;
    const { full, rest, tooLarge } = fillBatches(this.toPublish, sink.limits, (entry) => sink.sizeOf(entry));
    this.toPublish = all ? [] : [...rest];
    for (const entry of tooLarge) {
      const reason = `EntryTooLarge: ${sink.sizeOf(entry)} bytes, a request may hold ${sink.limits.bytes}`;
      await this.refuse(entry, reason, 0);
    }
    for (const batch of all && rest.length > 0 ? [...full, rest] : full) {
      // As many wait as are in flight: work for the calls that end while the next IDs are looked up.
      await this.requests.onSizeLessThan(this.options.sinkPermits.size);
      this.throwIfFailed();
      void this.requests.add(() => this.attempt(() => this.publish(batch)));
    }
  }

  /** The permit is held until what was accepted is recorded too, which bounds what a crash can repeat. */
  private async publish(batch: readonly SinkEntry[]): Promise<void> {
    const { sinkPermits, stream, contexts } = this.options;
    if (this.failure) return;
    const release = await sinkPermits.acquire(stream, contexts.publishing.signal);
    try {
      if (!this.failure) await this.send(batch);
    } finally {
      release();
    }
  }

  private async send(batch: readonly SinkEntry[]): Promise<void> {
    const { publisher, contexts, assertMayPublish, stats } = this.options;
    const { accepted, suppressed, refused, failure } = await publisher.publish(
      batch,
      contexts.publishing,
      assertMayPublish,
    );
    stats.published += accepted.length;
    stats.suppressed += suppressed.length;
    this.toRecord.push(...[...accepted, ...suppressed].map(({ event }) => event));
    if (failure !== undefined) this.failure ??= { reason: failure };
    while (this.toRecord.length >= WRITE_BATCH) await this.record(this.toRecord.splice(0, WRITE_BATCH));
    for (const { entry, reason, attempts } of refused) await this.refuse(entry, reason, attempts);
  }

  /** Stage three: only what the sink accepted is ever recorded. */
  private async record(events: readonly DerivedEvent[]): Promise<void> {
    await this.options.deduplicator.record(events, this.options.contexts.recording);
    for (const { id } of events) this.release(id);
  }

  private async refuse(entry: SinkEntry, reason: string, attempts: number): Promise<void> {
    const { clock, contexts } = this.options;
    await this.keepDeadLetter(deadLetterOfEntry(entry, reason, attempts, clock.now()), contexts.recording);
    this.release(entry.event.id);
  }

  private release(id: string): void {
    this.inFlight.delete(id);
    this.options.deduplicator.clearInFlight(id);
  }

  private async keepDeadLetter(deadLetter: DeadLetter, context: RequestContext): Promise<void> {
    const { state, deduplicator, stats, log, stream } = this.options;
    await state.putDeadLetter(stream, deadLetter, context);
    deduplicator.markKnown(knownIdOf(deadLetter));
    stats.deadLettered++;
    log.warn('event.deadLettered', `Stored as a dead letter: ${deadLetter.reason}`, {
      stream,
      id: deadLetter.id,
      kind: deadLetter.kind,
      reason: deadLetter.reason,
      conversationId: deadLetter.conversationId,
    });
  }

  /** Runs a step, and keeps the first failure for the next call. */
  private async attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (reason) {
      this.failure ??= { reason };
    }
  }

  private throwIfFailed(): void {
    if (this.failure) throw this.failure.reason;
  }
}

/**
 * Delivers everything that `produce` has added, even if `produce` fails. If both fail, it rejects with the
 * failure of the delivery, since a stop must not hide that events were read and are not on the bus. When it
 * settles, no request of this delivery is in flight.
 */
export async function deliverAll(delivery: Delivery, produce: () => Promise<void>): Promise<void> {
  const [producing] = await Promise.allSettled([produce()]);
  const [finishing] = await Promise.allSettled([delivery.finish()]);
  if (finishing.status === 'rejected') throw finishing.reason;
  if (producing.status === 'rejected') throw producing.reason;
}

/**
 * The ID under which a dead letter is known. Two conversations may hold the same malformed piece, so that of
 * a record includes its time, as its key in the table does.
 */
function knownIdOf({ kind, id, time }: DeadLetter): string {
  return kind === 'event' ? id : `${time} ${id}`;
}
