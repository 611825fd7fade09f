import { execFileSync } from 'node:child_process';
import test from 'ava';
import { commandLine } from '../../src/cli/command-line.ts';

test('what needs no quotes has none', (t) => {
  const words = ['genesys-poller', 'backfill', '--from', '2026-11-18T00:00:00.000Z', '--config', '/etc/poller.yaml'];
  t.is(commandLine(words), 'genesys-poller backfill --from 2026-11-18T00:00:00.000Z --config /etc/poller.yaml');
});

test('a shell reads back the very words', (t) => {
  const words = [
    'my config.yaml',
    "it's",
    '$HOME',
    '`id`',
    'a"b',
    'back\\slash',
    '',
    '*',
    '~',
    'é',
    'a;b&c|d',
    'two\nlines',
  ];
  const read = execFileSync('sh', ['-c', `printf '%s\\0' ${commandLine(words)}`], { encoding: 'utf8' });
  t.deepEqual(read.split('\0').slice(0, -1), words);
});
