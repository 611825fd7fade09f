import { once } from 'node:events';
import type { DestinationStream } from 'pino';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { createLog } from './logger.ts';
import { quietLog } from './quiet-log.ts';

/** What may change while the poller runs. */
export interface PollerLogSettings {
  readonly level: string;
  /** The CloudWatch namespace of the metrics in the lines of cycles; undefined for none. */
  readonly metrics: string | undefined;
}

/** The log of a running poller. */
export interface PollerLog extends Log {
  /** That of `metrics`; undefined on a terminal too, where nothing reads metrics. */
  readonly namespace: string | undefined;
  adjust(settings: PollerLogSettings): void;
  /**
   * Resolves once every line is written, or when `until` aborts. If it has aborted already, the last lines
   * get a short time all the same. Nothing is written afterwards.
   */
  close(until: AbortSignal): Promise<void>;
}

/** What a reader that reads at all needs to get the last lines, milliseconds. */
const LAST_CHANCE = 1_000;

/** Puts the log of a poller together: trouble that goes on does not flood it. */
export function createPollerLog(
  options: PollerLogSettings & {
    /** In every line; a dimension of the metrics. */
    readonly poller: string;
    readonly clock: Clock;
    readonly destination?: DestinationStream;
  },
): PollerLog {
  const { poller, clock, level, destination } = options;
  const lines = createLog({ level, base: { poller }, ...(destination && { destination }) });
  const namespaceOf = (settings: PollerLogSettings) => (lines.forPeople ? undefined : settings.metrics);
  let namespace = namespaceOf(options);
  return {
    ...quietLog({ log: lines, clock }),
    get namespace() {
      return namespace;
    },
    adjust(settings) {
      lines.setLevel(settings.level);
      namespace = namespaceOf(settings);
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
