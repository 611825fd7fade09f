import { openConnections } from '../app/connections.ts';
import { logSettings } from '../app/log-settings.ts';
import { composePipeline } from '../app/pipeline.ts';
import { shutdownSignals } from '../app/shutdown.ts';
import { loadConfig } from '../config/load.ts';
import { systemClock } from '../lib/system-clock.ts';
import { createPollerLog } from '../observability/poller-log.ts';
import { pollOnce } from '../pipeline/worker.ts';
import type { Log } from '../ports/log.ts';
import { contextOf } from '../ports/request-context.ts';

/** Polls every enabled stream until it is caught up. Resolves to the exit code: 1 if any stream was not. */
export async function once(options: { readonly config?: string | undefined }): Promise<number> {
  const clock = systemClock;
  const config = loadConfig({ file: options.config, env: process.env });
  const log = createPollerLog({ ...logSettings(config), poller: config.poller.name, clock });
  const connections = openConnections(config, log, clock);
  const { workers, close } = composePipeline({ config, connections, log, clock });
  const signals = shutdownSignals(() => config.poller.shutdownTimeout, log);
  try {
    await connections.claim(config.genesys, contextOf(signals.stop));
    const outcomes = await Promise.all(workers.map((worker) => pollOnce(worker, signals)));
    const isDone = outcomes.every(({ status }) => status === 'completed' || status === 'idle');
    return isDone && isCertain(connections.time, log) ? 0 : 1;
  } catch (failure) {
    if (signals.stop.aborted) return 1;
    throw failure;
  } finally {
    close();
    connections.close();
    await log.close(signals.abort);
    signals.release();
  }
}

/** Milliseconds between the clocks from which on "caught up" means little: by one of them, so much has not been read. */
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
