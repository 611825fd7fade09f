import type { Checkpoint } from '../ports/state-store.ts';
import { type Item, instant, number } from './state-attributes.ts';

/**
 * A checkpoint moves forward, and its fence with it:
 *
 *     holder A, fence 1   writes watermark 10:00          nothing stored: written
 *     holder A            is paused
 *     holder B, fence 2   fences, writes watermark 10:05  not behind in either: written
 *     holder A            wakes, writes watermark 10:10   its fence 1 is behind the stored 2: refused
 *     holder B            repeats 10:05, the answer was lost   equal in both: written again, the same
 *
 * A stream has one beginning, the first that is written:
 *
 *     holder A, fence 1   creates the checkpoint at 10:00   still on the wire
 *     holder B, fence 2   fences, finds none                nothing stored
 *     holder A's write    arrives                           nothing stored: written
 *     holder B            creates the checkpoint at 10:01   the stored origin is another: refused
 *
 * Without that refusal 10:00 to 10:01 would never be read.
 *
 * Watermarks are compared as text, which in the fixed-width UTC form is comparing times.
 */
export const NOT_BEHIND =
  'attribute_not_exists(pk) OR (origin = :origin AND watermark <= :watermark AND fence <= :fence)';
export const SET_CHECKPOINT = 'SET watermark = :watermark, origin = :origin, fence = :fence, updatedAt = :updatedAt';
export const AND_REREAD_TO = ', rereadTo = :rereadTo';

/**
 * Only an existing checkpoint is fenced: the update must not create one that has a fence and nothing
 * else.
 */
export const FENCE_NOT_BEHIND = 'attribute_exists(pk) AND fence <= :fence';
export const SET_FENCE = 'SET fence = :fence';

/**
 * What an operator sets, and a new run of the backfill, may move the watermark either way. It is refused
 * where a later holder of the stream's lease has written.
 */
export const NO_HIGHER_FENCE = 'attribute_not_exists(pk) OR fence <= :fence';
export const SET_POSITION =
  'SET watermark = :watermark, origin = if_not_exists(origin, :origin), fence = :fence, updatedAt = :updatedAt';

/**
 * A lease is written over the very version that the writer has seen:
 *
 *     A and B   read version 7 and see it stand still
 *     A         writes 8 if 7 is stored: written
 *     B         writes 8 if 7 is stored: refused, 8 of A's is stored
 *     A         hears nothing, repeats 8 if 7 is stored: refused, but the stored attempt is its own: written
 */
export const VERSION_AS_SEEN = 'version = :expected';
export const NO_LEASE_YET = 'attribute_not_exists(pk)';
export const SET_LEASE =
  'SET holder = :holder, version = :version, fence = :fence, durationMs = :durationMs, attempt = :attempt, updatedAt = :updatedAt';
/** What `status` shows of the stream. */
export const AND_LAST_CYCLE = ', lastCycle = :lastCycle';
/** A holder that does not say its version must not keep that of the holder before. */
export const AND_VERSION = ', programVersion = :programVersion';
export const WITHOUT_VERSION = ' REMOVE programVersion';

export function positionValues({ watermark, origin, fence, updatedAt }: Checkpoint): Item {
  return {
    ':watermark': instant(watermark),
    ':origin': instant(origin),
    ':fence': number(fence),
    ':updatedAt': instant(updatedAt),
  };
}
