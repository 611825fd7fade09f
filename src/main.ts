#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { parseDuration } from './config/duration.ts';
import { Failure } from './domain/failure.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** EX_CONFIG of sysexits.h: systemd must not restart on it. */
const EXIT_CONFIG = 78;

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('genesys-poller')
  .description('Brings Genesys Cloud outbound and conversation events to Amazon EventBridge.')
  .version(version)
  .exitOverride()
  .showSuggestionAfterError()
  .helpCommand(false);

/** Commands are loaded when called: `--help` need not wait for the AWS SDK. */
function add<Options>(
  name: string,
  description: string,
  load: () => Promise<(options: Options) => Promise<number>>,
): Command {
  return program
    .command(name)
    .description(description)
    .option('--config <file>', 'configuration file, YAML or JSON (else GENESYS_POLLER_CONFIG)')
    .exitOverride()
    .action(async (options: Options) => {
      process.exitCode = await (await load())(options);
    });
}

add('run', 'the daemon', async () => (await import('./commands/run.ts')).run);
add(
  'once',
  'poll every stream until it is caught up, then exit',
  async () => (await import('./commands/once.ts')).once,
);
add(
  'setup',
  'create the tables and the bus where missing',
  async () => (await import('./commands/setup.ts')).setup,
).option('--dry-run', 'say what would be created');
add('sandbox', 'the whole system on this machine', async () => (await import('./commands/sandbox.ts')).sandbox)
  .option('--for <duration>', 'end by itself after about this long, such as 60s', duration)
  .option('--seed <number>', 'which simulated world to live in', Number, 1)
  .option('--kill-every <duration>', 'kill the daemon with SIGKILL again and again', duration);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`genesys-poller: ${error.message}\n`);
  return error.code === 'config.invalid' ? EXIT_CONFIG : EXIT_FAILED;
}

function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
