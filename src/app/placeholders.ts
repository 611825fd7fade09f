import type { DeadLetter } from '../domain/dead-letter.ts';
import type { DedupStore } from '../ports/dedup-store.ts';
import type { Checkpoint, CycleStateStore } from '../ports/state-store.ts';

/** A dedup table that stores nothing: the IDs that this process has seen are in its cache. */
export const NO_IDS: DedupStore = {
  read: async () => ({ found: [], unprocessed: [] }),
  write: async () => ({ unprocessed: [] }),
};

/**
 * A state table that stores nothing: every write succeeds and is forgotten. Dead letters go to
 * `onDeadLetter`.
 */
export function noState(onDeadLetter: (deadLetter: DeadLetter) => void): CycleStateStore {
  return {
    readCheckpoint: async () => undefined,
    writeCheckpoint: async () => ({ outcome: 'written' }),
    fenceCheckpoint: async () => ({ outcome: 'fenced', checkpoint: undefined as Checkpoint | undefined }),
    readLease: async () => undefined,
    writeLease: async () => ({ outcome: 'written' }),
    readJob: async () => undefined,
    writeJob: async () => undefined,
    putDeadLetter: async (_stream, deadLetter) => onDeadLetter(deadLetter),
  };
}
