import { runDaemon } from '../app/daemon.ts';
import { systemClock } from '../lib/system-clock.ts';

/** The daemon: polls every enabled stream until SIGTERM or SIGINT. Resolves to the exit code. */
export function run(options: { readonly config?: string | undefined; readonly version: string }): Promise<number> {
  return runDaemon({ file: options.config, env: process.env }, options.version, systemClock);
}
