import { readdirSync } from 'node:fs';
import test from 'ava';
import type { Command, CommanderError } from 'commander';
import { PAGES } from '../../src/cli/pages.ts';
import { createProgram } from '../../src/cli/program.ts';

/** Every command and group of commands, with its full name. */
function commands(
  parent: Command = createProgram('0.0.0', () => {}),
  path = '',
): readonly (readonly [string, Command])[] {
  return parent.commands.flatMap((command) => {
    const name = `${path}${command.name()}`;
    return [[name, command] as const, ...commands(command, `${name} `)];
  });
}

for (const [name] of commands()) {
  test(`\`${name} --help\` shows examples, every line of which is a call of this very command`, async (t) => {
    const { output, error } = await context([...name.split(' '), '--help']);
    t.is(error?.exitCode, 0);
    const examples = output.split('Examples:\n')[1]?.trimEnd().split('\n') ?? [];
    t.true(examples.length > 0, output);
    for (const example of examples) t.regex(example, new RegExp(`genesys-poller ${name}`), example);
  });
}

test('the program itself has examples and the exit codes', async (t) => {
  const { output } = await context(['--help']);
  t.regex(output, /Exit codes: 0 done, 1 failed/);
  t.regex(output, /Examples:\n +genesys-poller/);
  t.false(output.includes('\u001b'));
});

test('`help` shows the help of the program, and `help COMMAND` that of the command', async (t) => {
  const pairs = [
    [['help'], ['--help']],
    [
      ['help', 'status'],
      ['status', '--help'],
    ],
    [
      ['help', 'dead-letters'],
      ['dead-letters', '--help'],
    ],
    [
      ['help', 'dead-letters', 'list'],
      ['dead-letters', 'list', '--help'],
    ],
  ] as const;
  for (const [asked, same] of pairs) {
    const { output, error } = await context(asked);
    t.is(error?.exitCode, 0);
    t.is(output, (await context(same)).output);
  }
});

test('each page for operators is one that `help` prints', (t) => {
  const pages = readdirSync(new URL('../../docs/', import.meta.url)).filter((name) => name.endsWith('.md'));
  t.deepEqual([...PAGES].sort(), pages.map((name) => name.replace('.md', '')).sort());
});

for (const option of ['-v', '--version']) {
  test(`\`${option}\` shows the version`, async (t) => {
    const { output, error } = await context([option]);
    t.deepEqual([output, error?.exitCode], ['0.0.0\n', 0]);
  });
}

for (const [argv, suggestion] of [
  [['chekc'], 'check'],
  [['status', '--jsno'], '--json'],
  [['run', '--cofnig', 'x'], '--config'],
  [['dead-letters', 'lsit'], 'list'],
  [['checkpoint', 'set', 'conversations', '1h', '--alow-gap'], '--allow-gap'],
] as const) {
  test(`\`${argv.join(' ')}\` is wrong usage that suggests ${suggestion}`, async (t) => {
    const { error, output } = await context(argv);
    t.not(error?.exitCode, 0);
    t.regex(output, new RegExp(`Did you mean ${suggestion}\\?`));
  });
}

for (const argv of [
  ['checkpoint', 'set', 'conversationz', '1h'],
  ['checkpoint', 'set', 'conversations'],
  ['dead-letters', 'list', '--stream', 'nope'],
  ['dead-letters', 'show', ''],
  ['dead-letters', 'redrive', '', '--yes'],
  ['dead-letters', 'redrive', '3f9a1c', ' \t', '--yes'],
  ['dead-letters', 'drop', '', '--yes'],
  ['status', '--watch', 'often'],
  ['status', '--watch', '99ms'],
  ['backfill', '--from', '2d'],
  ['backfill', '--from', '2d', '--to', '1d', '--requests-per-minute', '0'],
  ['backfill', '--from', '2d', '--to', '1d', '--requests-per-minute', '1.5'],
  ['audit', '--from', '2d'],
  ['schema', '--type', 'agentSneezed'],
  ['schema', '--type', 'dispositionSet', '--asyncapi'],
  ['checkpoint'],
  ['run', 'surplus'],
  ['help', 'nothing'],
  ['help', 'dead-letters', 'nothing'],
]) {
  test(`\`${argv.join(' ')}\` is wrong usage`, async (t) => {
    const { error, output } = await context(argv);
    t.not(error?.exitCode ?? 0, 0);
    t.regex(
      output,
      argv.length === 1
        ? /^Usage: /
        : /^genesys-poller: .*(\nSee `genesys-poller (help [\w-]+|[\w-]+ [\w-]+ --help)`|Allowed choices are .*|has no command .*)\n$/,
    );
  });
}

for (const [argv, message] of [
  [['dead-letters', 'drop', ''], 'An ID must not be empty.'],
  [['status', '--watch', '0s'], 'It must be from 100ms to 24d.'],
  [['sandbox', '--for', '25d'], 'It must be from 1s to 24d.'],
  [['sandbox', '--kill-every', '0s'], 'It must be from 1s to 24d.'],
] as const) {
  test(`\`${argv.join(' ')}\` is told that ${message}`, async (t) => {
    const { output } = await context(argv);
    t.true(output.includes(message), output);
  });
}

test('no option takes a duration that a timer cannot wait for, or none at all', (t) => {
  const found = commands().flatMap(([name, command]) =>
    command.options.flatMap((option) => {
      const { long, parseArg } = option;
      const takes = (text: string) => {
        try {
          return parseArg?.(text, undefined) === 10_000 || text !== '10s';
        } catch {
          return false;
        }
      };
      if (!parseArg || !takes('10s')) return [];
      t.false(takes('0s') || takes('25d') || takes('3650d'), `${name} ${long}`);
      t.true(takes('24d'), `${name} ${long}`);
      return [`${name} ${long}`];
    }),
  );
  t.deepEqual(found, ['status --watch', 'sandbox --for', 'sandbox --kill-every']);
});

async function context(argv: readonly string[]): Promise<{ output: string; error: CommanderError | undefined }> {
  let output = '';
  const write = (text: string) => {
    output += text;
  };
  const program = createProgram('0.0.0', () => {});
  const listen = (command: Command): void => {
    command.configureOutput({ writeOut: write, writeErr: write });
    for (const child of command.commands) listen(child);
  };
  listen(program);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return { output, error: undefined };
  } catch (error) {
    return { output, error: error as CommanderError };
  }
}
