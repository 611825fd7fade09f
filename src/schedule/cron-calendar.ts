import cron from 'node-cron';
import type { Instant } from '../domain/instant.ts';

/** The times of a schedule. */
export interface Calendar {
  /** The next `count` of them after now, by the wall clock of this host. */
  next(count: number): readonly Instant[];
}

/**
 * The calendar of a node-cron expression of six fields, in UTC: local time has hours that do not exist, and
 * others that come twice. Node-cron only computes times. Its own timers wait by the wall clock. A clock set
 * back stops them; a clock set ahead makes them walk through every skipped time, for seconds.
 */
export function cronCalendar(expression: string): Calendar {
  return {
    next(count) {
      const task = cron.createTask(expression, () => undefined, { timezone: 'Etc/UTC' });
      try {
        return task.getNextRuns(count).map((time) => time.getTime());
      } finally {
        void task.destroy();
      }
    },
  };
}

/** How long until the `count`th next time of the schedule, milliseconds. */
export function untilNext(expression: string, count: number): number {
  const times = cronCalendar(expression).next(count);
  return Math.max(0, (times.at(-1) ?? Number.POSITIVE_INFINITY) - Date.now());
}

const MINUTE = 60_000;
/** A schedule has at most one tick a second. */
const MAX_TICKS_A_MINUTE = 61;

/**
 * The most ticks a minute of a node-cron expression, judged by its next ticks; below 1 for slow schedules.
 */
export function ticksPerMinute(expression: string): number {
  const ticks = cronCalendar(expression).next(MAX_TICKS_A_MINUTE);
  const [first = 0, second = Number.POSITIVE_INFINITY] = ticks;
  const within = ticks.filter((tick) => tick < first + MINUTE).length;
  return within > 1 ? within : MINUTE / Math.max(MINUTE, second - first);
}
