import { loadConfig } from '../config/load.ts';
import type { ConfigOrigin } from '../config/origin.ts';
import { CycleLog } from '../observability/cycle-log.ts';
import { createPollerLog } from '../observability/poller-log.ts';
import { pollOnce } from '../pipeline/worker.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { contextOf } from '../ports/request-context.ts';
import { openConnections } from './connections.ts';
import { logSettings } from './log-settings.ts';
import { composePipeline } from './pipeline.ts';
import { shutdownSignals } from './shutdown.ts';

/** Polls every enabled stream until it is caught up. Resolves to whether all of them certainly are. */
export async function pollAllOnce(origin: ConfigOrigin, clock: Clock): Promise<boolean> {
  const config = loadConfig(origin);
  const log = createPollerLog({ ...logSettings(config), poller: config.poller.name, clock });
  const observer = new CycleLog({ log, clock, namespace: () => log.namespace });
  const connections = openConnections(config, log, clock);
  const { workers, close } = composePipeline({ config, connections, log, clock, observer });
  const signals = shutdownSignals(() => config.poller.shutdownTimeout, log);
  try {
    await connections.assertOwnership(config.genesys, contextOf(signals.stop));
    const outcomes = await Promise.all(workers.map((worker) => pollOnce(worker, signals)));
    const isDone = outcomes.every(({ status }) => status === 'completed' || status === 'idle');
    return isDone && isCertain(connections.time, log);
  } catch (failure) {
    if (signals.stop.aborted) return false;
    throw failure;
  } finally {
    close();
    connections.close();
    await log.close(signals.abort);
    signals.release();
  }
}

/**
 * A clock skew in milliseconds from which on "caught up" means little: by one clock, that much has not been
 * read.
 */
const CERTAIN = 60_000;

/** Whether the clocks agree well enough to say that a stream is caught up. */
function isCertain({ ahead }: { readonly ahead: number }, log: Log): boolean {
  if (Math.abs(ahead) < CERTAIN) return true;
  const aheadSeconds = Math.round(ahead / 1000);
  log.error(
    'clock.skewed',
    `Caught up by the earlier clock only: this host's and Genesys's differ by ${Math.abs(aheadSeconds)} s`,
    { aheadSeconds },
  );
  return false;
}
