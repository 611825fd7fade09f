import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { schemaFile } from '../../src/schema/files.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const execute = promisify(execFile);
/** No configuration, no credentials, nothing. */
const BARE = { env: {}, cwd: '/' };

for (const [args, file] of [
  [[], 'event.json'],
  [['--type', 'dispositionSet'], 'dispositionSet.json'],
  [['--asyncapi'], 'asyncapi.yaml'],
] as const) {
  test(`\`${['schema', ...args].join(' ')}\` prints ${file} and needs no configuration`, async (t) => {
    const { stdout, stderr } = await execute(process.execPath, [MAIN, 'schema', ...args], BARE);
    t.is(stdout, schemaFile(file));
    t.is(stderr, '');
  });
}

test('an unknown type is wrong usage: exit code 2, and the types that there are', async (t) => {
  const context = execute(process.execPath, [MAIN, 'schema', '--type', 'agentSneezed'], BARE);
  const { code, stdout, stderr } = (await t.throwsAsync(context)) as unknown as Record<string, unknown>;
  t.is(code, 2);
  t.is(stdout, '');
  t.regex(String(stderr), /agentSneezed.*Allowed choices are conversationStarted, .*outboundEventLogged/);
});
