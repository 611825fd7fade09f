import { loadConfig } from '../config/load.ts';
import { serve, streamsOf } from '../poller/worker.ts';
import { createLog } from '../telemetry/logger.ts';
import { systemClock } from '../telemetry/system-clock.ts';
import { assemble } from './assemble.ts';
import { shutdownSignals } from './shutdown.ts';

/** The daemon: polls every enabled stream until SIGTERM or SIGINT. Resolves to the exit code. */
export async function run(options: { readonly config?: string | undefined }): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env });
  const log = createLog({ level: config.log.level, base: { poller: config.poller.name } });
  const { workers, close } = assemble(config, log, systemClock);
  const signals = shutdownSignals(config.poller.shutdownTimeout, log);

  log.info('daemon.started', 'Polling Genesys Cloud', {
    streams: workers.flatMap(streamsOf),
    schedule: config.poller.schedule,
    bus: config.eventBridge.bus,
    genesys: config.genesys.apiUrl,
  });
  await Promise.all(workers.map((worker) => serve(worker, signals)));
  log.info('daemon.stopped', 'All that was read is on the bus');
  signals.release();
  close();
  return 0;
}
