import { readFile } from 'node:fs/promises';
import test from 'ava';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';

const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const program = createProgram('0.0.0', () => {});

/** The command that the words of a call lead to. */
function commandOf(words: readonly string[]): Command {
  const next = program.commands.find((command) => command.name() === words[0]);
  const inner = next?.commands.find((command) => command.name() === words[1]);
  return inner ?? next ?? program;
}

test('every call that is shown is one that the program understands', (t) => {
  const calls = [...page.matchAll(/genesys-poller ((?:[a-z-]+ )?[a-z][a-z-]*[^|`\n]*)/g)]
    .map(([, call = '']) => call.trim().split(/\s+/))
    .filter(([first]) => program.commands.some((command) => command.name() === first));
  t.true(calls.length > 12);
  for (const words of calls) {
    const command = commandOf(words);
    t.not(command, program, words.join(' '));
    const known = command.options.map(({ long }) => long);
    for (const option of words.filter((word) => word.startsWith('--'))) t.true(known.includes(option), words.join(' '));
  }
});

test('every command of an operator’s has its section or its page', (t) => {
  for (const name of ['check', 'status', 'peek', 'checkpoint', 'dead-letters'])
    t.regex(page, new RegExp(`^## ${name}: `, 'm'));
});
