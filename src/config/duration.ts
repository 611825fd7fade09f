import { type Instant, parseInstant } from '../domain/instant.ts';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** Ten years: far beyond any sensible setting, and safe in every calculation with instants. */
const MAX_DURATION_MS = 3650 * UNITS.d;

/**
 * Reads a duration such as `500ms`, `30s`, `5m`, `2h` or `7d` into milliseconds; `0s` is one.
 *
 * Throws an Error whose message completes "… must be": for a number without a unit (`90`), a fraction
 * (`1.5h`, which is `90m`), a negative one, a sum (`1h30m`), and for more than ten years. The value itself is
 * not part of the message.
 */
export function parseDuration(value: unknown): number {
  const match = typeof value === 'string' ? /^(\d+)(ms|s|m|h|d)$/.exec(value) : null;
  if (!match) throw new Error('must be a whole number with a unit, such as 500ms, 30s, 5m, 2h or 7d');
  const ms = Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
  if (ms > MAX_DURATION_MS) throw new Error('must be at most 3650d');
  return ms;
}

/** Writes milliseconds in the largest unit that divides them: the inverse of `parseDuration`. */
export function formatDuration(ms: number): string {
  const unit = (['d', 'h', 'm', 's'] as const).find((candidate) => ms % UNITS[candidate] === 0) ?? 'ms';
  return ms === 0 ? '0s' : `${ms / UNITS[unit]}${unit}`;
}

/**
 * Reads `now`, a duration back (`24h`), a timestamp with its zone or a date (midnight UTC) into an instant,
 * at the time `now`. Throws an Error that says what is expected.
 */
export function startFromAt(value: unknown, now: Instant): Instant {
  if (value === 'now') return now;
  const isDate = typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value);
  const instant = parseInstant(isDate ? `${value}T00:00:00Z` : value);
  if (instant !== undefined) return instant;
  try {
    return now - parseDuration(value);
  } catch {
    throw new Error(
      'must be now, a duration of at most 3650d back such as 24h, a date (midnight UTC) such as 2026-01-31, or a timestamp with its zone such as 2026-01-31T08:00:00Z',
    );
  }
}
