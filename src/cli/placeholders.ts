import type { DeadLetter } from '../domain/dead-letter.ts';
import type { BusEntry } from '../domain/envelope.ts';
import { formatInstant } from '../domain/instant.ts';
import type { DedupTable } from '../ports/dedup-store.ts';
import type { Bus, EntryResult } from '../ports/sink.ts';
import type { Checkpoint, StateTable } from '../ports/state-store.ts';

/** A bus that hands every event to `write`, in the form in which EventBridge delivers it to a target, as a line of JSON. */
export function writtenBus(maxRequestBytes: number, write: (lines: string) => void): Bus {
  return {
    name: 'standard output',
    limits: { entries: 10, bytes: maxRequestBytes },
    async put(entries): Promise<readonly EntryResult[]> {
      write(entries.map(lineOf).join(''));
      return entries.map(() => ({ status: 'accepted' }));
    },
  };
}

function lineOf({ source, event, detail }: BusEntry): string {
  const head = JSON.stringify({ source, 'detail-type': event.eventType, time: formatInstant(event.timestamp) });
  // The detail as it would be sent, to the byte.
  return `${head.slice(0, -1)},"detail":${detail}}\n`;
}

/** A dedup table that remembers nothing: what this process has met is in its cache. */
export const NO_IDS: DedupTable = {
  read: async () => ({ found: [], unprocessed: [] }),
  write: async () => ({ unprocessed: [] }),
};

/** A state table of this process alone: every write succeeds and is forgotten, and `tell` hears of dead letters. */
export function noState(tell: (deadLetter: DeadLetter) => void): StateTable {
  return {
    readCheckpoint: async () => undefined,
    writeCheckpoint: async () => ({ outcome: 'written' }),
    fenceCheckpoint: async () => ({ outcome: 'fenced', checkpoint: undefined as Checkpoint | undefined }),
    readLease: async () => undefined,
    writeLease: async () => ({ outcome: 'written' }),
    readJob: async () => undefined,
    writeJob: async () => undefined,
    putDeadLetter: async (_stream, deadLetter) => tell(deadLetter),
  };
}
