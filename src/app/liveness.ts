import type { Config } from '../config/config.ts';
import { POLLED_STREAMS, STREAMS } from '../domain/streams.ts';
import { Heartbeat } from '../observability/heartbeat.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { untilNext } from '../schedule/cron-calendar.ts';
import { scheduleOf } from './streams.ts';

/** A stream is overdue when this many scheduled times have passed without a sign of life. */
const INTERVALS = 3;

/**
 * How long a stream may go without a sign of life, counted from now; milliseconds. A stream that is not
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

/**
 * The heartbeat that the configuration asks for; undefined if it names no file. `before` is the one of the
 * configuration that it replaces.
 */
export function heartbeatOf(config: Config, log: Log, clock: Clock, before?: Heartbeat): Heartbeat | undefined {
  const { name, heartbeatFile: file } = config.poller;
  before?.leaveFor(file);
  return file === null ? undefined : new Heartbeat({ file, poller: name, clock, log, freshFor: freshForOf(config) });
}
