import { createAwsClients } from '../aws/clients.ts';
import { setUp } from '../aws/setup.ts';
import { targetBus } from '../aws/sink.ts';
import { loadConfig } from '../config/load.ts';
import { systemClock } from '../lib/system-clock.ts';
import { print, remark } from './terminal.ts';

/**
 * Creates the tables and the bus where they are missing, and says what it found or did. Needs nothing of
 * Genesys: the administrator of the AWS account need not have its secret. Resolves to the exit code: 1 if
 * something that exists is unfit.
 */
export async function setup(options: {
  readonly config?: string | undefined;
  readonly dryRun?: boolean | undefined;
}): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env, withoutGenesys: true });
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
    for (const { resource, action, detail, remedy } of steps) {
      print(`${remedy === undefined ? action : 'unfit'}: ${resource} (${detail})`);
      if (remedy !== undefined) remark(`  ${remedy}`);
    }
    return steps.every(({ remedy }) => remedy === undefined) ? 0 : 1;
  } finally {
    clients.close();
  }
}
