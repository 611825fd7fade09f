import type { LastCycle } from '../domain/cycle-report.ts';
import type { DeadLetter } from '../domain/dead-letter.ts';
import type { DedupHistory } from '../domain/dedup-history.ts';
import type { Instant } from '../domain/instant.ts';
import type { Lease, Standby } from '../domain/lease.ts';
import type { Binding } from '../domain/organisation.ts';
import type { Position, Window } from '../domain/window.ts';
import type { RequestContext } from './request-context.ts';

export type { LastCycle, Lease };

/**
 * The stored position of a stream. Its origin is what `startFrom` denoted when the stream's first checkpoint
 * was created, and never changes. All times in epoch milliseconds.
 */
export interface Checkpoint extends Position {
  /** The fencing token of the writer: a checkpoint is never overwritten by one with a lower token. */
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

/**
 * What the cycles keep of the streams of one poller. Reads are strongly consistent. Every call rejects with a
 * Failure (`table.*`, `aws.*`) or with the reason of the context's signal.
 */
export interface CycleStateStore {
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

/** How a stream stands. Whatever is absent has not been written yet. */
export interface StreamState {
  readonly checkpoint?: Checkpoint;
  readonly lease?: Lease;
  /** When the lease was last written, by its writer's clock. */
  readonly leaseWrittenAt?: Instant;
  readonly lastCycle?: LastCycle;
  /** All notes, also those of the holder and of standbys that have ended. */
  readonly standbys?: readonly Standby[];
}

/** Where a standby writes a note for operators. */
export interface StandbyNotes {
  /** Writes or renews the note of a standby, and removes those of standbys that are gone. */
  noteStandby(stream: string, standby: Standby, context: RequestContext): Promise<void>;
}

/** A dead letter as it is stored; `recordedAt` is when it was last met. */
export interface StoredDeadLetter extends DeadLetter {
  readonly firstSeenAt: Instant;
}

/** A run of the backfill: the period and selection that make it this run and no other, and how far it has come. */
export interface BackfillRun {
  readonly period: Window;
  /** The scope and the event types that it publishes; absent in a run that an earlier version has begun. */
  readonly selection?: string | undefined;
  /** Its origin is the beginning of the period. It moves as the checkpoint of any stream does. */
  readonly checkpoint: Checkpoint;
  /** The periods that earlier runs were asked for, in order and apart from one another. */
  readonly earlier: readonly Window[];
}

/** A stored value, and the version under which it was found. */
export interface Versioned<T> {
  readonly value: T;
  readonly version: number;
}

/** A value of a poller as a whole. */
export interface PollerItem<T> {
  read(context: RequestContext): Promise<Versioned<T> | undefined>;
  /**
   * Writes `value` over the version that was seen (undefined: if nothing is stored). Refused where another
   * host has written meanwhile, or an earlier attempt of this very write whose answer was lost: in both cases
   * the caller reads and judges again what is stored.
   */
  write(value: T, seen: number | undefined, context: RequestContext): Promise<'written' | 'refused'>;
}

/** Everything that is stored of one poller: beside the state of its cycles, what operators see and repair. */
export interface StateStore extends CycleStateStore, StandbyNotes {
  readStream(stream: string, context: RequestContext): Promise<StreamState>;
  /**
   * Writes the checkpoint whatever watermark is stored, which the daemon never does; refused only if a higher
   * fence is stored. A stored origin stays.
   */
  setCheckpoint(stream: string, checkpoint: Checkpoint, context: RequestContext): Promise<WriteOutcome<Checkpoint>>;

  /** How many of the stream's dead letters have which reason, counted up to `most`. */
  countDeadLetters(stream: string, most: number, context: RequestContext): Promise<ReadonlyMap<string, number>>;
  /**
   * The stream's dead letters, the earliest fact first; those whose ID begins with `idPrefix`, if one is
   * given.
   */
  deadLetters(stream: string, context: RequestContext, idPrefix?: string): AsyncIterable<StoredDeadLetter>;
  /** Removing what is not there (any more) is not an error. */
  deleteDeadLetter(stream: string, deadLetter: DeadLetter, context: RequestContext): Promise<void>;

  /** The latest run of the backfill, finished or not. */
  readBackfillRun(context: RequestContext): Promise<BackfillRun | undefined>;
  /**
   * Puts a run in the place of whatever is stored. Refused only if a higher fence is stored. Idempotent: the
   * same write repeated is written again.
   */
  writeBackfillRun(run: BackfillRun, context: RequestContext): Promise<'written' | 'refused'>;

  /** Which `dedup.ttl` applied when; see DedupHistory. */
  readonly dedupHistory: PollerItem<DedupHistory>;
  /** The organisation that the poller's name belongs to. */
  readonly organisation: PollerItem<Binding>;
}
