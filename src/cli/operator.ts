import { type OperatorAccess, openOperatorAccess } from '../app/operator.ts';
import { loadConfig } from '../config/load.ts';
import { systemClock } from '../lib/system-clock.ts';
import { Interrupted, interruptible } from './interrupt.ts';
import { NOTICES } from './terminal.ts';

/**
 * Lets `work` do what the operator asked for. Resolves to its exit code, and to 1 if it was interrupted. The
 * credentials of Genesys are not needed, so that it runs on any host that can reach the tables.
 */
export async function asOperator(
  options: { readonly config?: string | undefined },
  work: (access: OperatorAccess) => Promise<number>,
): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env, withoutGenesys: true });
  const { signal, release } = interruptible();
  const access = openOperatorAccess(config, systemClock, signal, NOTICES);
  try {
    return await work(access);
  } catch (error) {
    if (error instanceof Interrupted) return 1;
    throw error;
  } finally {
    release();
    access.close();
  }
}
