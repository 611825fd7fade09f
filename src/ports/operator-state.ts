import type { DeadLetter } from '../domain/dead-letter.ts';
import type { Instant } from '../domain/instant.ts';
import type { RequestContext } from './request-context.ts';
import type { Checkpoint, LastCycle, Lease, WriteOutcome } from './state-store.ts';

/** How a stream stands. Whatever is absent has not been written yet. */
export interface StreamState {
  readonly checkpoint?: Checkpoint;
  readonly lease?: Lease;
  /** When the lease was last written, by its writer's clock. */
  readonly leaseWrittenAt?: Instant;
  readonly lastCycle?: LastCycle;
}

/** A dead letter as it is stored; `recordedAt` is when it was last met. */
export interface StoredDeadLetter extends DeadLetter {
  readonly firstSeenAt: Instant;
}

/**
 * What an operator looks at and repairs in the state of one poller, beside what the daemon itself needs.
 * Every call rejects with a Failure (`table.*`, `aws.credentials`) or with the call's signal's reason.
 */
export interface OperatorState {
  /** Strongly consistent. */
  readStream(stream: string, context: RequestContext): Promise<StreamState>;
  /** The number of the stream's dead letters, counted up to `most`. */
  countDeadLetters(stream: string, most: number, context: RequestContext): Promise<number>;
  /**
   * The stream's dead letters, the earliest fact first; those whose ID begins with `idPrefix`, if one is
   * given.
   */
  deadLetters(stream: string, context: RequestContext, idPrefix?: string): AsyncIterable<StoredDeadLetter>;
  /** Removing what is not there (any more) is no error. */
  deleteDeadLetter(stream: string, deadLetter: DeadLetter, context: RequestContext): Promise<void>;
  /**
   * Writes the checkpoint whatever watermark is stored, which the daemon never does; refused only if a higher
   * fence is stored. A stored origin stays.
   */
  setCheckpoint(stream: string, checkpoint: Checkpoint, context: RequestContext): Promise<WriteOutcome<Checkpoint>>;
}
