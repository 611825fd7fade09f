import type { Config } from '../config/config.ts';
import { allowedCycle, allowedReconciliation } from '../domain/allowed-cycle.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { tickAfter } from '../schedule/cron-ticker.ts';
import { Heartbeat } from '../telemetry/heartbeat.ts';

/** Times of the schedule after a sign of life, of which the next has to come by the last. */
const INTERVALS = 3;

/** The heartbeat that the configuration asks for; undefined if it names no file. */
export function heartbeatOf({ poller, genesys, streams }: Config, log: Log, clock: Clock): Heartbeat | undefined {
  const { name, schedule, heartbeatFile: file } = poller;
  if (file === undefined) return undefined;
  const { requestsPerMinute } = genesys;
  const { reconciliation } = streams;
  const freshUntil = (stream: string) =>
    stream === 'reconciliation'
      ? tickAfter(reconciliation.schedule, INTERVALS) + allowedReconciliation(requestsPerMinute, reconciliation.horizon)
      : tickAfter(schedule, INTERVALS) + allowedCycle(requestsPerMinute);
  return new Heartbeat({ file, poller: name, clock, log, freshUntil });
}
