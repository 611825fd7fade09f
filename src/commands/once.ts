import { loadConfig } from '../config/load.ts';
import { pollOnce } from '../poller/worker.ts';
import { createLog } from '../telemetry/logger.ts';
import { systemClock } from '../telemetry/system-clock.ts';
import { assemble } from './assemble.ts';
import { shutdownSignals } from './shutdown.ts';

/** Polls every enabled stream until it is caught up. Resolves to the exit code: 1 if any stream was not. */
export async function once(options: { readonly config?: string | undefined }): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env });
  const log = createLog({ level: config.log.level, base: { poller: config.poller.name } });
  const { workers, close } = assemble(config, log, systemClock);
  const signals = shutdownSignals(config.poller.shutdownTimeout, log);
  const outcomes = await Promise.all(workers.map((worker) => pollOnce(worker, signals)));
  signals.release();
  close();
  return outcomes.every(({ status }) => status === 'completed' || status === 'idle') ? 0 : 1;
}
