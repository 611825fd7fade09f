import cron from 'node-cron';
import type { Ticker } from '../ports/ticker.ts';

const UTC = { timezone: 'Etc/UTC' };

/** When an expression ticks for the `count`th time from now, epoch milliseconds. */
export function tickAfter(expression: string, count: number): number {
  const task = cron.createTask(expression, () => undefined, UTC);
  const ticks = task.getNextRuns(count);
  void task.destroy();
  return ticks.at(-1)?.getTime() ?? Number.POSITIVE_INFINITY;
}

/**
 * Ticks by a node-cron expression of six fields, in UTC: local time has hours that do not exist, and others that come twice.
 * What is missed while a poll runs is not made up for: the checkpoint, not the schedule, knows what is still to be read.
 */
export function cronTicker(expression: string): Ticker {
  return {
    next(signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const finish = (settle: () => void) => {
          void task.destroy();
          signal.removeEventListener('abort', onAbort);
          settle();
        };
        const onAbort = () => finish(() => reject(signal.reason));
        const onTick = () => finish(resolve);
        const task = cron.schedule(expression, onTick, UTC);
        // Node-cron skips a time that it is more than a second late for, as after a stop of the process, and prints a
        // warning. For whoever waits, late is better than not at all.
        task.once('execution:missed', onTick);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}
