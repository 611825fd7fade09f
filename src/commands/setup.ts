import { createAwsClients } from '../aws/clients.ts';
import { setUp } from '../aws/setup.ts';
import { targetBus } from '../aws/target-bus.ts';
import { loadConfig } from '../config/load.ts';
import { systemClock } from '../telemetry/system-clock.ts';

/** Creates the tables and the bus where they are missing, and says what it found or did. Resolves to the exit code. */
export async function setup(options: {
  readonly config?: string | undefined;
  readonly dryRun?: boolean | undefined;
}): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env });
  const clients = createAwsClients();
  try {
    const steps = await setUp({
      clients,
      stateTable: config.dynamoDb.stateTable,
      dedupTable: config.dynamoDb.dedupTable,
      bus: targetBus(config.eventBridge, clients, systemClock),
      dryRun: options.dryRun ?? false,
      clock: systemClock,
      signal: new AbortController().signal,
    });
    for (const { resource, action, detail } of steps) process.stdout.write(`${action}: ${resource} (${detail})\n`);
    return 0;
  } finally {
    clients.close();
  }
}
