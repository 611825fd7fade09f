import { entryBytes } from '../../src/aws/entry-size.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { DedupTable } from '../../src/ports/dedup-store.ts';
import type { Sink } from '../../src/ports/sink.ts';
import type { Checkpoint, Lease, StateTable } from '../../src/ports/state-store.ts';

/** How long AWS takes within a region, milliseconds. */
export const PUT_EVENTS = 20;
export const DYNAMO_DB = 10;

/** A bus that accepts everything, and counts. */
export function simulatedBus(clock: Clock): Sink & { readonly accepted: () => number } {
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
      accepted += entries.length;
      return entries.map(() => ({ status: 'accepted' }));
    },
  };
}

/** A table that remembers for ever. */
export function simulatedDedupTable(clock: Clock): DedupTable {
  const known = new Set<string>();
  return {
    async read(ids, call) {
      await clock.sleep(DYNAMO_DB, call.signal);
      const expiresAt = Number.POSITIVE_INFINITY;
      return { found: ids.filter((id) => known.has(id)).map((id) => ({ id, expiresAt })), unprocessed: [] };
    },
    async write(items, _recordedAt, call) {
      await clock.sleep(DYNAMO_DB, call.signal);
      for (const { id } of items) known.add(id);
      return { unprocessed: [] };
    },
  };
}

/** The state of a stream that no other poller polls: nothing is ever refused. */
export function simulatedStateTable(clock: Clock): StateTable {
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
      throw new Error('nothing here is flawed');
    },
  };
}
