import type { Instant } from '../domain/instant.ts';

const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const;

/** From here on seconds say nothing more, milliseconds. */
const LONG = 600_000;

/**
 * A duration as people say it, in its two largest units: `1 hour 5 minutes`. From ten minutes on seconds are
 * left out.
 */
export function spokenDuration(ms: number): string {
  const finest = ms < LONG ? 1_000 : 60_000;
  let rest = Math.max(0, Math.round(ms / finest)) * finest;
  const parts = UNITS.map(([length, unit]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return [count, unit] as const;
  });
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 seconds';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`)
    .join(' ');
}

/** A time of day, UTC, and its day where the reader could not know it: `28 Nov 09:12`. */
export function spokenTime(time: Instant, withDay: boolean): string {
  const clock = new Date(time).toISOString().slice(11, 16);
  return withDay ? `${dayOf(time)} ${clock}` : clock;
}

/** The day of a time, UTC: `28 Nov`. */
export function dayOf(time: Instant): string {
  return new Date(time).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
}
