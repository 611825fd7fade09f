import test from 'ava';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { commandBlocks, PAGES, readPage } from './support/commands.ts';

const blocks = PAGES.flatMap(commandBlocks);
const program = createProgram('0.0.0', () => undefined);

test('every block of commands is one that test/system runs, or says why it is not', (t) => {
  t.true(blocks.length > 30);
  for (const { page, script, notRun } of blocks) {
    if (notRun !== undefined) t.true(notRun.length >= 10, `${page}: ${notRun}`);
    else {
      // What needs nothing but the program and a shell can be run against services on this machine.
      const foreign = script
        .split('\n')
        .filter((line) => !/^(genesys-poller |node dist\/main\.js |cp |export |$)/.test(line));
      t.deepEqual(foreign, [], page);
    }
  }
});

test('commands stand in blocks of their own, which these tests read', (t) => {
  const COMMAND =
    /^(?: {4}| {0,3}\$ )(?:\$ )?(?:genesys-poller|node|npm|npx|aws|docker|kubectl|systemctl|apt|dnf|install|cd) /;
  for (const page of PAGES) {
    const outside = readPage(page).replace(/^( *)```sh\n[\s\S]*?^ *```$/gm, '');
    t.deepEqual(
      outside.split('\n').filter((line) => COMMAND.test(line)),
      [],
      page,
    );
  }
});

/** The command that the words of a call lead to. */
function commandOf([first, second]: readonly string[]): Command | undefined {
  const command = program.commands.find((one) => one.name() === first);
  return command?.commands.find((one) => one.name() === second) ?? command;
}

test('every call that is shown, in a block or in a sentence, is one that the program understands', (t) => {
  let seen = 0;
  for (const page of PAGES) {
    const calls = [
      ...readPage(page).matchAll(/(?:`|^ *|\| |NAME )(?:genesys-poller|node dist\/main\.js) ([a-z][^`|>\n]*)/gm),
    ];
    for (const [, call = ''] of calls) {
      const words = call.trim().split(/\s+/);
      const command = commandOf(words);
      t.truthy(command, `${page}: ${call}`);
      const known = command?.options.map(({ long }) => long) ?? [];
      for (const option of words.filter((word) => /^--[a-z]/.test(word) && word !== '--help')) {
        t.true(known.includes(option), `${page}: ${call}`);
      }
      seen++;
    }
  }
  t.true(seen > 40);
});

test('every npm script that is named exists', (t) => {
  const { scripts } = JSON.parse(readPage('package.json'));
  for (const page of PAGES) {
    for (const [, name = ''] of readPage(page).matchAll(/npm run (?:--silent )?([a-z][a-z0-9:-]*)/g)) {
      if (page !== 'examples/consumer/README.md') t.truthy(scripts[name], `${page}: ${name}`);
    }
  }
});

test('the table of commands is the program’s, and each command that shows its use has a section', (t) => {
  const page = readPage('docs/operations.md');
  const table = page.split('\n\n').find((part) => part.startsWith('| I want to'));
  const named = [...(table ?? '').matchAll(/\[?`([a-z-]+)`/g)].map(([, name]) => name ?? '');
  const commands = program.commands.map((command) => command.name());
  t.deepEqual(commands.filter((name) => !named.includes(name)).sort(), []);
  for (const [, anchor = ''] of (table ?? '').matchAll(/\]\(#([a-z-]+)\)/g))
    t.regex(page, new RegExp(`^## ${anchor}$`, 'mi'));
});
