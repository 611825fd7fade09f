import type { DeadLetter } from '../../src/domain/dead-letter.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { Call } from '../../src/ports/call.ts';
import { type DedupTable, READ_BATCH, type Remembered, WRITE_BATCH } from '../../src/ports/dedup-table.ts';
import type { Checkpoint, Lease, StateTable, WriteOutcome } from '../../src/ports/state-table.ts';
import type { Faults, Port } from './faults.ts';
import type { Judge } from './judge.ts';
import type { PollerProcess } from './poller-process.ts';
import type { Writers } from './writers.ts';

/** A lease as it stands in the table: the attempt tells a writer its own write again. */
interface StoredLease extends Lease {
  readonly attempt: number;
}

export interface TablesOptions {
  readonly faults: Faults;
  readonly judge: Judge;
  readonly writers: Writers;
  /** When a process began to read the window that it has planned last, epoch milliseconds. */
  readonly plannedAt: (process: PollerProcess) => number | undefined;
  /** Told of each checkpoint that is written, and when its writer began to read the window before it. */
  readonly onCheckpoint: (checkpoint: Checkpoint, readSince: number | undefined) => void;
}

/** The two tables, with the conditions of the ports, and a process's adapters to them. */
export class SimulatedTables {
  checkpoint: Checkpoint | undefined;
  lease: StoredLease | undefined;
  readonly remembered = new Map<string, Remembered>();
  private readonly options: TablesOptions;
  private attempts = 0;

  constructor(options: TablesOptions) {
    this.options = options;
  }

  stateFor(process: PollerProcess): StateTable {
    const { judge, writers, onCheckpoint } = this.options;
    /** `repeats`: an adapter whose answer was lost sends again, and then meets its own write. */
    const exchange = <T>(
      call: Call,
      port: Port,
      asks: () => string,
      effect: () => T,
      options: { readonly repeats?: boolean; readonly records?: boolean } = {},
    ): Promise<T> => {
      call.count('dynamoCalls');
      const fate = this.options.faults.fate('tables', options.repeats ?? false);
      if (options.records && !fate.prompt) judge.recordingDisturbed(process);
      return process.exchange(
        {
          port,
          fate,
          asks,
          tells: (value) => JSON.stringify(value) ?? 'done',
          effect,
          unanswered: unavailable,
          ...(options.records && { onUnanswered: () => judge.recordingDisturbed(process) }),
        },
        call.signal,
      );
    };

    return {
      readCheckpoint: (_stream, call) =>
        exchange(
          call,
          'checkpoint.read',
          () => 'reads the checkpoint',
          () => this.checkpoint,
        ),

      writeCheckpoint: (_stream, next, call) => {
        // A call that arrives late speaks of what had been read when it was made.
        const readSince = this.options.plannedAt(process);
        return exchange(
          call,
          'checkpoint.write',
          () => `writes the checkpoint ${time(next.watermark)} under fence ${next.fence}`,
          (): WriteOutcome<Checkpoint> => {
            const stored = this.checkpoint;
            const behind = stored && (stored.watermark > next.watermark || stored.fence > next.fence);
            if (behind || (stored && stored.origin !== next.origin)) return { outcome: 'refused', stored };
            this.checkpoint = next;
            writers.checkpointWritten(process, stored, next, readSince);
            onCheckpoint(next, readSince);
            return { outcome: 'written' };
          },
          { repeats: true },
        );
      },

      fenceCheckpoint: (_stream, fence, call) =>
        exchange(
          call,
          'checkpoint.fence',
          () => `fences the checkpoint with ${fence}`,
          () => {
            if (this.checkpoint && this.checkpoint.fence > fence) return { outcome: 'refused' } as const;
            if (this.checkpoint) this.checkpoint = { ...this.checkpoint, fence };
            writers.fenced(process, fence);
            return { outcome: 'fenced', checkpoint: this.checkpoint } as const;
          },
          { repeats: true },
        ),

      // Nothing here is read by jobs.
      readJob: () => Promise.resolve(undefined),
      writeJob: () => Promise.resolve(),

      readLease: (_stream, call) =>
        exchange(
          call,
          'lease.read',
          () => 'reads the lease',
          () => this.lease,
        ),

      writeLease: (_stream, expectedVersion, next, call) => {
        const attempt = ++this.attempts;
        return exchange(
          call,
          'lease.write',
          () =>
            `writes lease version ${next.version} over ${expectedVersion ?? 'none'}, fence ${next.fence}, holder ${next.holder || 'nobody'}`,
          (): WriteOutcome<Lease> => {
            const stored = this.lease;
            if (stored?.version === expectedVersion) {
              this.lease = { ...next, attempt };
              writers.leaseWritten(process, next);
              return { outcome: 'written' };
            }
            return stored?.attempt === attempt ? { outcome: 'written' } : { outcome: 'refused', stored };
          },
          { repeats: true },
        );
      },

      putDeadLetter: (_stream, letter: DeadLetter, call) =>
        exchange(
          call,
          'deadLetter.put',
          () => `sets aside ${judge.nameOf(letter.id)}: ${letter.reason}`,
          () => judge.deadLettered(process, letter),
          { repeats: true, records: true },
        ),
    };
  }

  dedupFor(process: PollerProcess): DedupTable {
    const { judge, faults } = this.options;
    const tells = (left: readonly string[]) => (left.length > 0 ? `${left.length} unprocessed` : 'all done');
    return {
      read: (ids, call) => {
        call.count('dynamoCalls');
        check(ids, READ_BATCH);
        return process.exchange(
          {
            port: 'ids.read',
            fate: faults.fate('tables', true),
            asks: () => `reads ${ids.length} IDs`,
            tells: ({ found, unprocessed }) => `${found.length} known, ${tells(unprocessed)}`,
            effect: () => {
              const unprocessed = this.unprocessed(ids);
              const processed = ids.filter((id) => !unprocessed.includes(id));
              for (const id of processed) judge.lookedUp(process, id, this.remembered.has(id));
              return { found: processed.flatMap((id) => this.remembered.get(id) ?? []), unprocessed };
            },
            unanswered: unavailable,
          },
          call.signal,
        );
      },

      write: async (items, _recordedAt, call) => {
        call.count('dynamoCalls');
        const ids = items.map(({ id }) => id);
        check(ids, WRITE_BATCH);
        const fate = faults.fate('tables', true);
        if (!fate.prompt) judge.recordingDisturbed(process);
        judge.recordStarted(process);
        try {
          return await process.exchange(
            {
              port: 'ids.write',
              fate,
              asks: () => `records ${ids.length} IDs`,
              tells: ({ unprocessed }) => tells(unprocessed),
              effect: () => {
                const unprocessed = this.unprocessed(ids);
                for (const item of items) {
                  if (unprocessed.includes(item.id)) continue;
                  this.remembered.set(item.id, item);
                  judge.recorded(process, item.id);
                }
                if (unprocessed.length > 0) judge.recordingDisturbed(process);
                return { unprocessed };
              },
              unanswered: unavailable,
              onUnanswered: () => judge.recordingDisturbed(process),
            },
            call.signal,
          );
        } finally {
          judge.recordEnded(process);
        }
      },
    };
  }

  /** Of a batch, what DynamoDB does not get to. */
  private unprocessed(ids: readonly string[]): readonly string[] {
    const { faults } = this.options;
    if (!faults.strikes('unprocessed')) return [];
    const from = faults.pickInt(0, ids.length - 1);
    return ids.slice(from);
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
