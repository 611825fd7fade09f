import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import test from 'ava';
import { lookUpIdentity, tryWritingIds } from '../../src/aws/access.ts';
import { createAwsClients } from '../../src/aws/clients.ts';
import { setUp } from '../../src/aws/setup.ts';
import type { Failure } from '../../src/domain/failure.ts';
import { systemClock } from '../../src/lib/system-clock.ts';
import { startDatabase } from '../../src/sandbox/aws/database.ts';
import { FAKE_ACCESS, localClients } from '../support/aws.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { testContext } from '../support/request-context.ts';

test('region and credentials are found where the SDK finds them, with the end of temporary ones', async (t) => {
  const expiration = new Date('2026-11-20T12:00:00Z');
  const credentials = { ...FAKE_ACCESS.credentials, expiration };
  t.deepEqual(await lookUpIdentity(new DynamoDBClient({ ...FAKE_ACCESS, credentials }), 'T'), {
    region: 'us-east-1',
    source: 'the metadata of the instance',
    expiration,
  });
  t.is((await lookUpIdentity(new DynamoDBClient(FAKE_ACCESS), 'T')).expiration, undefined);
});

test('without a region, that is what is missing', async (t) => {
  const { dynamoDb } = createAwsClients({
    dynamoDb: {
      credentials: FAKE_ACCESS.credentials,
      region: async () => {
        throw new Error('Region is missing');
      },
    },
  });
  const failure = await t.throwsAsync<Failure>(lookUpIdentity(dynamoDb, 'T'));
  t.is(failure.code, 'aws.credentials');
  t.regex(failure.message, /no region is configured\. Set AWS_REGION/);
});

test('what a credential helper says when it fails is not repeated', async (t) => {
  const credentials = async () => {
    throw new Error('helper printed {"SecretAccessKey": "hunter2"}');
  };
  const failure = await t.throwsAsync<Failure>(
    lookUpIdentity(new DynamoDBClient({ region: 'us-east-1', credentials }), 'T'),
  );
  t.is(failure.code, 'aws.credentials');
  t.notRegex(failure.message, /hunter2/);
});

test('the right to write IDs is tried without writing one', async (t) => {
  const database = await startDatabase();
  const proxy = await startFaultProxy(database.url);
  const clients = localClients({ dynamoDb: proxy.url });
  t.teardown(async () => {
    clients.close();
    await proxy.close();
    await database.close();
  });
  const { signal } = new AbortController();
  await setUp({ clients, stateTable: 'State', dedupTable: 'Dedup', dryRun: false, clock: systemClock, signal });
  const options = { client: clients.dynamoDb, table: 'Dedup', clock: systemClock };
  await t.notThrowsAsync(tryWritingIds(options, testContext()));
  t.deepEqual(proxy.passed.at(-1)?.body, {
    RequestItems: { Dedup: [{ DeleteRequest: { Key: { id: { S: 'genesys-poller-check' } } } }] },
  });

  proxy.next({ kind: 'error', status: 400, type: 'AccessDeniedException' });
  const failure = await t.throwsAsync<Failure>(tryWritingIds(options, testContext()));
  t.is(failure.remedy, 'Allow dynamodb:BatchWriteItem on the ARN of table Dedup');
});
