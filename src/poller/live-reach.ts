import type { Instant } from '../domain/instant.ts';
import type { Call } from '../ports/call.ts';
import type { StateTable } from '../ports/state-table.ts';

/** The stream that looks at conversations in near real time. */
export const LIVE = 'conversations';
/** A live stream whose checkpoint has stood still for so long is not waited for, milliseconds. */
const STALLED = 3_600_000;

/**
 * Up to where another look at conversations may go: what the live stream has not come to yet it has not missed. Infinity where it
 * stands still, or was never there: then events that come hours late, by another way, are better than none.
 */
export async function liveReach(state: StateTable, now: Instant, call: Call): Promise<Instant> {
  const live = await state.readCheckpoint(LIVE, call);
  return live && now - live.updatedAt < STALLED ? live.watermark : Number.POSITIVE_INFINITY;
}
