import type { Instant } from '../domain/instant.ts';
import { CONVERSATIONS } from '../domain/streams.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { CycleStateStore } from '../ports/state-store.ts';

/** A live stream whose checkpoint has not moved for this long is not waited for, milliseconds. */
const STALLED = 3_600_000;

/**
 * For how long a live stream that finds nothing new may put off its checkpoint (see Stream), milliseconds:
 * well below STALLED.
 */
export const MAX_CHECKPOINT_LAG = 600_000;

/**
 * Up to where another stream may read conversations: events beyond the live stream's watermark do not count as
 * missed. Infinity where the live stream is stalled or never ran: then late events are better than none.
 * `known` is its watermark as far as this process knows; the stored checkpoint may be behind that.
 */
export async function liveWatermark(
  state: Pick<CycleStateStore, 'readCheckpoint'>,
  now: Instant,
  context: RequestContext,
  known: Instant = Number.NEGATIVE_INFINITY,
): Promise<Instant> {
  const live = await state.readCheckpoint(CONVERSATIONS, context);
  return live && now - live.updatedAt < STALLED ? Math.max(live.watermark, known) : Number.POSITIVE_INFINITY;
}
