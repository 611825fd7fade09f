import { Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../config/duration.ts';

/** A command resolves to its exit code; a Failure it rejects with is told to the operator in one line. */
type Run<Options> = (options: Options) => Promise<number>;

/**
 * The command line. `finish` gets the exit code of the command that ran. Commands are loaded when they are called:
 * `--help` need not wait for the AWS SDK.
 */
export function createProgram(version: string, finish: (exitCode: number) => void): Command {
  const program = new Command('genesys-poller')
    .description('Brings Genesys Cloud outbound and conversation events to Amazon EventBridge.')
    .version(version)
    .exitOverride()
    .helpCommand(false);

  const add = <Options>(name: string, description: string, load: () => Promise<Run<Options>>): Command =>
    program
      .command(name)
      .description(description)
      .option('--config <file>', 'configuration file, YAML or JSON (else GENESYS_POLLER_CONFIG)')
      .exitOverride()
      .action(async (options: Options) => finish(await (await load())(options)));

  add('run', 'the daemon', async () => (await import('./run.ts')).run);
  add('once', 'poll every stream until it is caught up, then exit', async () => (await import('./once.ts')).once);
  add('setup', 'create the tables and the bus where missing', async () => (await import('./setup.ts')).setup).option(
    '--dry-run',
    'say what would be created',
  );
  add('health', 'whether the poller on this host works', async () => (await import('./health.ts')).health).option(
    '--file <file>',
    'its heartbeat file (else poller.heartbeatFile of the configuration)',
  );
  add('sandbox', 'the whole system on this machine', async () => (await import('./sandbox.ts')).sandbox)
    .option('--for <duration>', 'end by itself after about this long, such as 60s', duration)
    .option('--seed <number>', 'which simulated world to live in', wholeNumber, 1)
    .option('--kill-every <duration>', 'kill the daemon with SIGKILL again and again', duration);
  return program;
}

/** Milliseconds of a duration such as `60s`. */
function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(`It ${(error as Error).message}.`);
  }
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
