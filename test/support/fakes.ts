import { entryBytes } from '../../src/aws/entry-size.ts';
import type { DeadLetter } from '../../src/domain/dead-letter.ts';
import type { SinkEntry } from '../../src/domain/envelope.ts';
import type { Instant } from '../../src/domain/instant.ts';
import type { Window } from '../../src/domain/window.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ConversationSource } from '../../src/ports/conversation-source.ts';
import { type DedupStore, type KnownId, READ_BATCH, WRITE_BATCH } from '../../src/ports/dedup-store.ts';
import type { RequestContext } from '../../src/ports/request-context.ts';
import type { Sink } from '../../src/ports/sink.ts';
import type {
  Checkpoint,
  CycleStateStore,
  LastCycle,
  Lease,
  PollerItem,
  StoredJob,
  Versioned,
} from '../../src/ports/state-store.ts';
import type { Ticker } from '../../src/ports/ticker.ts';
import { demandDocumented } from './documented.ts';
import { testContext } from './request-context.ts';
import type { Wire } from './wire.ts';

/** DynamoDB rejects such a batch as a whole. */
function assertBatch(ids: readonly string[], limit: number): void {
  if (ids.length === 0 || ids.length > limit) throw new Error(`a batch of ${ids.length}, the limit is ${limit}`);
  if (new Set(ids).size < ids.length) throw new Error('an ID twice in one batch');
}

/** A dedup table that, as DynamoDB does, goes on serving items whose ttl has passed. */
export class FakeDedupTable implements DedupStore {
  readonly items = new Map<string, KnownId>();
  private readonly wire: Wire;

  constructor(wire: Wire) {
    this.wire = wire;
  }

  read(ids: readonly string[], context: RequestContext) {
    assertBatch(ids, READ_BATCH);
    const work = (asked: readonly string[]) => ({
      found: asked.flatMap((id) => this.items.get(id) ?? []),
      unprocessed: [],
    });
    return this.wire.carry('ids.read', ids, context, work, 'dynamoCalls');
  }

  write(items: readonly KnownId[], _recordedAt: number, context: RequestContext) {
    assertBatch(
      items.map(({ id }) => id),
      WRITE_BATCH,
    );
    const work = (given: readonly KnownId[]) => {
      for (const item of given) this.items.set(item.id, item);
      return { unprocessed: [] };
    };
    return this.wire.carry('ids.write', items, context, work, 'dynamoCalls');
  }
}

/** A bus that accepts everything, repeats included; what it accepts has to be as documented. */
export class FakeBus implements Sink {
  readonly name = 'test-bus';
  readonly product = 'EventBridge';
  readonly remedyIfBusy = 'ask for a higher PutEvents quota';
  readonly sizeOf = entryBytes;
  limits = { entries: 10, bytes: 262_144 };
  /** What has been accepted, in order. */
  readonly accepted: SinkEntry[] = [];
  private readonly wire: Wire;

  constructor(wire: Wire) {
    this.wire = wire;
  }

  get acceptedIds(): readonly string[] {
    return this.accepted.map((entry) => entry.event.id);
  }

  put(entries: readonly SinkEntry[], context: RequestContext) {
    if (entries.length === 0 || entries.length > this.limits.entries) throw new Error(`${entries.length} entries`);
    const work = (given: readonly SinkEntry[]) => {
      for (const { event, detail } of given) demandDocumented({ detailType: event.eventType, detail }, 'named');
      this.accepted.push(...given);
      return given.map(() => ({ status: 'accepted' }) as const);
    };
    return this.wire.carry('bus.put', entries, context, work, 'putEventsCalls');
  }
}

/** The state table of one poller, for any number of processes. */
export class FakeStateTable implements CycleStateStore {
  readonly checkpoints = new Map<string, Checkpoint>();
  readonly leases = new Map<string, Lease>();
  readonly lastCycles = new Map<string, LastCycle>();
  readonly jobs = new Map<string, StoredJob>();
  readonly deadLetters = new Map<string, DeadLetter>();
  private readonly wire: Wire;

  constructor(wire: Wire) {
    this.wire = wire;
  }

  readCheckpoint(stream: string, context: RequestContext) {
    return this.wire.carry('checkpoint.read', stream, context, () => this.checkpoints.get(stream), 'dynamoCalls');
  }

  writeCheckpoint(stream: string, checkpoint: Checkpoint, context: RequestContext) {
    const work = (next: Checkpoint) => {
      const stored = this.checkpoints.get(stream);
      const behind = stored && (stored.watermark > next.watermark || stored.fence > next.fence);
      if (behind || (stored && stored.origin !== next.origin)) return { outcome: 'refused', stored } as const;
      this.checkpoints.set(stream, next);
      return { outcome: 'written' } as const;
    };
    return this.wire.carry('checkpoint.write', checkpoint, context, work, 'dynamoCalls');
  }

  fenceCheckpoint(stream: string, fence: number, context: RequestContext) {
    const work = (raised: number) => {
      const stored = this.checkpoints.get(stream);
      if (!stored) return { outcome: 'fenced', checkpoint: undefined } as const;
      if (stored.fence > raised) return { outcome: 'refused' } as const;
      const checkpoint = { ...stored, fence: raised };
      this.checkpoints.set(stream, checkpoint);
      return { outcome: 'fenced', checkpoint } as const;
    };
    return this.wire.carry('checkpoint.fence', fence, context, work, 'dynamoCalls');
  }

  readLease(stream: string, context: RequestContext) {
    return this.wire.carry('lease.read', stream, context, () => this.leases.get(stream), 'dynamoCalls');
  }

  writeLease(
    stream: string,
    expectedVersion: number | undefined,
    next: Lease,
    context: RequestContext,
    lastCycle?: LastCycle,
  ) {
    const work = (given: Lease) => {
      const stored = this.leases.get(stream);
      if (stored?.version !== expectedVersion) return { outcome: 'refused', stored } as const;
      this.leases.set(stream, given);
      if (lastCycle) this.lastCycles.set(stream, lastCycle);
      return { outcome: 'written' } as const;
    };
    return this.wire.carry('lease.write', next, context, work, 'dynamoCalls');
  }

  readJob(stream: string, context: RequestContext) {
    return this.wire.carry('job.read', stream, context, () => this.jobs.get(stream), 'dynamoCalls');
  }

  writeJob(stream: string, job: StoredJob, context: RequestContext) {
    return this.wire.carry('job.write', job, context, (given) => void this.jobs.set(stream, given), 'dynamoCalls');
  }

  putDeadLetter(_stream: string, deadLetter: DeadLetter, context: RequestContext) {
    const work = (given: DeadLetter) => void this.deadLetters.set(`${given.time}#${given.id}`, given);
    return this.wire.carry('deadLetter.put', deadLetter, context, work, 'dynamoCalls');
  }
}

/** An item of a poller as a whole. */
export class FakePollerItem<T extends object> implements PollerItem<T> {
  stored: Versioned<T> | undefined;
  private readonly wire: Wire;

  constructor(wire: Wire, value?: T) {
    this.wire = wire;
    if (value !== undefined) this.overwrite(value);
  }

  /** Another host writes. */
  overwrite(value: T): void {
    this.stored = { value, version: (this.stored?.version ?? 0) + 1 };
  }

  async read(context: RequestContext): Promise<Versioned<T> | undefined> {
    await this.wire.carry('item.read', undefined, context, () => undefined, 'dynamoCalls');
    return this.stored;
  }

  write(value: T, seen: number | undefined, context: RequestContext) {
    const work = () => {
      if (this.stored?.version !== seen) return 'refused' as const;
      this.overwrite(value);
      return 'written' as const;
    };
    return this.wire.carry('item.write', value, context, work, 'dynamoCalls');
  }
}

/** A source that serves the pages a test gives it. */
export class FakeSource implements ConversationSource {
  private readonly wire: Wire;
  /** The pages of a window. */
  pagesOf: (window: Window) => readonly (readonly unknown[])[];

  /** What time the source believes it is. */
  now: (context: RequestContext) => Promise<Instant>;

  constructor(wire: Wire, clock: Clock) {
    this.wire = wire;
    this.pagesOf = () => [];
    this.now = async () => clock.now();
  }

  async *read(window: Window, context: RequestContext) {
    for (const page of this.pagesOf(window)) {
      yield await this.wire.carry('source.page', window, context, () => page, 'genesysRequests');
    }
    context.signal.throwIfAborted();
  }
}

/** A ticker that ticks when the test says so. */
export class FakeTicker implements Ticker {
  private readonly wire: Wire;
  private waiting: (() => void)[] = [];

  constructor(wire: Wire) {
    this.wire = wire;
  }

  due(): number {
    return Date.parse('2026-11-20T10:00:30.000Z');
  }

  async next(signal: AbortSignal): Promise<void> {
    await this.wire.carry('ticker.next', undefined, testContext(signal), () => {
      return new Promise<undefined>((resolve, reject) => {
        const onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        this.waiting.push(() => {
          signal.removeEventListener('abort', onAbort);
          resolve(undefined);
        });
      });
    });
  }

  /** It is time to poll, for all who wait. */
  tick(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }
}
