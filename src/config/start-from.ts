import { parseInstant } from '../domain/instant.ts';
import type { StartFrom } from './config.ts';
import { parseDuration } from './duration.ts';

/** Reads `now`, a duration back (`24h`), or a timestamp with its zone. Throws an Error that says what is expected. */
export function parseStartFrom(value: unknown): StartFrom {
  if (value === 'now') return { kind: 'now' };
  const instant = parseInstant(value);
  if (instant !== undefined) return { kind: 'at', instant };
  try {
    return { kind: 'ago', ms: parseDuration(value) };
  } catch {
    throw new Error(
      'must be now, a duration of at most 3650d back such as 24h, or a timestamp with its zone such as 2026-01-31T08:00:00Z',
    );
  }
}
