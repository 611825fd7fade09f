import type { Instant } from '../domain/instant.ts';
import type { Clock } from './clock.ts';

/**
 * What time it is, as far as two clocks can be trusted: this host's, and that of the source. Either may be
 * wrong, and a wrong one must neither skip data nor repeat it.
 */
export interface TrustedTime {
  /**
   * The earlier clock. By it windows end, IDs expire, events age and lag is told: nothing is passed or
   * forgotten too early.
   */
  now(): Instant;
  /**
   * The later clock. Until when an ID is remembered is counted from it: to remember for longer is harmless.
   */
  latest(): Instant;
}

/**
 * For what publishes without ever hearing the source: nothing is judged to have expired, and whatever ID is
 * stored is known.
 */
export function beforeAllExpiry(clock: Clock): TrustedTime {
  return { now: () => 0, latest: () => clock.now() };
}
