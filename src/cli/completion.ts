import type { Command, Option } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A command of the tree: what may follow it. */
interface Node {
  /** Its name after those of the commands above it. */
  readonly path: readonly string[];
  readonly commands: readonly Command[];
  readonly options: readonly Option[];
  /** The values that its arguments can have, where there is a list of them. */
  readonly values: readonly string[];
  /** Whether its arguments are names of files. */
  readonly files: boolean;
}

/**
 * What makes a shell complete this command line. The script is complete in itself: no process starts when
 * somebody presses Tab, so it is as fast as the shell.
 */
export function completionScript(shell: Shell, program: Command): string {
  const nodes = nodesOf(program, [program.name()]);
  return { bash, zsh, fish }[shell](nodes);
}

function nodesOf(command: Command, path: readonly string[]): readonly Node[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const own = {
    path,
    commands,
    options: help.visibleOptions(command),
    values: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
    files: command.registeredArguments.some((argument) => argument.name() === 'files'),
  };
  return [own, ...commands.flatMap((one) => nodesOf(one, [...path, one.name()]))];
}

/** Options whose value is the name of a file. */
const takesFile = ({ flags }: Option): boolean => flags.includes('<file>');
const takesValue = ({ required, optional }: Option): boolean => required || optional;
const longOf = ({ long, flags }: Option): string => long ?? flags;

/**
 * The two shells have the same `case`; they differ in where the words stand and how candidates are handed
 * back.
 */
interface Dialect {
  readonly candidates: (words: readonly string[]) => string;
  readonly files: string;
}

function cases(nodes: readonly Node[], { candidates, files }: Dialect): string {
  const ofValues = nodes.flatMap(({ path, options }) =>
    options.filter(takesValue).map((option) => {
      const reply = takesFile(option) ? files : candidates(option.argChoices ?? []);
      return `    '${path.join(' ')} ${longOf(option)}') ${reply} ;;`;
    }),
  );
  const ofCommands = nodes.map(({ path, commands, options, values, files: takesFiles }) => {
    const words = [...commands.map((one) => one.name()), ...values, ...options.map(longOf)];
    const replies = [candidates(words), ...(takesFiles ? [files] : [])];
    return `      '${path.join(' ')}') ${replies.join('; ')} ;;`;
  });
  return [
    '  case "$at $previous" in',
    ...ofValues,
    '    *) case "$at" in',
    ...ofCommands,
    '    esac ;;',
    '  esac',
  ].join('\n');
}

/** Where in the tree of commands the words before the cursor lead. */
function walk(nodes: readonly Node[], words: string): string {
  const [root, ...others] = nodes.map(({ path }) => `'${path.join(' ')}'`);
  return [
    `  local at=${root} word`,
    `  for word in ${words}; do`,
    `    case "$at $word" in ${others.join('|')}) at="$at $word" ;; esac`,
    '  done',
  ].join('\n');
}

const BASH_BEFORE = `"\${COMP_WORDS[@]:1:COMP_CWORD-1}"`;
const ZSH_BEFORE = `\${words[2,CURRENT-1]}`;

function bash(nodes: readonly Node[]): string {
  const dialect: Dialect = {
    candidates: (words) => `COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$current"))`,
    files: '_genesys_poller_files',
  };
  return `_genesys_poller_files() {
  local IFS=$'\\n'
  compopt -o filenames 2> /dev/null
  COMPREPLY+=($(compgen -f -- "$current"))
}
_genesys_poller() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
${walk(nodes, BASH_BEFORE)}
${cases(nodes, dialect)}
}
complete -F _genesys_poller genesys-poller
`;
}

function zsh(nodes: readonly Node[]): string {
  const dialect: Dialect = {
    candidates: (words) => (words.length > 0 ? `compadd -- ${words.join(' ')}` : ':'),
    files: '_files',
  };
  return `#compdef genesys-poller
_genesys_poller() {
  local previous=\${words[CURRENT-1]}
${walk(nodes, ZSH_BEFORE)}
${cases(nodes, dialect)}
}
# As a file in fpath this is the body of a function; read by eval or source it declares one.
if [ "$funcstack[1]" = "_genesys-poller" ]; then _genesys_poller; else compdef _genesys_poller genesys-poller; fi
`;
}

function fish(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, commands, options, values, files }) => {
    const seen = path.slice(1).map((name) => `__fish_seen_subcommand_from ${name}`);
    const names = commands.map((one) => one.name());
    const none = names.length > 0 ? [`not __fish_seen_subcommand_from ${names.join(' ')}`] : [];
    const condition = [...seen, ...none].join('; and ');
    const begin = `complete -c genesys-poller${condition && ` -n '${condition}'`}`;
    return [
      ...commands.map((one) => `${begin} -a ${one.name()} -d ${quoted(one.description())}`),
      ...(values.length > 0 ? [`${begin} -a ${quoted(values.join(' '))}`] : []),
      ...(files ? [`${begin} -F`] : []),
      ...options.map(
        (option) => `${begin} -l ${longOf(option).slice(2)}${fishValue(option)} -d ${quoted(option.description)}`,
      ),
    ];
  });
  // Without this fish offers files everywhere. -F of a command or an option goes before it.
  return `${['complete -c genesys-poller -f', ...lines].join('\n')}\n`;
}

function fishValue(option: Option): string {
  if (!takesValue(option)) return '';
  if (takesFile(option)) return ' -r -F';
  return option.argChoices ? ` -x -a ${quoted(option.argChoices.join(' '))}` : ' -x';
}

/** For fish, where a single quote ends at the next one that has no backslash. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
