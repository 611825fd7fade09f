import { createAwsClients } from '../aws/clients.ts';
import { setUp } from '../aws/setup.ts';
import { targetBus } from '../aws/sink.ts';
import { loadConfig } from '../config/load.ts';
import { systemClock } from '../lib/system-clock.ts';
import { Interrupted, interruptible } from './interrupt.ts';
import { notice, outliveOutput, print } from './terminal.ts';

/**
 * Creates the tables and the bus where they are missing, and says what it found or did. Needs nothing of
 * Genesys: the administrator of the AWS account need not have its secret. Resolves to the exit code: 1 if
 * something that exists is unfit, or after Ctrl-C, which takes effect between two resources.
 */
export async function setup(options: {
  readonly config?: string | undefined;
  readonly dryRun?: boolean | undefined;
}): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env, withoutGenesys: true });
  outliveOutput();
  const clients = createAwsClients();
  const { signal, release } = interruptible();
  try {
    const steps = await setUp({
      clients,
      stateTable: config.dynamoDb.stateTable,
      dedupTable: config.dynamoDb.dedupTable,
      bus: targetBus(config.eventBridge, clients, systemClock),
      dryRun: options.dryRun ?? false,
      clock: systemClock,
      signal,
      onStep({ resource, action, detail, remedy }) {
        print(`${remedy === undefined ? action : 'unfit'}: ${resource} (${detail})`);
        if (remedy !== undefined) notice(`  ${remedy}`);
      },
    });
    return steps.every(({ remedy }) => remedy === undefined) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    notice('Stopped between two resources. Run setup again to continue');
    return 1;
  } finally {
    release();
    clients.close();
  }
}
