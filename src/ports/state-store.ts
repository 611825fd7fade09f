import type { LastCycle } from '../domain/cycle-report.ts';
import type { DeadLetter } from '../domain/dead-letter.ts';
import type { Instant } from '../domain/instant.ts';
import type { Lease } from '../domain/lease.ts';
import type { Position, Window } from '../domain/window.ts';
import type { RequestContext } from './request-context.ts';

export type { LastCycle, Lease };

/**
 * The stored position of a stream. Its origin is what `startFrom` denoted when the stream's first checkpoint was
 * created, and never changes. All times in epoch milliseconds.
 */
export interface Checkpoint extends Position {
  /** The fence of the writer: a checkpoint is never overwritten by a lower one. */
  readonly fence: number;
  readonly updatedAt: number;
}

/**
 * A job over the data lake that a cycle waits for, kept so that the next process goes on with it. Times in
 * epoch milliseconds.
 */
export interface StoredJob {
  /** Genesys's ID of it. */
  readonly id: string;
  /** What the job reads. Everything of the cycle's window before it has been delivered. */
  readonly piece: Window;
  /** Where the cycle's window ends. */
  readonly windowEnd: Instant;
  /** The checkpoint that the window was cut from. From any other, another window is due. */
  readonly watermark: Instant;
  readonly checkpointAt: Instant;
}

/** `refused`: the condition did not hold; `stored` is what stands there (undefined: nothing does). */
export type WriteOutcome<T> =
  | { readonly outcome: 'written' }
  | { readonly outcome: 'refused'; readonly stored: T | undefined };

/** Checkpoints, leases, jobs and dead letters of the streams of one poller. Reads are strongly consistent. */
export interface StateTable {
  readCheckpoint(stream: string, context: RequestContext): Promise<Checkpoint | undefined>;
  /**
   * Writes if nothing is stored, or if what is stored has the same origin, and neither a higher watermark nor
   * a higher fence: two that set out to create a stream's first checkpoint never overwrite each other.
   * Idempotent: the same write repeated is written again.
   */
  writeCheckpoint(stream: string, checkpoint: Checkpoint, context: RequestContext): Promise<WriteOutcome<Checkpoint>>;
  /**
   * Raises the stored checkpoint's fence, so that no earlier holder can move it any more; nothing else
   * changes. Resolves to the checkpoint as it then stands, undefined if there is none. Refused when a higher
   * fence is stored.
   */
  fenceCheckpoint(
    stream: string,
    fence: number,
    context: RequestContext,
  ): Promise<
    { readonly outcome: 'fenced'; readonly checkpoint: Checkpoint | undefined } | { readonly outcome: 'refused' }
  >;

  readLease(stream: string, context: RequestContext): Promise<Lease | undefined>;
  /**
   * Writes `next` if the stored lease still has `expectedVersion` (undefined: if none is stored). A write of
   * our own whose answer was lost is recognised by its attempt ID and reported as written. Without a
   * `lastCycle` the stored one stays.
   */
  writeLease(
    stream: string,
    expectedVersion: number | undefined,
    next: Lease,
    context: RequestContext,
    lastCycle?: LastCycle,
  ): Promise<WriteOutcome<Lease>>;

  readJob(stream: string, context: RequestContext): Promise<StoredJob | undefined>;
  /** Stores or overwrites: a stream has one job at a time. */
  writeJob(stream: string, job: StoredJob, context: RequestContext): Promise<void>;

  /**
   * Stores or overwrites: the key is made of the dead letter's own time and ID, so that it never multiplies.
   */
  putDeadLetter(stream: string, deadLetter: DeadLetter, context: RequestContext): Promise<void>;
}
