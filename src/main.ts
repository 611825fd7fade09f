#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { CommanderError } from 'commander';
import { createProgram } from './commands/program.ts';
import { UsageError } from './commands/usage-error.ts';
import { Failure } from './domain/failure.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** EX_CONFIG of sysexits.h: systemd must not restart on it. */
const EXIT_CONFIG = 78;

// Where memory is plentiful V8 lets garbage pile up to several times what is in use. Read at every collection, so not too late here.
setFlagsFromString('--heap-growing-percent=30');

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
const { version } = JSON.parse(manifest) as { readonly version: string };

try {
  await createProgram(version, (exitCode) => {
    process.exitCode = exitCode;
  }).parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** Whatever is no operator's mistake is a defect, and passed on with its stack. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (!(error instanceof Failure || error instanceof UsageError)) throw error;
  process.stderr.write(`genesys-poller: ${error.message}\n`);
  if (error instanceof UsageError) return EXIT_USAGE;
  return error.code === 'config.invalid' ? EXIT_CONFIG : EXIT_FAILED;
}
