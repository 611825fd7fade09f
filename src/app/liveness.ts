import type { Config } from '../config/config.ts';
import { POLLED_STREAMS, STREAMS } from '../domain/streams.ts';
import { Heartbeat } from '../observability/heartbeat.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { untilNext } from '../schedule/cron-calendar.ts';
import { scheduleOf } from './streams.ts';

/** Times of the schedule after a sign of life, of which the next has to come by the last. */
const INTERVALS = 3;

/**
 * How long after a sign of life of a stream, one now, the next is overdue; milliseconds. A stream that is not
 * polled never is.
 */
export function freshForOf(config: Config): (stream: string) => number {
  const { requestsPerMinute } = config.genesys;
  const { horizon } = config.streams.reconciliation;
  return (stream) => {
    const polled = POLLED_STREAMS.find((name) => name === stream);
    if (polled === undefined) return Number.POSITIVE_INFINITY;
    const allowed = STREAMS[polled].allowedCycleMs({ requestsPerMinute, horizon });
    return untilNext(scheduleOf(config, polled), INTERVALS) + allowed;
  };
}

/** The heartbeat that the configuration asks for; undefined if it names no file. */
export function heartbeatOf(config: Config, log: Log, clock: Clock): Heartbeat | undefined {
  const { name, heartbeatFile: file } = config.poller;
  return file === null ? undefined : new Heartbeat({ file, poller: name, clock, log, freshFor: freshForOf(config) });
}
