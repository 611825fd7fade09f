import type { Config } from '../config/config.ts';
import { allowedCycle, allowedReconciliation } from '../domain/allowed-cycle.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { tickAfter } from '../schedule/cron-ticker.ts';
import { Heartbeat } from '../telemetry/heartbeat.ts';

/** Times of the schedule after a sign of life, of which the next has to come by the last. */
const INTERVALS = 3;

/** When the next sign of life of a stream is overdue after one now, epoch milliseconds. */
export function freshUntilOf({ poller, genesys, streams }: Config): (stream: string) => number {
  const { requestsPerMinute } = genesys;
  const { reconciliation } = streams;
  return (stream) =>
    stream === 'reconciliation'
      ? tickAfter(reconciliation.schedule, INTERVALS) + allowedReconciliation(requestsPerMinute, reconciliation.horizon)
      : tickAfter(poller.schedule, INTERVALS) + allowedCycle(requestsPerMinute);
}

/** The heartbeat that the configuration asks for; undefined if it names no file. */
export function heartbeatOf(config: Config, log: Log, clock: Clock): Heartbeat | undefined {
  const { name, heartbeatFile: file } = config.poller;
  return file === undefined
    ? undefined
    : new Heartbeat({ file, poller: name, clock, log, freshUntil: freshUntilOf(config) });
}
