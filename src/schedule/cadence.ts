import { cronCalendar } from './cron-calendar.ts';

const MINUTE = 60_000;
/** A minute has sixty seconds, and a schedule no more ticks than that. */
const MOST = 61;

/**
 * How often a node-cron expression ticks in a minute at the most, as far as its next ticks show; less than
 * one for slower ones.
 */
export function ticksPerMinute(expression: string): number {
  const ticks = cronCalendar(expression).next(MOST);
  const [first = 0, second = Number.POSITIVE_INFINITY] = ticks;
  const within = ticks.filter((tick) => tick < first + MINUTE).length;
  return within > 1 ? within : MINUTE / Math.max(MINUTE, second - first);
}
