import { entryBytes } from '../../src/aws/entry-size.ts';
import type { SinkEntry } from '../../src/domain/envelope.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { DedupStore } from '../../src/ports/dedup-store.ts';
import type { Sink } from '../../src/ports/sink.ts';
import type { Checkpoint, CycleStateStore, Lease } from '../../src/ports/state-store.ts';

/** How long AWS takes within a region, milliseconds. */
export const PUT_EVENTS = 20;
export const DYNAMO_DB = 10;

/**
 * A bus that accepts everything, and counts. `onEntry` is called for each entry it accepts, `isBusy` before
 * each call: where it says so, all entries are refused for now.
 */
export function simulatedBus(
  clock: Clock,
  { onEntry, isBusy }: { readonly onEntry?: (entry: SinkEntry) => void; readonly isBusy?: () => boolean } = {},
): Sink & { readonly accepted: () => number } {
  let accepted = 0;
  return {
    name: 'simulated',
    product: 'EventBridge',
    remedyIfBusy: 'wait',
    sizeOf: entryBytes,
    limits: { entries: 10, bytes: 262_144 },
    accepted: () => accepted,
    async put(entries, call) {
      call.count('putEventsCalls');
      await clock.sleep(PUT_EVENTS, call.signal);
      if (isBusy?.()) return entries.map(() => ({ status: 'busy', code: 'ThrottlingException', reason: 'simulated' }));
      accepted += entries.length;
      if (onEntry) for (const entry of entries) onEntry(entry);
      return entries.map(() => ({ status: 'accepted' }));
    },
  };
}

/** Calls, and the IDs that they had. */
export interface DedupCalls {
  reads: number;
  idsRead: number;
  writes: number;
  idsWritten: number;
}

/** A Set holds 2 ** 24 values at most. */
const IDS_PER_SET = 2 ** 23;

/** A table that remembers for ever. */
export function simulatedDedupTable(clock: Clock): DedupStore & { readonly calls: DedupCalls } {
  let newest = new Set<string>();
  const known = [newest];
  const remember = (id: string) => {
    if (newest.size === IDS_PER_SET) {
      newest = new Set();
      known.push(newest);
    }
    newest.add(id);
  };
  const calls: DedupCalls = { reads: 0, idsRead: 0, writes: 0, idsWritten: 0 };
  return {
    calls,
    async read(ids, call) {
      calls.reads++;
      calls.idsRead += ids.length;
      await clock.sleep(DYNAMO_DB, call.signal);
      const expiresAt = Number.POSITIVE_INFINITY;
      return {
        found: ids.filter((id) => known.some((set) => set.has(id))).map((id) => ({ id, expiresAt })),
        unprocessed: [],
      };
    },
    async write(items, _recordedAt, call) {
      calls.writes++;
      calls.idsWritten += items.length;
      await clock.sleep(DYNAMO_DB, call.signal);
      for (const { id } of items) remember(id);
      return { unprocessed: [] };
    },
  };
}

/** The state of a stream that no other poller polls: nothing is ever refused. */
export function simulatedStateTable(clock: Clock): CycleStateStore {
  let checkpoint: Checkpoint | undefined;
  let lease: Lease | undefined;
  return {
    async readCheckpoint() {
      return checkpoint;
    },
    async writeCheckpoint(_stream, next, call) {
      await clock.sleep(DYNAMO_DB, call.signal);
      checkpoint = next;
      return { outcome: 'written' };
    },
    async fenceCheckpoint() {
      return { outcome: 'fenced', checkpoint };
    },
    async readLease() {
      return lease;
    },
    async writeLease(_stream, _expected, next) {
      lease = next;
      return { outcome: 'written' };
    },
    async readJob() {
      return undefined;
    },
    async writeJob() {
      throw new Error('this stream has no jobs');
    },
    async putDeadLetter() {
      throw new Error('nothing here is malformed');
    },
  };
}
