import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { DescribeEventBusCommand, EventBridgeV2Client } from '../../src/aws/eventbridge-v2-client.ts';
import { startDatabase } from '../../src/sandbox/aws/database.ts';
import { startLocalBus } from '../../src/sandbox/aws/local-bus.ts';
import { FAKE_ACCESS } from '../support/aws.ts';
import { probe, V2_ARN } from './support/run-probe.ts';

const SECRET = 'the-secret/access+key';
const TOKEN = 'the-session-token';

test('region, credentials and endpoints come from the environment as with every AWS tool, and nothing is printed', async (t) => {
  const bus = await startLocalBus({ buses: ['bus-1'] });
  const v2 = await startLocalBus({ buses: [], v2Buses: [V2_ARN] });
  const database = await startDatabase();
  const { out, err, code } = await probe({
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAFAKEACCESSKEY',
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url,
    AWS_ENDPOINT_URL_EVENTBRIDGEV2: v2.url,
    AWS_ENDPOINT_URL_DYNAMODB: database.url,
  });
  for (const service of [bus, v2, database]) await service.close();
  // The table is missing: DynamoDB was asked, and answered.
  t.is(out, 'bus: accepted\nv2 bus: accepted\ntable: table.missing\n');
  t.is(err, '');
  t.is(code, 0);
  t.deepEqual([bus.arrived.length, v2.arrived.length], [1, 1]);
});

test('the endpoint of both kinds of buses may be the common one, or stand in the profile', async (t) => {
  const bus = await startLocalBus({ buses: ['bus-1'], v2Buses: [V2_ARN] });
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-aws-'));
  const file = join(folder, 'config');
  const profile = '[default]\nregion = eu-west-1\nservices = local\n[services local]\n';
  writeFileSync(
    file,
    `${profile}eventbridge =\n  endpoint_url = ${bus.url}\neventbridgev2 =\n  endpoint_url = ${bus.url}\n`,
  );
  t.teardown(() => rmSync(folder, { recursive: true }));
  const access = { AWS_ACCESS_KEY_ID: 'AKIAFAKEACCESSKEY', AWS_SECRET_ACCESS_KEY: SECRET };
  for (const given of [{ AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: bus.url }, { AWS_CONFIG_FILE: file }]) {
    const { out } = await probe({ AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9', ...access, ...given });
    t.regex(out, /^bus: accepted\nv2 bus: (accepted|suppressed)\n/);
  }
  await bus.close();
});

for (const [region, switches, host] of [
  ['eu-west-1', {}, 'https://eventsv2.eu-west-1.amazonaws.com'],
  ['cn-north-1', {}, 'https://eventsv2.cn-north-1.amazonaws.com.cn'],
  ['us-east-1', { useFipsEndpoint: true }, 'https://eventsv2-fips.us-east-1.amazonaws.com'],
  ['us-east-1', { useDualstackEndpoint: true }, 'https://eventsv2.us-east-1.api.aws'],
] as const) {
  test(`without an endpoint of one's own, v2 buses are at ${host}`, async (t) => {
    const sent: string[] = [];
    const requestHandler = {
      handle: async ({ protocol, hostname }: { readonly protocol: string; readonly hostname: string }) => {
        sent.push(`${protocol}//${hostname}`);
        throw new Error('this test has no network');
      },
    };
    const { credentials } = FAKE_ACCESS;
    const client = new EventBridgeV2Client({ region, credentials, ...switches, requestHandler, maxAttempts: 1 });
    const { signal: abortSignal } = new AbortController();
    await t.throwsAsync(client.send(new DescribeEventBusCommand({ EventBusArn: V2_ARN }), { abortSignal }));
    t.deepEqual(sent, [host]);
  });
}

test('without a region the failure names AWS_REGION', async (t) => {
  const { out } = await probe({ AWS_ACCESS_KEY_ID: 'AKIAFAKEACCESSKEY', AWS_SECRET_ACCESS_KEY: SECRET });
  t.regex(out, /^bus: aws\.credentials: .*no region is configured\. Set AWS_REGION/m);
  t.regex(out, /^v2 bus: aws\.credentials: .*no region is configured\. Set AWS_REGION/m);
  t.regex(out, /^table: aws\.credentials: .*no region is configured\. Set AWS_REGION/m);
});

test('without credentials the failure says so', async (t) => {
  const { out } = await probe({ AWS_REGION: 'eu-west-1' });
  t.regex(out, /^bus: aws\.credentials: .*no credentials that AWS accepts \(CredentialsProviderError\)/m);
  t.regex(out, /^v2 bus: aws\.credentials: .*no credentials that AWS accepts \(CredentialsProviderError\)/m);
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
    t.regex(out, /^v2 bus: bus\./m);
    for (const secret of [SECRET, TOKEN, 'AKIAFAKEACCESSKEY']) t.false(`${out}${err}`.includes(secret), out);
  }
  await bus.close();
});
