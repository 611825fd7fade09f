import { untilTick, type Wait } from '../domain/tick.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ticker } from '../ports/ticker.ts';
import { type Calendar, cronCalendar } from './cron-calendar.ts';
import { readClocks } from './read-clocks.ts';

/**
 * Ticks by a schedule, whatever the wall clock does; domain/tick.ts says how. A time that passes while a poll
 * runs is skipped: the checkpoint, not the schedule, knows what is still to be read.
 */
export function calendarTicker(calendar: Calendar, clock: Clock): Ticker {
  const due = () => calendar.next(1)[0];
  return {
    due,
    async next(signal) {
      signal.throwIfAborted();
      const since = readClocks(clock);
      const wait: Wait = { at: due() ?? Number.POSITIVE_INFINITY, since };
      for (;;) {
        const pause = untilTick(wait, readClocks(clock));
        if (pause === 0) return;
        await clock.sleep(pause, signal);
      }
    },
  };
}

/** Ticks by a node-cron expression of six fields, in UTC. */
export function cronTicker(expression: string, clock: Clock): Ticker {
  return calendarTicker(cronCalendar(expression), clock);
}
