import type { Instant } from '../domain/instant.ts';
import type { Clock } from './clock.ts';

/**
 * What time it is, as far as two clocks can be trusted: this host's, and that of the source. Either may be
 * wrong, and a wrong one must neither skip data nor repeat it.
 */
export interface TrustedTime {
  /**
   * The earlier clock. It decides where windows end, when IDs expire, how old events are and how large the
   * lag is, so that nothing is skipped or forgotten too early.
   */
  now(): Instant;
  /**
   * The later clock. The time until which an ID is remembered is counted from it: remembering longer is
   * harmless.
   */
  latest(): Instant;
}

/**
 * For publishing without the source: nothing counts as expired, and every stored ID is known.
 */
export function beforeAllExpiry(clock: Clock): TrustedTime {
  return { now: () => 0, latest: () => clock.now() };
}
