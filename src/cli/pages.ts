import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { write } from './terminal.ts';

/**
 * The pages for operators. They come with the program in each form in which it is installed, so messages name
 * `genesys-poller help PAGE`: that works on every host, in a container without a shell too.
 */
export const PAGES = [
  'configuration',
  'events',
  'faq',
  'guarantees',
  'install',
  'operations',
  'performance',
  'troubleshooting',
  'upgrading',
] as const;
type Page = (typeof PAGES)[number];

/**
 * Writes to standard output the help of the program, of a command, of one `below` it, or a page of the folder
 * `docs`. Returns the exit code. Commander ends the help of a command, and a wrong one, with an error of its
 * own.
 */
export function help(program: Command, docs: URL | undefined, topic?: string, below?: string): number {
  if (docs && isPage(topic)) {
    write(readFileSync(new URL(`${topic}.md`, docs), 'utf8'));
    return 0;
  }
  const command = program.commands.find((one) => one.name() === topic) ?? program;
  const inner = command.commands.find((one) => one.name() === below);
  if (below && !inner) return command.error(`error: ${command.name()} has no command '${below}'`);
  return (inner ?? command).help();
}

function isPage(topic: string | undefined): topic is Page {
  return PAGES.some((page) => page === topic);
}
