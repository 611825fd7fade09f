import type { DedupHistoryReader } from '../../src/pipeline/dedup-history-store.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { TrustedTime } from '../../src/ports/trusted-time.ts';

/** The time of a host whose clock is right. */
export function hostTime(clock: Clock): TrustedTime {
  return { now: () => clock.now(), latest: () => clock.now() };
}

/** IDs have been remembered for `ttl` milliseconds since the beginning of time. */
export function rememberedFor(ttl: number): DedupHistoryReader {
  return { current: async () => [{ from: 0, ttl }] };
}
