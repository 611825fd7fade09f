import type { DeadLetter } from '../../src/domain/dead-letter.ts';
import type { DedupHistory } from '../../src/domain/dedup-history.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { Binding } from '../../src/domain/organisation.ts';
import { type DedupStore, type KnownId, READ_BATCH, WRITE_BATCH } from '../../src/ports/dedup-store.ts';
import type { RequestContext } from '../../src/ports/request-context.ts';
import type {
  Checkpoint,
  CycleStateStore,
  Lease,
  PollerItem,
  StateStore,
  StoredJob,
  Versioned,
  WriteOutcome,
} from '../../src/ports/state-store.ts';
import type { Faults, Port } from './faults.ts';
import type { Judge } from './judge.ts';
import type { PollerProcess } from './poller-process.ts';
import type { ReadSpan, Writers } from './writers.ts';

/** A lease as it stands in the table: the attempt tells a writer its own write again. */
interface StoredLease extends Lease {
  readonly attempt: number;
}

/** The items of the poller as a whole. */
type PollerItems = Pick<StateStore, 'dedupHistory' | 'organisation'>;

/** What the state table holds of a stream. */
export interface StreamState {
  checkpoint: Checkpoint | undefined;
  lease: StoredLease | undefined;
  job: StoredJob | undefined;
}

export interface TablesOptions {
  readonly faults: Faults;
  readonly judge: Judge;
  readonly writers: Writers;
  /**
   * When a process last began to read the window of the stream that ends then; both in epoch milliseconds.
   */
  readonly readSince: (process: PollerProcess, stream: string, windowEnd: number) => number | undefined;
  /** True time, epoch milliseconds. */
  readonly now: () => number;
  /** Hears of each checkpoint that is written, and when its writer began to read the window before it. */
  readonly onCheckpoint: (stream: string, checkpoint: Checkpoint, readSince: number | undefined) => void;
}

/** The two tables, with the conditions of the ports, and a process's adapters to them. */
export class SimulatedTables {
  private readonly options: TablesOptions;
  private readonly streams = new Map<string, StreamState>();
  private readonly remembered = new Map<string, KnownId>();
  /** The items of the poller as a whole. */
  private readonly items = new Map<keyof PollerItems, Versioned<unknown>>();
  private attempts = 0;

  constructor(options: TablesOptions) {
    this.options = options;
  }

  /** What is stored of a stream, to be read and changed. */
  of(stream: string): StreamState {
    let state = this.streams.get(stream);
    if (!state) {
      state = { checkpoint: undefined, lease: undefined, job: undefined };
      this.streams.set(stream, state);
    }
    return state;
  }

  stateFor(process: PollerProcess): CycleStateStore {
    const { judge, faults } = this.options;
    /** `records`: a call that the recording of IDs may have to wait for. */
    const exchange = <T>(
      context: RequestContext,
      port: Port,
      asks: () => string,
      effect: () => T,
      records = false,
    ): Promise<T> => {
      context.count('dynamoCalls');
      // Adapters send a write whose answer was lost again; a read that is repeated is of no interest.
      const outcome = faults.outcome('tables', !port.endsWith('.read'));
      if (records && !outcome.prompt) judge.recordingDisturbed(process);
      return process.exchange(
        {
          port,
          outcome,
          asks,
          tells: (value) => JSON.stringify(value) ?? 'done',
          effect,
          unanswered: unavailable,
          ...(records && { onUnanswered: () => judge.recordingDisturbed(process) }),
        },
        context.signal,
      );
    };

    return {
      readCheckpoint: (stream, context) =>
        exchange(
          context,
          'checkpoint.read',
          () => `reads the checkpoint of ${stream}`,
          () => this.of(stream).checkpoint,
        ),

      writeCheckpoint: (stream, next, context) => {
        // A call that arrives late speaks of what had been read when it was made.
        const read = { since: this.options.readSince(process, stream, next.watermark), by: this.options.now() };
        const asks = () => `writes the checkpoint of ${stream}, ${time(next.watermark)} under fence ${next.fence}`;
        return exchange(context, 'checkpoint.write', asks, () => this.writeCheckpoint(process, stream, next, read));
      },

      fenceCheckpoint: (stream, fence, context) =>
        exchange(
          context,
          'checkpoint.fence',
          () => `fences the checkpoint of ${stream} with ${fence}`,
          () => this.fenceCheckpoint(process, stream, fence),
        ),

      readLease: (stream, context) =>
        exchange(
          context,
          'lease.read',
          () => `reads the lease of ${stream}`,
          () => this.of(stream).lease,
        ),

      writeLease: (stream, expected, next, context) => {
        const attempt = ++this.attempts;
        const asks = () =>
          `writes the lease of ${stream}, version ${next.version} over ${expected ?? 'none'}, fence ${next.fence}, holder ${next.holder || 'none'}`;
        return exchange(context, 'lease.write', asks, () =>
          this.writeLease(process, stream, expected, { ...next, attempt }),
        );
      },

      readJob: (stream, context) =>
        exchange(
          context,
          'job.read',
          () => `reads the job of ${stream}`,
          () => this.of(stream).job,
        ),

      writeJob: (stream, job, context) =>
        exchange(
          context,
          'job.write',
          () => `remembers the job ${job.id} of ${stream}`,
          () => {
            this.of(stream).job = job;
          },
        ),

      putDeadLetter: (_stream, deadLetter: DeadLetter, context) =>
        exchange(
          context,
          'deadLetter.put',
          () => `stores a dead letter of ${judge.ledger.nameOf(deadLetter.id)}: ${deadLetter.reason}`,
          () => judge.deadLettered(process, deadLetter),
          true,
        ),
    };
  }

  /** The name belongs to this organisation already. */
  bind(id: string): void {
    const value: Binding = { id, clients: [] };
    this.items.set('organisation', { value, version: 1 });
  }

  pollerStateFor(process: PollerProcess): PollerItems {
    return {
      dedupHistory: this.itemFor<DedupHistory>(process, 'dedupHistory'),
      organisation: this.itemFor<Binding>(process, 'organisation'),
    };
  }

  dedupFor(process: PollerProcess): DedupStore {
    const { judge, faults } = this.options;
    const tells = (left: readonly string[]) => (left.length > 0 ? `${left.length} unprocessed` : 'all done');
    return {
      read: (ids, context) => {
        context.count('dynamoCalls');
        check(ids, READ_BATCH);
        return process.exchange(
          {
            port: 'ids.read',
            outcome: faults.outcome('tables', false),
            asks: () => `reads ${ids.length} IDs`,
            tells: ({ found, unprocessed }) => `${found.length} known, ${tells(unprocessed)}`,
            effect: () => this.readIds(process, ids),
            unanswered: unavailable,
          },
          context.signal,
        );
      },

      write: async (items, _recordedAt, context) => {
        context.count('dynamoCalls');
        const ids = items.map(({ id }) => id);
        check(ids, WRITE_BATCH);
        const outcome = faults.outcome('tables', true);
        if (!outcome.prompt) judge.recordingDisturbed(process);
        judge.recordStarted(process);
        try {
          return await process.exchange(
            {
              port: 'ids.write',
              outcome,
              asks: () => `records ${ids.length} IDs`,
              tells: ({ unprocessed }) => tells(unprocessed),
              effect: () => this.writeIds(process, items),
              unanswered: unavailable,
              onUnanswered: () => judge.recordingDisturbed(process),
            },
            context.signal,
          );
        } finally {
          judge.recordEnded(process);
        }
      },
    };
  }

  private itemFor<T>(process: PollerProcess, name: keyof PollerItems): PollerItem<T> {
    const exchange = <R>(context: RequestContext, port: Port, asks: string, effect: () => R): Promise<R> => {
      context.count('dynamoCalls');
      const outcome = this.options.faults.outcome('tables', port === 'item.write');
      const tells = (value: R) => JSON.stringify(value) ?? 'none';
      return process.exchange(
        { port, outcome, asks: () => asks, tells, effect, unanswered: unavailable },
        context.signal,
      );
    };
    const stored = () => this.items.get(name) as Versioned<T> | undefined;
    return {
      read: (context) => exchange(context, 'item.read', `reads the item ${name}`, stored),
      write: (value, seen, context) =>
        exchange(context, 'item.write', `writes the item ${name}, ${JSON.stringify(value)} over ${seen}`, () => {
          if (stored()?.version !== seen) return 'refused';
          this.items.set(name, { value, version: (seen ?? 0) + 1 });
          return 'written';
        }),
    };
  }

  private writeCheckpoint(
    process: PollerProcess,
    name: string,
    next: Checkpoint,
    read: ReadSpan,
  ): WriteOutcome<Checkpoint> {
    const state = this.of(name);
    const stored = state.checkpoint;
    const behind = stored && (stored.watermark > next.watermark || stored.fence > next.fence);
    if (behind || (stored && stored.origin !== next.origin)) return { outcome: 'refused', stored };
    state.checkpoint = next;
    this.options.writers.checkpointWritten(process, name, stored, next, read);
    this.options.onCheckpoint(name, next, read.since);
    return { outcome: 'written' };
  }

  private fenceCheckpoint(process: PollerProcess, name: string, fence: number) {
    const state = this.of(name);
    if (state.checkpoint && state.checkpoint.fence > fence) return { outcome: 'refused' } as const;
    if (state.checkpoint) state.checkpoint = { ...state.checkpoint, fence };
    this.options.writers.fenced(process, name, fence);
    return { outcome: 'fenced', checkpoint: state.checkpoint } as const;
  }

  private writeLease(
    process: PollerProcess,
    name: string,
    expected: number | undefined,
    next: StoredLease,
  ): WriteOutcome<Lease> {
    const state = this.of(name);
    const stored = state.lease;
    if (stored?.version === expected) {
      state.lease = next;
      this.options.writers.leaseWritten(process, name, next);
      return { outcome: 'written' };
    }
    return stored?.attempt === next.attempt ? { outcome: 'written' } : { outcome: 'refused', stored };
  }

  private readIds(process: PollerProcess, ids: readonly string[]) {
    const unprocessed = this.unprocessed(ids);
    const processed = ids.filter((id) => !unprocessed.includes(id));
    const isKnown = (id: string) => (this.remembered.get(id)?.expiresAt ?? 0) * 1_000 > this.options.now();
    for (const id of processed) this.options.judge.lookedUp(process, id, isKnown(id));
    return { found: processed.flatMap((id) => this.remembered.get(id) ?? []), unprocessed };
  }

  private writeIds(process: PollerProcess, items: readonly KnownId[]) {
    const { judge } = this.options;
    const unprocessed = this.unprocessed(items.map(({ id }) => id));
    for (const item of items) {
      if (unprocessed.includes(item.id)) continue;
      this.remembered.set(item.id, item);
      judge.recorded(process, item.id);
    }
    if (unprocessed.length > 0) judge.recordingDisturbed(process);
    return { unprocessed };
  }

  /** Of a batch, what DynamoDB does not get to. */
  private unprocessed(ids: readonly string[]): readonly string[] {
    const { faults } = this.options;
    return faults.strikes('unprocessed') ? ids.slice(faults.pickInt(0, ids.length - 1)) : [];
  }
}

/** What the real table rejects outright. */
function check(ids: readonly string[], most: number): void {
  if (ids.length === 0 || ids.length > most || new Set(ids).size < ids.length) {
    throw new Error(`a batch of ${ids.length} IDs, of which ${new Set(ids).size} are distinct`);
  }
}

function unavailable(): Failure {
  return new Failure({ code: 'table.unavailable', what: 'DynamoDB did not answer', why: 'simulated', remedy: 'Wait' });
}

function time(instant: number): string {
  return new Date(instant).toISOString().slice(11);
}
