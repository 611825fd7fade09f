import { type Instant, parseInstant } from '../domain/instant.ts';
import { parseDuration } from './duration.ts';

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
