import type { Command } from 'commander';
import { HELP } from '../../src/cli/help.ts';
import { createProgram } from '../../src/cli/program.ts';

/** The manual page `genesys-poller(1)`, made of what the program's own `--help` says. */
export function manPage(version: string): string {
  const program = createProgram(version, () => undefined);
  return [
    `.TH GENESYS-POLLER 1 "" "genesys-poller ${version}"`,
    '.SH NAME',
    `genesys-poller \\- ${roff(program.description().replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    '.B genesys-poller',
    '\\fICOMMAND\\fR [\\fIOPTION\\fR]...',
    '.SH COMMANDS',
    ...program.commands.flatMap((command) => sectionsOf(command, [])),
    '.SH FILES',
    '.TP',
    '.I /etc/genesys-poller/genesys-poller.yaml',
    'The configuration of the service, where it is installed as one. It explains every key.',
    '.SH MORE',
    ...preformatted(HELP['genesys-poller'] ?? ''),
    '',
  ].join('\n');
}

/** A section for a command, and one for each command below it. */
function sectionsOf(command: Command, above: readonly string[]): string[] {
  const path = [...above, command.name()];
  const help = command.createHelp();
  const options = help
    .visibleOptions(command)
    .flatMap((option) => ['.TP', `.B ${roff(option.flags)}`, roff(option.description)]);
  const own = [
    `.SS "${roff([...path, ...command.registeredArguments.map((one) => help.argumentTerm(one))].join(' '))}"`,
    roff(`${command.description()}.`),
    ...options,
    ...preformatted(HELP[path.join(' ')] ?? ''),
  ];
  return [...own, ...command.commands.flatMap((inner) => sectionsOf(inner, path))];
}

function preformatted(text: string): string[] {
  return text.trim() === '' ? [] : ['.PP', '.nf', roff(text.trim()), '.fi'];
}

/**
 * What roff would take for its own: backslashes, hyphens that are to be copied, and a dot or quote that
 * begins a line.
 */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}
