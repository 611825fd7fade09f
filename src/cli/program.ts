import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { formatDuration, parseDuration } from '../config/duration.ts';
import { EVENT_TYPES } from '../domain/catalogue.ts';
import { POLLED_STREAMS, STREAM_NAMES } from '../domain/streams.ts';
import { SHELLS, type Shell } from './completion.ts';
import { HELP } from './help.ts';
import { help, PAGES } from './pages.ts';

/** A command resolves to its exit code; a Failure that it rejects with is one line for the operator. */
type Run<Options> = (options: Options) => Promise<number>;

/**
 * The command line. `finish` gets the exit code of the command that ran. `docs` is the folder of the pages
 * that `help` prints. Commands are loaded when they are called: `--help` need not wait for the AWS SDK.
 */
export function createProgram(version: string, finish: (exitCode: number) => void, docs?: URL): Command {
  const program = new Command('genesys-poller')
    .description('Brings Genesys Cloud outbound and conversation events to Amazon EventBridge.')
    .version(version, '-v, --version', 'the version of this program')
    .exitOverride()
    .configureOutput({
      // The parser's own sentences, such as "error: required option '--from <time>' not specified", name no
      // program.
      outputError: (text, write) => write(text.replace(/^error: /, 'genesys-poller: ')),
    })
    .helpCommand(false)
    .addHelpText('after', HELP['genesys-poller'] ?? '');

  /** A command whose options and arguments, the latter by their names, become the options of what it runs. */
  const add = <Options>(
    path: string,
    description: string,
    load: () => Promise<Run<Options>>,
    parent = program,
  ): Command => {
    const command = parent
      .command(path.split(' ').at(-1) ?? path)
      .description(description)
      .option('--config <file>', 'configuration file, YAML or JSON (else GENESYS_POLLER_CONFIG)')
      .addHelpText('after', HELP[path] ?? '')
      .showHelpAfterError(`See \`genesys-poller ${parent === program ? `help ${path}` : `${path} --help`}\``)
      .exitOverride();
    return command.action(async () => {
      const named = command.registeredArguments.map((argument, n) => [argument.name(), command.processedArgs[n]]);
      finish(await (await load())({ ...command.opts(), ...Object.fromEntries(named) } as Options));
    });
  };
  const group = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .addHelpText('after', HELP[name] ?? '')
      .exitOverride()
      .helpCommand(false);

  add('run', 'the daemon', async () => {
    const { run } = await import('./run.ts');
    return (options: Omit<Parameters<typeof run>[0], 'version'>) => run({ ...options, version });
  });
  add('once', 'poll every stream until it is caught up, then exit', async () => (await import('./once.ts')).once);
  add('peek', 'print what would be published; needs Genesys only', async () => (await import('./peek.ts')).peek)
    .option('--since <time>', 'begin there (1h: an hour ago) and end at now')
    .option('--follow', 'with --since: go on from now until Ctrl-C');
  add(
    'check',
    'test everything the poller needs, one line for each test',
    async () => (await import('./check.ts')).check,
  )
    .option('--json', 'one JSON object for programs')
    .option('--offline', 'the configuration only, without the network');
  add('setup', 'create the tables and the bus where missing', async () => (await import('./setup.ts')).setup).option(
    '--dry-run',
    'say what would be created',
  );
  add('backfill', 'publish what is missing of a past period', async () => (await import('./backfill.ts')).backfill)
    .requiredOption('--from <time>', 'where the period begins: a timestamp with its zone, or a duration back (2d)')
    .requiredOption('--to <time>', 'where the period ends (exclusive)')
    .option('--requests-per-minute <number>', 'the share of this process in what Genesys allows a client', requestShare)
    .option('--allow-repeats', 'also publish events older than dedup.ttl remembers: some may be repeats');
  add('audit', 'compare a past period with what was published', async () => (await import('./audit.ts')).audit)
    .requiredOption('--from <time>', 'where the period begins: a timestamp with its zone, or a duration back (2d)')
    .requiredOption('--to <time>', 'where the period ends (exclusive)')
    .option('--json', 'one JSON object for programs')
    .option('--repair', 'publish what is missing');
  add('health', 'whether the poller on this host works', async () => (await import('./health.ts')).health).option(
    '--file <file>',
    'its heartbeat file (else poller.heartbeatFile of the configuration)',
  );
  add('status', 'where each stream stands', async () => (await import('./status.ts')).status)
    .option('--json', 'one JSON object for programs')
    .addOption(new Option('--watch [interval]', 'again and again until Ctrl-C').argParser(watched).preset('5s'));

  const checkpoint = group('checkpoint', 'where the streams stand, and how to move them');
  add('checkpoint get', 'show the checkpoints', async () => (await import('./checkpoint.ts')).checkpointGet, checkpoint)
    .addArgument(new Argument('[stream]', 'which stream').choices(STREAM_NAMES))
    .option('--json', 'one JSON object for programs');
  add(
    'checkpoint set',
    'move a checkpoint, back or forward',
    async () => (await import('./checkpoint.ts')).checkpointSet,
    checkpoint,
  )
    // A backfill goes on from where it was by itself, and only for its own period.
    .addArgument(new Argument('<stream>', 'which stream').choices(POLLED_STREAMS))
    .argument('<time>', 'a timestamp with its zone, a duration back such as 2h, or now')
    .option('--allow-gap', 'forward: skip what has not been read')
    .option('--yes', 'do not ask');

  const deadLetters = group('dead-letters', 'what could not be published');
  const STREAM = new Option('--stream <stream>', 'those of one stream').choices(STREAM_NAMES);
  add(
    'dead-letters list',
    'one line for each dead letter',
    async () => (await import('./dead-letters.ts')).list,
    deadLetters,
  )
    .addOption(STREAM)
    .option('--json', 'a JSON object a line');
  add(
    'dead-letters show',
    'all that one holds, as JSON',
    async () => (await import('./dead-letters.ts')).show,
    deadLetters,
  )
    .addArgument(new Argument('<ids...>', 'the ID or its beginning').argParser(anotherId))
    .addOption(STREAM);
  add(
    'dead-letters redrive',
    'publish events after all',
    async () => (await import('./redrive.ts')).redrive,
    deadLetters,
  )
    .addArgument(new Argument('[ids...]', 'the ID or its beginning; none: all events').argParser(anotherId))
    .addOption(STREAM)
    .option('--while-polling', 'run even while a poller is running')
    .option('--allow-repeats', 'publish old events too, which may have been published before')
    .option('--yes', 'do not ask');
  add(
    'dead-letters drop',
    'remove without publishing',
    async () => (await import('./dead-letters.ts')).drop,
    deadLetters,
  )
    .addArgument(new Argument('[ids...]', 'the ID or its beginning').argParser(anotherId))
    .option('--all', 'all of them, or all of the stream')
    .addOption(STREAM)
    .option('--yes', 'do not ask');

  add('report', 'a page with plots, made of the log', async () => {
    const { report } = await import('./report.ts');
    return (options: Omit<Parameters<typeof report>[0], 'version'>) => report({ ...options, version });
  })
    .argument('[files...]', 'files of the log, .gz too; none: standard input')
    .option('--since <time>', 'begin there: a timestamp with its zone, or a duration back from now (24h)')
    .option('--until <time>', 'end there')
    .option('--out <file>', 'where the page goes (else standard output)');

  add('schema', 'the JSON Schema of what is published', async () => (await import('./schema.ts')).schema)
    .addOption(new Option('--type <type>', 'of the detail of one type of event').choices(EVENT_TYPES))
    .addOption(new Option('--asyncapi', 'the AsyncAPI document, with examples').conflicts('type'));

  add('completion', 'a script that completes command lines in a shell', async () => {
    const { printCompletion } = await import('./print-completion.ts');
    return ({ shell }: { readonly shell: Shell }) => printCompletion(shell, program);
  }).addArgument(new Argument('<shell>', 'which shell').choices(SHELLS));

  add('sandbox', 'the whole system on this machine', async () => {
    const { sandbox } = await import('./sandbox.ts');
    return (options: Omit<Parameters<typeof sandbox>[0], 'version'>) => sandbox({ ...options, version });
  })
    .option('--report <file>', 'write the page that report makes of the log, at the end')
    .addOption(new Option('--for <duration>', 'end after about this long').argParser(sandboxed).default(60_000, '60s'))
    .option('--seed <number>', 'which simulated world to live in', wholeNumber, 1)
    .option('--kill-every <duration>', 'kill the daemon with SIGKILL again and again', sandboxed)
    .addOption(new Option('--bus <type>', 'the kind of event bus').choices(['classic', 'v2']).default('classic'));

  const topics = [...program.commands.map((command) => command.name()), ...PAGES];
  program
    .command('help')
    .description('the help of a command, or a page of the documentation')
    .addArgument(new Argument('[topic]', 'which one').choices(topics))
    .argument('[command]', 'one below it')
    .addHelpText('after', HELP.help ?? '')
    .exitOverride()
    .action((topic?: string, below?: string) => finish(help(program, docs, topic, below)));
  return program;
}

/** No timer of Node waits longer than 24.8 days: it fires after a millisecond instead. */
const MAX_TIMER_MS = parseDuration('24d');
/** A look at the status reads DynamoDB, which counts and charges. */
const watched = duration(parseDuration('100ms'));
/** A daemon takes about that long to start. */
const sandboxed = duration(parseDuration('1s'));

/** Reads a duration such as `60s`, of `least` milliseconds or more, that a timer can wait for. */
function duration(least: number): (text: string) => number {
  return (text) => {
    const ms = milliseconds(text);
    if (ms >= least && ms <= MAX_TIMER_MS) return ms;
    throw new InvalidArgumentError(`It must be from ${formatDuration(least)} to ${formatDuration(MAX_TIMER_MS)}.`);
  };
}

function milliseconds(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(`It ${(error as Error).message}.`);
  }
}

/** An empty ID, of a shell variable that is not set, would be the beginning of every ID. */
function anotherId(id: string, ids: readonly string[] = []): readonly string[] {
  if (id.trim() === '') throw new InvalidArgumentError('An ID must not be empty.');
  return [...ids, id];
}

function requestShare(text: string): number {
  const number = wholeNumber(text);
  if (number < 1) throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  return number;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
