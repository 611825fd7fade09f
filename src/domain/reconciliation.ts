import type { Instant } from './instant.ts';
import type { Plan } from './window.ts';

/** How the data lake is read again; all in milliseconds. */
export interface ReconciliationRules {
  /** A window begins at least this long before the watermark. */
  readonly overlap: number;
  /** The first window of a day begins this long before the watermark. */
  readonly horizon: number;
}

const DAY = 86_400_000;

/**
 * Cuts the next window over the data lake, of which everything before `guaranteed` is certain to be there.
 *
 * The new part of a window reaches from the watermark to `guaranteed`, and never past it; a longer span is
 * read day by day, oldest first. Records change afterwards, for days: so once a day the whole horizon before
 * the watermark is read again. The checkpoint alone has to tell which window does that, since nothing else
 * survives a restart. It is the first window after a checkpoint that was written on an earlier day (of UTC).
 * If it fails, it is the next one. After an outage it reaches back from where the watermark was left, so that
 * nothing is missed that became due meanwhile.
 *
 * Undefined while nothing new is guaranteed. A guarantee that is taken back moves nothing.
 */
export function planReconciliation(
  checkpoint: { readonly watermark: Instant; readonly origin: Instant; readonly updatedAt: Instant },
  now: Instant,
  guaranteed: Instant,
  { overlap, horizon }: ReconciliationRules,
): Plan | undefined {
  const { watermark, origin, updatedAt } = checkpoint;
  if (guaranteed <= watermark) return undefined;
  const reach = dayOf(updatedAt) === dayOf(now) ? overlap : Math.max(overlap, horizon);
  const start = Math.min(Math.max(watermark - reach, origin), watermark);
  const end = Math.min(guaranteed, watermark + DAY);
  return { window: { start, end }, caughtUp: end === guaranteed };
}

function dayOf(instant: Instant): number {
  return Math.floor(instant / DAY);
}
