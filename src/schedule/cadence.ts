import { cronCalendar } from './cron-calendar.ts';

const MINUTE = 60_000;
/** A schedule has at most one tick a second. */
const MOST = 61;

/**
 * The most ticks a minute of a node-cron expression, judged by its next ticks; below 1 for slow schedules.
 */
export function ticksPerMinute(expression: string): number {
  const ticks = cronCalendar(expression).next(MOST);
  const [first = 0, second = Number.POSITIVE_INFINITY] = ticks;
  const within = ticks.filter((tick) => tick < first + MINUTE).length;
  return within > 1 ? within : MINUTE / Math.max(MINUTE, second - first);
}
