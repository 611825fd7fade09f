import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { Failure, type FailureCode } from '../domain/failure.ts';
import { EXIT_CONFIG, EXIT_FAILED, EXIT_USAGE } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { endWithOutput, notice } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** What only another configuration can mend. */
const CONFIGURATION: ReadonlySet<string> = new Set<FailureCode>(['config.invalid', 'organisation.mismatch']);

/** Runs the command that the command line names. `manifest` is package.json. Resolves to the exit code. */
export async function start(manifest: URL): Promise<number> {
  endWithOutput();
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
  let exitCode = 0;
  try {
    const finish = (code: number) => {
      exitCode = code;
    };
    await createProgram(version, finish, new URL('docs/', manifest)).parseAsync();
    return exitCode;
  } catch (error) {
    return exitCodeOf(error);
  }
}

/** Whatever is not an operator's mistake is a defect, and passed on with its stack. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (!(error instanceof Failure || error instanceof UsageError)) throw error;
  notice(`genesys-poller: ${error.message}`);
  if (error instanceof UsageError) return EXIT_USAGE;
  return CONFIGURATION.has(error.code) ? EXIT_CONFIG : EXIT_FAILED;
}
