import { type DedupHistory, oldestPublishable } from './dedup-history.ts';
import type { Instant } from './instant.ts';

/** What moving a checkpoint by hand does. All times in epoch milliseconds. */
export type CheckpointMove =
  /** There is none yet: the stream begins there, and that is its origin for ever. */
  | { readonly kind: 'first' }
  | { readonly kind: 'none' }
  /**
   * `unpublishable`: what is before it is read again but not published: it is older than the deduplication
   * period.
   */
  | { readonly kind: 'back'; readonly unpublishable?: Instant }
  /** What lies between is never read by this stream. */
  | { readonly kind: 'forward'; readonly gap: { readonly start: Instant; readonly end: Instant } }
  | { readonly kind: 'future' }
  /** Nothing before the origin is ever published by this stream. */
  | { readonly kind: 'beforeOrigin'; readonly origin: Instant };

/**
 * Judges a move of the watermark to `to`.
 *
 * Back is always safe: what is read again and is known by the dedup table is not published again, and what is
 * older than the deduplication period is not published either. Forward skips what has not been read. Neither
 * the future nor the time before the origin is of any use: the one has nothing to read, the other nothing to
 * publish.
 */
export function judgeMove(
  stored: { readonly watermark: Instant; readonly origin: Instant } | undefined,
  to: Instant,
  now: Instant,
  history: DedupHistory,
): CheckpointMove {
  if (to > now) return { kind: 'future' };
  if (!stored) return { kind: 'first' };
  if (to < stored.origin) return { kind: 'beforeOrigin', origin: stored.origin };
  if (to > stored.watermark) return { kind: 'forward', gap: { start: stored.watermark, end: to } };
  if (to === stored.watermark) return { kind: 'none' };
  const oldest = oldestPublishable(stored.origin, now, history);
  return to < oldest ? { kind: 'back', unpublishable: oldest } : { kind: 'back' };
}
