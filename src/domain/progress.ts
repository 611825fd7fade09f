import type { Instant } from './instant.ts';

/**
 * Up to where a stream has been read, given its stored checkpoint and the report of its latest cycle. While
 * it finds nothing new, the checkpoint is behind that. A checkpoint that was written since, by hand perhaps,
 * has the last word.
 */
export function readUpTo(
  checkpoint: { readonly watermark: Instant; readonly updatedAt: Instant },
  lastCycle: { readonly at: Instant; readonly watermark?: Instant } | undefined,
): Instant {
  const { watermark = checkpoint.watermark, at = checkpoint.updatedAt } = lastCycle ?? {};
  return at < checkpoint.updatedAt ? checkpoint.watermark : Math.max(checkpoint.watermark, watermark);
}
