import { once } from 'node:events';
import type { DestinationStream } from 'pino';
import type { Clock } from '../ports/clock.ts';
import type { Log, LogFields } from '../ports/log.ts';
import { CycleMetrics } from './emf.ts';
import { createLog } from './logger.ts';
import { quietLog } from './quiet-log.ts';

/** What may change while the poller runs. */
export interface PollerLogSettings {
  readonly level: string;
  /** The CloudWatch namespace of the metrics that a cycle's line carries; undefined for none. */
  readonly metrics: string | undefined;
}

/** The log of a poller at work. */
export interface PollerLog extends Log {
  adjust(settings: PollerLogSettings): void;
  /**
   * Resolves once every line is written, or when `until` aborts. If it has aborted already, the last lines get a short time all the
   * same. Nothing is written afterwards.
   */
  close(until: AbortSignal): Promise<void>;
}

/** What a reader that reads at all needs to get the last lines, milliseconds. */
const LAST_CHANCE = 1_000;

/**
 * Puts the log of a poller together: failures that go on are kept from flooding, and the line of a cycle carries its metrics, those
 * of kept back lines included. On a terminal there are no metrics: nothing reads them there.
 */
export function createPollerLog(
  options: PollerLogSettings & {
    /** Stands in every line; a dimension of the metrics. */
    readonly poller: string;
    readonly clock: Clock;
    readonly destination?: DestinationStream;
  },
): PollerLog {
  const { poller, clock, level, destination } = options;
  const lines = createLog({ level, base: { poller }, ...(destination && { destination }) });
  const namespaceOf = (settings: PollerLogSettings) => (lines.forPeople ? undefined : settings.metrics);
  const metrics = new CycleMetrics({ namespace: namespaceOf(options), now: () => clock.now() });

  const at =
    (to: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, msg: string, fields: LogFields = {}) =>
      lines[to](event, msg, { ...fields, ...metrics.membersOf(event, fields) });
  const log = quietLog({
    log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    clock,
    onKeptBack: (event, fields) => metrics.keepBack(event, fields),
  });
  return {
    ...log,
    adjust(settings) {
      lines.setLevel(settings.level);
      metrics.namespace = namespaceOf(settings);
    },
    async close(until) {
      const written = new AbortController();
      const giveUp = async () => {
        if (until.aborted) await clock.sleep(LAST_CHANCE, written.signal);
        else await once(until, 'abort', { signal: written.signal });
      };
      await lines.close(giveUp().catch(() => undefined));
      written.abort();
    },
  };
}
