import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { startDatabase } from '../../src/sandbox/aws/database.ts';
import { startLocalBus } from '../../src/sandbox/aws/local-bus.ts';

const PROBE = fileURLToPath(new URL('support/probe.ts', import.meta.url));
const SECRET = 'the-secret/access+key';
const TOKEN = 'the-session-token';

/** An environment in which the SDK finds nothing but what is given. */
function environment(given: Readonly<Record<string, string>>): Record<string, string> {
  const { PATH = '' } = process.env;
  return { PATH, HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...given };
}

/** Runs a process that publishes one entry and reads one ID through clients made without any options. */
async function probe(
  given: Readonly<Record<string, string>>,
): Promise<{ out: string; err: string; code: number | null }> {
  const child = spawn(process.execPath, ['--import=tsx', PROBE], { env: environment(given) });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { out, err, code };
}

test('region, credentials and endpoints come from the environment as with every AWS tool, and nothing is printed', async (t) => {
  const bus = await startLocalBus({ buses: ['bus-1'] });
  const database = await startDatabase();
  const { out, err, code } = await probe({
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAFAKEACCESSKEY',
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url,
    AWS_ENDPOINT_URL_DYNAMODB: database.url,
  });
  await bus.close();
  await database.close();
  // The table is missing: DynamoDB was asked, and answered.
  t.is(out, 'bus: accepted\ntable: table.missing\n');
  t.is(err, '');
  t.is(code, 0);
  t.is(bus.arrived.length, 1);
});

test('without a region the failure names AWS_REGION', async (t) => {
  const { out } = await probe({ AWS_ACCESS_KEY_ID: 'AKIAFAKEACCESSKEY', AWS_SECRET_ACCESS_KEY: SECRET });
  t.regex(out, /^bus: aws\.credentials: .*no region is configured\. Set AWS_REGION/m);
  t.regex(out, /^table: aws\.credentials: .*no region is configured\. Set AWS_REGION/m);
});

test('without credentials the failure says so', async (t) => {
  const { out } = await probe({ AWS_REGION: 'eu-west-1' });
  t.regex(out, /^bus: aws\.credentials: .*no credentials that AWS accepts \(CredentialsProviderError\)/m);
  t.regex(out, /^table: aws\.credentials: /m);
});

test('no credential appears in the output, whatever fails', async (t) => {
  const given = {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAFAKEACCESSKEY',
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_SESSION_TOKEN: TOKEN,
  };
  const nowhere = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
  const bus = await startLocalBus({ buses: [] });
  for (const endpoints of [nowhere, { AWS_ENDPOINT_URL: bus.url }]) {
    const { out, err } = await probe({ ...given, ...endpoints, PRINT_ERRORS_IN_FULL: 'yes' });
    t.regex(out, /^bus: bus\./m);
    for (const secret of [SECRET, TOKEN, 'AKIAFAKEACCESSKEY']) t.false(`${out}${err}`.includes(secret), out);
  }
  await bus.close();
});
