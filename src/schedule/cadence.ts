import cron from 'node-cron';

const MINUTE = 60_000;
/** A minute has sixty seconds, and a schedule no more ticks than that. */
const MOST = 61;

/** How often a node-cron expression ticks in a minute at the most, as far as its next ticks show; less than one for slower ones. */
export function ticksPerMinute(expression: string): number {
  const task = cron.createTask(expression, () => undefined, { timezone: 'Etc/UTC' });
  const ticks = task.getNextRuns(MOST).map((tick) => tick.getTime());
  void task.destroy();
  const [first = 0, second = Number.POSITIVE_INFINITY] = ticks;
  const within = ticks.filter((tick) => tick < first + MINUTE).length;
  return within > 1 ? within : MINUTE / Math.max(MINUTE, second - first);
}
