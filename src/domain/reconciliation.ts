import type { Instant } from './instant.ts';
import type { Plan } from './window.ts';

/** How the data lake is read again; all in milliseconds. */
export interface ReconciliationRules {
  /** A window begins at least this long before the checkpoint. */
  readonly overlap: number;
  /** Once a day a window begins this long before the checkpoint. */
  readonly horizon: number;
}

const DAY = 86_400_000;

/**
 * Cuts the next window over the data lake, of which everything before `guaranteed` is certain to be there.
 *
 * The new part of a window reaches from the watermark to `guaranteed`, and never past it. Records change afterwards, for
 * days: so once a day the whole `horizon` before the watermark is read again. Which window does so is to be told from the
 * watermark alone, since nothing else survives a restart. Hence no window goes past a UTC midnight: what is longer is
 * cut there. The watermark then stands on every midnight once, and the window that begins there is the one that reaches
 * back, provided that it is the last for now: while whole days are still to be caught up with, the horizon is left to the
 * window that ends the catching up.
 *
 * Undefined while nothing new is guaranteed. A guarantee that is taken back moves nothing.
 */
export function planReconciliation(
  checkpoint: { readonly watermark: Instant; readonly origin: Instant },
  guaranteed: Instant,
  rules: ReconciliationRules,
): Plan | undefined {
  const { watermark, origin } = checkpoint;
  if (guaranteed <= watermark) return undefined;
  const end = Math.min(guaranteed, (Math.floor(watermark / DAY) + 1) * DAY);
  const caughtUp = end === guaranteed;
  const isDaily = caughtUp && watermark % DAY === 0;
  const reach = isDaily ? Math.max(rules.horizon, rules.overlap) : rules.overlap;
  return { window: { start: Math.min(Math.max(watermark - reach, origin), watermark), end }, caughtUp };
}
