import {
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ListTablesCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import test from 'ava';
import { startDatabase } from '../../src/sandbox/aws/database.ts';
import { FAKE_ACCESS } from '../support/aws.ts';

test('the embedded database answers on the loopback interface, and closes with connections open', async (t) => {
  const database = await startDatabase();
  t.regex(database.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  const client = new DynamoDBClient({ ...FAKE_ACCESS, endpoint: database.url });
  t.deepEqual((await client.send(new ListTablesCommand({}))).TableNames, []);
  await database.close();
  client.destroy();
});

test('a time to live can be set, looked at and taken away, for each table', async (t) => {
  const database = await startDatabase({ timeToLive: true });
  const client = new DynamoDBClient({ ...FAKE_ACCESS, endpoint: database.url });
  const look = async (TableName: string) =>
    (await client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;
  const set = (Enabled: boolean) =>
    client.send(
      new UpdateTimeToLiveCommand({
        TableName: 'One',
        TimeToLiveSpecification: { Enabled, AttributeName: 'ttl' },
      }),
    );
  t.deepEqual(await look('One'), { TimeToLiveStatus: 'DISABLED' });
  const answer = await set(true);
  t.deepEqual(answer.TimeToLiveSpecification, { Enabled: true, AttributeName: 'ttl' });
  t.truthy(answer.$metadata.requestId);
  t.deepEqual(await look('One'), { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' });
  t.deepEqual(await look('Other'), { TimeToLiveStatus: 'DISABLED' });
  await set(false);
  t.deepEqual(await look('One'), { TimeToLiveStatus: 'DISABLED' });
  t.deepEqual((await client.send(new ListTablesCommand({}))).TableNames, []);
  await database.close();
  client.destroy();
});

test('a port that is taken is an error, not a silence', async (t) => {
  const database = await startDatabase();
  const port = Number(new URL(database.url).port);
  await t.throwsAsync(startDatabase({ port }), { code: 'EADDRINUSE' });
  await database.close();
});

test('where dynalite was not installed, the error says what to do', async (t) => {
  const cause = new Error("Cannot find package 'dynalite'");
  const error = await t.throwsAsync(startDatabase({ load: () => Promise.reject(cause) }));
  t.regex(error.message, /optional package dynalite is not installed.*npm install dynalite/);
  t.is(error.cause, cause);
});
