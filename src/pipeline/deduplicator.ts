import type { DerivedEvent } from '../domain/event.ts';
import { Failure } from '../domain/failure.ts';
import type { Instant } from '../domain/instant.ts';
import { RETRIES } from '../domain/retry-policy.ts';
import { retrying } from '../lib/retry.ts';
import type { Clock } from '../ports/clock.ts';
import { type DedupStore, type KnownId, WRITE_BATCH } from '../ports/dedup-store.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { TrustedTime } from '../ports/trusted-time.ts';
import { IdCache } from './id-cache.ts';

/** What is recorded of a published event: its ID, and when it happened. */
export type PublishedEvent = Pick<DerivedEvent, 'id' | 'timestamp'>;

export interface DeduplicatorOptions {
  readonly table: DedupStore;
  readonly clock: Clock;
  /** Judges what has expired. */
  readonly time: TrustedTime;
  /** How long an ID is remembered, milliseconds; of an event that is dated ahead, counted from its date. */
  readonly ttl: number;
  /** IDs kept in memory in front of the table. */
  readonly cacheSize: number;
}

/**
 * What has been published: a table that survives, and a cache in front of it that spares most of the reads.
 * The cache holds only what the table holds or what has become a dead letter, so that losing it costs reads
 * and nothing else.
 */
export class Deduplicator {
  private readonly table: DedupStore;
  private readonly clock: Clock;
  private readonly time: TrustedTime;
  private ttl: number;
  /** ID → when it is forgotten, epoch seconds. */
  private readonly cache: IdCache;
  /** What is on the bus and could not be recorded, by ID: known here, and nowhere else. */
  private readonly unrecorded = new Map<string, PublishedEvent>();
  /** IDs of events that were too old to publish, kept so that each is counted once. */
  private readonly seenTooOld: IdCache;
  /** IDs on their way to the bus, and what to call when they no longer are. */
  private readonly inFlight = new Map<string, (() => void)[]>();

  constructor({ table, clock, time, ttl, cacheSize }: DeduplicatorOptions) {
    this.table = table;
    this.clock = clock;
    this.time = time;
    this.ttl = ttl;
    this.cache = new IdCache(cacheSize);
    this.seenTooOld = new IdCache(cacheSize);
  }

  /** IDs recorded from now on are remembered for `ttl` milliseconds. */
  setTtl(ttl: number): void {
    this.ttl = ttl;
  }

  /** Whether the ID is known without asking the table. False says nothing: the table may know it. */
  isCached(id: string): boolean {
    if (this.unrecorded.has(id)) return true;
    const expiresAt = this.cache.get(id);
    return expiresAt !== undefined && expiresAt > seconds(this.time.now());
  }

  /** Those of the IDs that the table remembers; at most READ_BATCH distinct ids. */
  async lookUp(ids: readonly string[], context: RequestContext): Promise<ReadonlySet<string>> {
    const known = new Set<string>();
    await this.processAll(ids, context, 'reading IDs', async (waiting) => {
      const { found, unprocessed } = await this.table.read(waiting, context);
      // DynamoDB deletes expired items within days: until then they are still served, and are to be taken for
      // absent.
      for (const item of found.filter(({ expiresAt }) => expiresAt > seconds(this.time.now()))) {
        known.add(item.id);
        this.cache.set(item.id, item.expiresAt);
      }
      return unprocessed;
    });
    return known;
  }

  /**
   * Records the IDs of events that EventBridge has accepted; at most WRITE_BATCH distinct events. If that
   * fails they are unrecorded: this process does not publish them again, and `recordUnrecorded` records them
   * later.
   */
  async record(events: readonly PublishedEvent[], context: RequestContext): Promise<void> {
    try {
      await this.write(events, context);
      for (const { id } of events) this.unrecorded.delete(id);
    } catch (failure) {
      for (const event of events) this.unrecorded.set(event.id, event);
      throw failure;
    }
  }

  /**
   * Records what earlier attempts failed to record. Until that has succeeded nothing more ought to be
   * published.
   */
  async recordUnrecorded(context: RequestContext): Promise<void> {
    const events = [...this.unrecorded.values()];
    while (events.length > 0) await this.record(events.splice(0, WRITE_BATCH), context);
  }

  /**
   * Marks the ID of a dead letter as known, so that the same dead letter is not written with every window.
   */
  markKnown(id: string): void {
    this.cache.set(id, this.expiryFrom(this.time.latest()));
  }

  /**
   * Notes that an event was too old to publish; false if that was noted before, so that each is counted once.
   */
  markTooOld(id: string): boolean {
    if (this.seenTooOld.get(id) !== undefined) return false;
    this.seenTooOld.set(id, Number.POSITIVE_INFINITY);
    return true;
  }

  /**
   * Marks an ID as in flight for one delivery; false if it is in flight already: two streams that meet the
   * same fact at the same moment must not both publish it.
   */
  markInFlight(id: string): boolean {
    if (this.inFlight.has(id)) return false;
    this.inFlight.set(id, []);
    return true;
  }

  /** The ID is no longer in flight, whatever came of it. */
  clearInFlight(id: string): void {
    const waiting = this.inFlight.get(id);
    this.inFlight.delete(id);
    for (const wake of waiting ?? []) wake();
  }

  /** Resolves when the ID is no longer in flight; `isCached` then says whether it was published. */
  async whenNotInFlight(id: string): Promise<void> {
    await new Promise<void>((resolve) => {
      const waiting = this.inFlight.get(id);
      if (waiting) waiting.push(resolve);
      else resolve();
    });
  }

  private async write(events: readonly PublishedEvent[], context: RequestContext): Promise<void> {
    const latest = this.time.latest();
    // An event that Genesys dates ahead is not too old until its ttl has passed after that date.
    const items = events.map(
      ({ id, timestamp }): KnownId => ({ id, expiresAt: this.expiryFrom(Math.max(latest, timestamp)) }),
    );
    const ids = items.map(({ id }) => id);
    await this.processAll(ids, context, 'recording IDs', async (waiting) => {
      const open = new Set(waiting);
      const toWrite = items.filter(({ id }) => open.has(id));
      const { unprocessed } = await this.table.write(toWrite, seconds(latest), context);
      return unprocessed;
    });
    for (const { id, expiresAt } of items) this.cache.set(id, expiresAt);
  }

  private async processAll(
    ids: readonly string[],
    context: RequestContext,
    doing: string,
    process: (waiting: readonly string[]) => Promise<readonly string[]>,
  ): Promise<void> {
    let waiting = ids;
    const attempt = async () => {
      waiting = await process(waiting);
      if (waiting.length > 0) throw stillBusy(doing, waiting.length);
    };
    const isBusy = (error: Error) => error instanceof StillBusy;
    await retrying(attempt, isBusy, { ...RETRIES.dedupIds, clock: this.clock, signal: context.signal });
  }

  /** Epoch seconds. */
  private expiryFrom(time: Instant): number {
    return seconds(time) + Math.ceil(this.ttl / 1000);
  }
}

function seconds(time: Instant): number {
  return Math.floor(time / 1000);
}

class StillBusy extends Failure {}

function stillBusy(doing: string, count: number): StillBusy {
  return new StillBusy({
    code: 'table.unavailable',
    what: `DynamoDB left ${count} items unprocessed while ${doing}`,
    why: 'the dedup table is throttled',
    remedy: "Nothing is lost and the next cycle tries again; if it lasts, look at the table's throttling metrics",
  });
}
