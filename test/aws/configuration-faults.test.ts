import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import test, { type ExecutionContext } from 'ava';
import { lookUpIdentity } from '../../src/aws/access.ts';
import { createAwsClients } from '../../src/aws/clients.ts';
import { DynamoDedupStore } from '../../src/aws/dedup-store.ts';
import { busFailure, tableFailure } from '../../src/aws/failures.ts';
import { Failure } from '../../src/domain/failure.ts';
import { FAKE_ACCESS, localClients } from '../support/aws.ts';
import { type ProxyFault, startFaultProxy } from '../support/fault-proxy.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testContext } from '../support/request-context.ts';

// The real SDK with settings from which it cannot make a request.

const KEY = 'AKIA-THE-KEY';
const SETTINGS: Readonly<Record<string, readonly [given: DynamoDBClientConfig, remedy: RegExp]>> = {
  'a line break in the access key': [
    { credentials: { accessKeyId: `${KEY}\n`, secretAccessKey: 'secret' } },
    /AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN.*without line breaks/,
  ],
  'a line break in the session token': [
    { credentials: { accessKeyId: KEY, secretAccessKey: 'secret', sessionToken: 'a\nb' } },
    /AWS_SESSION_TOKEN/,
  ],
  'a region with a blank': [{ region: 'eu west 1' }, /AWS_REGION.*eu-west-1/],
  'a region with underscores': [{ region: 'eu_west_1' }, /AWS_REGION/],
  'an endpoint that is not a URL': [{ endpoint: 'not a url' }, /AWS_ENDPOINT_URL.*https:\/\/HOST/],
  'an endpoint without https:// in front': [{ endpoint: 'localhost:8000' }, /AWS_ENDPOINT_URL_\* with https:\/\//],
  'an endpoint without a host': [{ endpoint: 'http://' }, /AWS_ENDPOINT_URL/],
  'a port that there is not': [{ endpoint: 'http://localhost:99999' }, /AWS_ENDPOINT_URL/],
};

for (const [name, [given, remedy]] of Object.entries(SETTINGS)) {
  test(`${name} is reported at once as what to correct on this host, without any key`, async (t) => {
    const clients = createAwsClients({ dynamoDb: { ...FAKE_ACCESS, endpoint: 'http://127.0.0.1:9', ...given } });
    t.teardown(() => clients.close());
    const table = new DynamoDedupStore({ client: clients.dynamoDb, table: 'Dedup', clock: new ManualClock() });
    const context = testContext();
    const failure = await failureOf(t, table.read(['a'], context));
    t.is(failure.code, 'aws.configuration');
    t.regex(failure.remedy, remedy);
    t.is(context.counts.dynamoCalls, 1);
    t.false(failure.message.includes(KEY));
  });
}

test('a region that cannot be used ends the first probe of `check`', async (t) => {
  const clients = createAwsClients({ dynamoDb: { ...FAKE_ACCESS, region: 'eu west 1' } });
  t.teardown(() => clients.close());
  t.is((await failureOf(t, lookUpIdentity(clients.dynamoDb, 'T'))).code, 'aws.configuration');
});

for (const [action, resource] of [
  ['dynamodb:BatchGetItem', 'table Dedup'],
  ['events:PutEvents', 'bus b'],
] as const) {
  test(`a denial that names kms:Decrypt says so, and not ${action}`, (t) => {
    const message =
      'User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:1:key/2';
    const error = Object.assign(new Error(message), {
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 400 },
    });
    const failure = resource.startsWith('table')
      ? tableFailure(error, { action, table: 'Dedup' })
      : busFailure(error, { action, bus: 'b' });
    t.regex(failure.code, /\.denied$/);
    t.true(failure.message.startsWith(`AWS denied kms:Decrypt, which ${action} on ${resource} needs: `));
    t.is(failure.remedy, `Allow kms:Decrypt on the KMS key of ${resource}, in its key policy too`);
  });
}

test('a denial of another action than that of the call names that action', async (t) => {
  const proxy = await startFaultProxy();
  const clients = localClients({ dynamoDb: proxy.url });
  t.teardown(async () => {
    clients.close();
    await proxy.close();
  });
  const message = 'User: x is not authorized to perform: dynamodb:DescribeKinesisStreamingDestination on resource: y';
  const denied: ProxyFault = { kind: 'error', status: 400, type: 'AccessDeniedException', message };
  proxy.next(denied);
  const table = new DynamoDedupStore({ client: clients.dynamoDb, table: 'Dedup', clock: new ManualClock() });
  const failure = await failureOf(t, table.read(['a'], testContext()));
  t.is(failure.remedy, 'Allow dynamodb:DescribeKinesisStreamingDestination on what the call needs it for');
});

function failureOf(t: ExecutionContext, attempt: Promise<unknown>): Promise<Failure> {
  return t.throwsAsync<Failure>(attempt, { instanceOf: Failure });
}
