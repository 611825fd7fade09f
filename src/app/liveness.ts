import type { Config } from '../config/config.ts';
import { allowedCycle, allowedReconciliation } from '../domain/allowed-cycle.ts';
import { Heartbeat } from '../observability/heartbeat.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { untilNext } from '../schedule/cron-calendar.ts';

/** Times of the schedule after a sign of life, of which the next has to come by the last. */
const INTERVALS = 3;

/** How long after a sign of life of a stream, one now, the next is overdue; milliseconds. */
export function freshForOf({ poller, genesys, streams }: Config): (stream: string) => number {
  const { requestsPerMinute } = genesys;
  const { reconciliation } = streams;
  return (stream) =>
    stream === 'reconciliation'
      ? untilNext(reconciliation.schedule, INTERVALS) + allowedReconciliation(requestsPerMinute, reconciliation.horizon)
      : untilNext(poller.schedule, INTERVALS) + allowedCycle(requestsPerMinute);
}

/** The heartbeat that the configuration asks for; undefined if it names no file. */
export function heartbeatOf(config: Config, log: Log, clock: Clock): Heartbeat | undefined {
  const { name, heartbeatFile: file } = config.poller;
  return file === null ? undefined : new Heartbeat({ file, poller: name, clock, log, freshFor: freshForOf(config) });
}
