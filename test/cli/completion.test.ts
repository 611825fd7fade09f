import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { Command } from 'commander';
import { completionScript, type Shell } from '../../src/cli/completion.ts';
import { createProgram } from '../../src/cli/program.ts';

const script = (shell: Shell) =>
  completionScript(
    shell,
    createProgram('1.2.3', () => undefined),
  );

/** What bash offers for this line, the cursor at its end. */
function offeredByBash(line: string): string[] {
  const words = line.split(' ');
  const ask = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_genesys_poller; printf '%s\n' "\${COMPREPLY[@]}"; complete -p genesys-poller >&2`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', `${script('bash')}\n${ask}`], { encoding: 'utf8' });
  if (status !== 0 || !stderr.includes('-F _genesys_poller')) throw new Error(stderr);
  return stdout.split('\n').filter((word) => word !== '');
}

const has = (shell: string) => spawnSync(shell, ['--version']).status === 0;

test('bash completes commands, those below them, options and values', (t) => {
  t.deepEqual(offeredByBash('genesys-poller che'), ['check', 'checkpoint']);
  t.deepEqual(offeredByBash('genesys-poller dead-letters re'), ['redrive']);
  t.deepEqual(offeredByBash('genesys-poller status --w'), ['--watch']);
  t.deepEqual(offeredByBash('genesys-poller sandbox --bus '), ['classic', 'v2']);
  t.deepEqual(offeredByBash('genesys-poller checkpoint get ev'), ['event-log']);
  t.deepEqual(offeredByBash('genesys-poller completion '), [...['bash', 'zsh', 'fish', '--config', '--help']]);
});

test('what is valid anywhere is offered, and `help` completes commands and pages', (t) => {
  t.deepEqual(offeredByBash('genesys-poller --'), ['--version', '--help']);
  t.deepEqual(offeredByBash('genesys-poller dead-letters list --'), ['--config', '--stream', '--json', '--help']);
  t.deepEqual(offeredByBash('genesys-poller help op'), ['operations']);
  t.deepEqual(offeredByBash('genesys-poller help che'), ['check', 'checkpoint']);
});

test('every value of every option and argument that has a list is offered after it', (t) => {
  const offer = (words: readonly string[]) => offeredByBash(['genesys-poller', ...words, ''].join(' '));
  let lists = 0;
  const look = (command: Command, path: readonly string[]): void => {
    for (const { long, argChoices } of command.options) {
      if (argChoices) t.deepEqual(offer([...path, long ?? '']), argChoices, `${path.join(' ')} ${++lists}`);
    }
    const [values] = command.registeredArguments.flatMap(({ argChoices }) => (argChoices ? [argChoices] : []));
    if (values) t.deepEqual(offer(path).slice(0, values.length), values, `${path.join(' ')} ${++lists}`);
    for (const below of command.commands) look(below, [...path, below.name()]);
  };
  look(
    createProgram('1.2.3', () => undefined),
    [],
  );
  t.true(lists >= 10, `${lists}`);
});

test('an option before a command does not hide the options after it', (t) => {
  t.deepEqual(offeredByBash('genesys-poller dead-letters list --json --str'), ['--stream']);
});

test('bash offers files where a file belongs, and nothing where only the operator knows the value', (t) => {
  t.true(offeredByBash('genesys-poller run --config package').includes('package.json'));
  t.deepEqual(offeredByBash('genesys-poller report package.j'), ['package.json']);
  t.deepEqual(offeredByBash('genesys-poller report --u'), ['--until']);
  t.deepEqual(offeredByBash('genesys-poller backfill --from '), []);
  t.deepEqual(offeredByBash('genesys-poller status package'), []);
});

test('every command and every option is in every script', (t) => {
  const program = createProgram('1.2.3', () => undefined);
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const text = script(shell);
    for (const command of program.commands) {
      t.true(text.includes(command.name()), `${shell} ${command.name()}`);
      for (const { long } of command.options) t.true(text.includes(long?.slice(2) ?? ''), `${shell} ${long}`);
    }
  }
});

(has('zsh') ? test : test.skip)('zsh takes its script, by eval and from its path of functions', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'completion-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, '_genesys-poller'), script('zsh'));
  const ask = 'echo $_comps[genesys-poller]';
  const loaded = (more: string) => spawnSync('zsh', ['-f', '-c', more], { encoding: 'utf8' });
  const found = loaded(`fpath=(${folder} $fpath); autoload -U compinit; compinit -u -d ${folder}/dump; ${ask}`);
  t.is(found.stdout.trim(), '_genesys-poller', found.stderr);
  const evaluated = loaded(
    `autoload -U compinit; compinit -u -d ${folder}/dump2; eval "$(cat ${folder}/_genesys-poller)"; ${ask}`,
  );
  t.is(evaluated.stdout.trim(), '_genesys_poller', evaluated.stderr);
});

(has('fish') ? test : test.skip)('fish completes commands, those below them, options and values', (t) => {
  const offered = (line: string) => {
    const ask = `${script('fish')}\ncomplete -C '${line}'`;
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', ask], { encoding: 'utf8' });
    t.is(stderr, '');
    return stdout.split('\n').flatMap((one) => one.split('\t')[0] || []);
  };
  t.deepEqual(offered('genesys-poller che'), ['check', 'checkpoint']);
  t.deepEqual(offered('genesys-poller dead-letters re'), ['redrive']);
  t.deepEqual(offered('genesys-poller status --w'), ['--watch']);
  t.deepEqual(offered('genesys-poller sandbox --bus '), ['classic', 'v2']);
  t.deepEqual(offered('genesys-poller checkpoint get ev'), ['event-log']);
  t.deepEqual(offered('genesys-poller report package.j'), ['package.json']);
  t.deepEqual(offered('genesys-poller run --config package.j'), ['package.json']);
  t.deepEqual(offered('genesys-poller status package.j'), []);
});
