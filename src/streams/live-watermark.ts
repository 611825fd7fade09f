import type { Instant } from '../domain/instant.ts';
import { CONVERSATIONS } from '../domain/streams.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { StateTable } from '../ports/state-store.ts';

/** A live stream whose checkpoint has stood still for so long is not waited for, milliseconds. */
const STALLED = 3_600_000;

/**
 * Up to where another look at conversations may go: what the live stream has not come to yet it has not
 * missed. Infinity where it stands still, or was never there: then events that come hours late, by another
 * way, are better than none. `known` is how far it has come as far as this process knows: the stored
 * checkpoint may be behind that.
 */
export async function liveWatermark(
  state: StateTable,
  now: Instant,
  context: RequestContext,
  known: Instant = Number.NEGATIVE_INFINITY,
): Promise<Instant> {
  const live = await state.readCheckpoint(CONVERSATIONS, context);
  return live && now - live.updatedAt < STALLED ? Math.max(live.watermark, known) : Number.POSITIVE_INFINITY;
}
