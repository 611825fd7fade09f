/**
 * The shortest and the longest life that can be set for the tokens of an OAuth client: 5 minutes, 48 hours;
 * milliseconds.
 */
const MIN_LIFE_MS = 300_000;
const MAX_LIFE_MS = 172_800_000;

/** A token and its times, on the monotonic clock, milliseconds. */
export interface Token {
  readonly value: string;
  /** From here on it is due for renewal. */
  readonly renewFrom: number;
  /** From here on Genesys refuses it. */
  readonly expiresAt: number;
}

/**
 * A token that was asked for at `askedAt` and lives for `expiresIn` (seconds, as Genesys gave it; counted
 * from the request). It is renewed a tenth of its life before its end, but never more than five minutes: that
 * is half a minute of the shortest life, as long as a request may take. Without a usable `expiresIn` the
 * shortest life is assumed.
 */
export function tokenOf(value: string, expiresIn: unknown, askedAt: number): Token {
  const seconds = typeof expiresIn === 'string' && expiresIn !== '' ? Number(expiresIn) : expiresIn;
  const usable = typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0;
  const life = usable ? Math.min(seconds * 1_000, MAX_LIFE_MS) : MIN_LIFE_MS;
  const margin = Math.min(life / 10, 300_000);
  return { value, renewFrom: askedAt + life - margin, expiresAt: askedAt + life };
}
