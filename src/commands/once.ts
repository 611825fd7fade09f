import { loadConfig } from '../config/load.ts';
import { pollOnce } from '../poller/worker.ts';
import { createPollerLog } from '../telemetry/poller-log.ts';
import { systemClock } from '../telemetry/system-clock.ts';
import { assemble } from './assemble.ts';
import { layFoundation } from './foundation.ts';
import { logSettings } from './log-settings.ts';
import { shutdownSignals } from './shutdown.ts';

/** Polls every enabled stream until it is caught up. Resolves to the exit code: 1 if any stream was not. */
export async function once(options: { readonly config?: string | undefined }): Promise<number> {
  const clock = systemClock;
  const config = loadConfig({ file: options.config, env: process.env });
  const log = createPollerLog({ ...logSettings(config), poller: config.poller.name, clock });
  const foundation = layFoundation(config, log, clock);
  const { workers, close } = assemble({ config, foundation, log, clock });
  const signals = shutdownSignals(() => config.poller.shutdownTimeout, log);
  const outcomes = await Promise.all(workers.map((worker) => pollOnce(worker, signals)));
  signals.release();
  close();
  foundation.close();
  return outcomes.every(({ status }) => status === 'completed' || status === 'idle') ? 0 : 1;
}
