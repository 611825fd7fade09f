import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { loadConfig } from '../../src/config/load.ts';
import { configFile } from '../../src/config/origin.ts';
import { CREDENTIALS, failureOf, load, problemsOf, withFile } from '../support/config-file.ts';

test('YAML and JSON say the same', (t) => {
  const yaml = load('genesys:\n  region: eu-west-1\npoller:\n  name: a # who\n  shutdownTimeout: 5s\n');
  const json = load(
    '{\n\t"genesys": {"region": "eu-west-1"},\n\t"poller": {"name": "\\u0061", "shutdownTimeout": "5s"}\n}',
    {
      name: 'config.json',
    },
  );
  t.deepEqual(json, yaml);
  t.is(yaml.poller.name, 'a');
  t.is(yaml.poller.shutdownTimeout, 5_000);
});

test('a file of any other name is read as YAML, which JSON is too', (t) => {
  t.is(
    load('{"genesys": {"region": "us-west-2"}}', { name: 'poller.conf' }).genesys.apiUrl,
    'https://api.usw2.pure.cloud',
  );
});

test('a byte order mark does no harm', (t) => {
  t.notThrows(() => load('\uFEFF{"genesys": {"region": "us-west-2"}}', { name: 'a.JSON' }));
  t.notThrows(() => load('\uFEFFgenesys: {region: us-west-2}'));
});

test('without a file, defaults and environment must do: the message says that there was none', (t) => {
  const failure = failureOf(() => loadConfig({ env: CREDENTIALS }));
  t.is(failure.code, 'config.invalid');
  t.is(
    failure.message,
    'Invalid configuration (no file, environment only): genesys.region is required, unless genesys.loginUrl and genesys.apiUrl are both set. Name a file with --config or GENESYS_POLLER_CONFIG. `genesys-poller help configuration` explains every key',
  );
});

test('an empty file sets nothing, so that what is required is asked for', (t) => {
  for (const text of ['', '# nothing yet\n', '---\n', 'null\n', 'genesys:\npoller:\n']) {
    t.deepEqual(problemsOf(text), [
      'genesys.region is required, unless genesys.loginUrl and genesys.apiUrl are both set',
    ]);
  }
  t.deepEqual(problemsOf('', { name: 'config.json', env: {} }).length, 3);
});

test('the file of the command line wins over that of the environment, and an empty variable names none', (t) => {
  t.is(configFile({ file: 'a', env: { GENESYS_POLLER_CONFIG: 'b' } }), 'a');
  t.is(configFile({ env: { GENESYS_POLLER_CONFIG: 'b' } }), 'b');
  t.is(configFile({ env: { GENESYS_POLLER_CONFIG: '' } }), undefined);
  t.is(configFile({ env: {} }), undefined);
  withFile('config.yaml', 'genesys: {region: eu-west-1}', (path) => {
    const config = loadConfig({ env: { ...CREDENTIALS, GENESYS_POLLER_CONFIG: path } });
    t.is(config.genesys.loginUrl, 'https://login.mypurecloud.ie');
  });
});

test('a file that is named but missing is an error, however it was named', (t) => {
  const expected =
    'Invalid configuration "/no/such/file.yaml": does not exist. `genesys-poller help configuration` explains every key';
  t.is(failureOf(() => loadConfig({ file: '/no/such/file.yaml', env: CREDENTIALS })).message, expected);
  t.is(failureOf(() => loadConfig({ env: { GENESYS_POLLER_CONFIG: '/no/such/file.yaml' } })).message, expected);
  t.deepEqual(failureOf(() => loadConfig({ file: '', env: CREDENTIALS })).fields.problems, ['does not exist']);
});

test('the message on an unreadable file says why', (t) => {
  withFile('config.yaml', '', (path) => {
    const problem = (file: string) => failureOf(() => loadConfig({ file, env: {} })).fields.problems;
    t.deepEqual(problem(join(path, 'config.yaml')), ['does not exist']);
    t.deepEqual(problem(dirname(path)), ['is a directory']);
    symlinkSync('loop', join(dirname(path), 'loop'));
    t.deepEqual(problem(join(dirname(path), 'loop')), ['cannot be read (ELOOP)']);
    t.deepEqual(problem('a\0b'), ['cannot be read (ERR_INVALID_ARG_VALUE)']);
  });
});

const asUser = process.getuid?.() === 0 ? test.skip : test;
asUser('a file of another user is reported as unreadable', (t) => {
  withFile('config.yaml', '', (path) => {
    chmodSync(path, 0);
    t.deepEqual(failureOf(() => loadConfig({ file: path, env: {} })).fields.problems, [
      'may not be read by this user: change its owner or mode',
    ]);
  });
});

test('the message stays one line, whatever the file is called', (t) => {
  withFile('x', '', (path) => {
    const directory = join(dirname(path), 'a\nb');
    mkdirSync(directory);
    const { message } = failureOf(() => loadConfig({ file: directory, env: {} }));
    t.false(message.includes('\n'));
    t.true(message.includes('a\\nb'));
  });
});

const SYNTAX: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a missing colon',
    'genesys:\n  clientId: abc\n  clientSecret hunter2\n',
    ['has an error in line 3, column 3: missing char'],
  ],
  [
    'a missing space',
    'genesys:\n  clientId: abc\n  clientSecret:hunter2\n',
    ['has an error in line 3, column 3: missing char'],
  ],
  ['an open quote', 'genesys: {clientSecret: "hunter2}', ['has an error in line 1, column 34: missing char']],
  [
    'text after a quote',
    'genesys:\n  clientSecret: "hunter2" hunter2',
    ['has an error in line 2, column 27: unexpected token'],
  ],
  [
    'a reserved character',
    'genesys:\n  clientSecret: @hunter2\n  clientId: `hunter2`',
    ['has an error in line 2, column 17: bad scalar start', 'has an error in line 3, column 13: bad scalar start'],
  ],
  ['a tab', 'genesys:\n\tclientSecret: hunter2', ['has an error in line 2, column 1: tab as indent']],
  ['an unknown tag', 'genesys:\n  clientSecret: !hunter2 x', ['has an error in line 2, column 17: tag resolve failed']],
  [
    'a second document',
    'genesys: {region: us-east-1}\n---\nclientSecret: hunter2',
    ['has an error in line 2, column 1: multiple docs'],
  ],
  [
    'a repeated section',
    'poller: {name: a}\ngenesys: {region: us-east-1}\npoller: {name: hunter2}',
    ['has an error in line 3, column 1: duplicate key poller'],
  ],
  [
    'a repeated key',
    '{"poller": {"name": "a",\n"name": "hunter2"}}',
    ['has an error in line 2, column 1: duplicate key name'],
  ],
  [
    'an alias',
    'poller: {name: &a hunter2}\nmetrics: {namespace: *a}',
    ['uses YAML aliases (*name), which a configuration does not need: write the value out'],
  ],
  [
    'an alias of itself',
    'poller: &a {name: *a}',
    ['uses YAML aliases (*name), which a configuration does not need: write the value out'],
  ],
];
for (const [what, text, problems] of SYNTAX) {
  test(`${what} is reported by its line, and nothing of the text is repeated`, (t) => {
    t.deepEqual(problemsOf(text), problems);
  });
}

test('a file nested without measure is refused, and overflows nothing', (t) => {
  const problems = problemsOf('['.repeat(50_000) + ']'.repeat(50_000));
  t.deepEqual(problems.length, 1);
  t.regex(problems[0] ?? '', /^has an error in line 1, column \d+: resource exhaustion$/);
});

test('a .json file must be JSON', (t) => {
  const given = { name: 'config.json' };
  t.deepEqual(problemsOf('{"poller": {"name": "a"}} # hunter2', given), ['is called .json but is not strict JSON']);
  t.deepEqual(problemsOf('genesys: {region: us-east-1}', given), ['is called .json but is not strict JSON']);
  t.deepEqual(problemsOf('{"poller": {"name": hunter2,}}', given), ['is called .json but is not strict JSON']);
  t.deepEqual(problemsOf('{"poller": {"name": "hunter2"', given), ['has an error in line 1, column 30: bad indent']);
});

test('YAML 1.1 is not revived by a directive: no is text, and merge keys are unknown ones', (t) => {
  t.deepEqual(problemsOf('%YAML 1.1\n---\ngenesys: {region: us-east-1}\npoller: {watchConfig: no}\n<<: {a: b}\n'), [
    '… is not a known key',
    'poller.watchConfig: must be true or false: value was "no"',
  ]);
});
