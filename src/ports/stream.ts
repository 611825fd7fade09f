import type { Derivation } from '../domain/event.ts';
import type { Instant } from '../domain/instant.ts';
import type { StreamName } from '../domain/streams.ts';
import type { Plan, Window } from '../domain/window.ts';
import type { RequestContext } from './request-context.ts';
import type { Checkpoint } from './state-store.ts';

/** Something that is read in windows and yields events. */
export interface Stream {
  /** Names the stream's state, and stands in its events' metadata. */
  readonly name: StreamName;
  /**
   * The trusted time, once the source has answered; absent: as far as it is known. See ConversationSource.
   */
  readonly now?: (context: RequestContext) => Promise<Instant>;
  /**
   * Where a stream without a checkpoint begins, epoch milliseconds; undefined while that is not known yet.
   */
  startsAt(now: number, context: RequestContext): Promise<number | undefined>;
  /** The next window; undefined while there is nothing to read yet. */
  plan(checkpoint: Checkpoint, now: number, context: RequestContext): Promise<Plan | undefined>;
  /** The records of a window just planned, page by page; ends only when it has been read completely. */
  read(window: Window, context: RequestContext): AsyncIterable<readonly unknown[]>;
  /**
   * How many windows may be prefetched while the stream is behind; absent: none. Where some may, `read`
   * begins at once, and `plan` depends on its arguments only.
   */
  readonly prefetchWindows?: number;
  /**
   * For how long the stored checkpoint may lag behind a stream that finds nothing new, milliseconds; absent:
   * it is written with every window. Only the amount that is read again after a restart depends on it.
   */
  readonly maxCheckpointLag?: number;
  /**
   * Whether all events of a page are delivered before the next page is fetched. Where a page takes minutes,
   * an event that is in flight must not wait for it, and a restart must not lose what was read.
   */
  readonly flushEachPage?: boolean;
  /**
   * Asks the source for a little, to see whether it answers, and changes nothing anywhere. Absent: the first
   * page of the next window is read instead.
   */
  readonly probe?: (context: RequestContext) => Promise<void>;
  /** A record's events, undefined if the stream is not about this record. Never throws. */
  derive(record: unknown): Derivation | undefined;
  /** Whether another stream reads the same things first: what this one publishes, that one has missed. */
  readonly countsAsMissed?: boolean;
}

/** How a cycle may be ended early. */
export interface CycleSignals {
  /** Read nothing more, and deliver what has been read. */
  readonly stop: AbortSignal;
  /** Drop everything at once. */
  readonly abort: AbortSignal;
}
