import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import test from 'ava';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { setStage } from '../support/stage.ts';

test('Ctrl-C ends setup between two resources: what it has begun is whole, and the next setup goes on', async (t) => {
  const stage = await setStage();
  t.teardown(stage.close);
  const tables = await startFaultProxy(stage.dynamoDb);
  t.teardown(tables.close);
  const setup = stage.start(['setup'], { AWS_ENDPOINT_URL_DYNAMODB: tables.url });
  tables.whenever('CreateTable', { kind: 'after', first: async () => setup.process.kill('SIGINT') });
  const stopped = await setup.ended;
  t.is(stopped.code, 1);
  t.regex(stopped.stdout, /^created: table GenesysPollerState [^\n]*\n$/);
  t.is(stopped.stderr, 'Stopped between two resources. Run setup again to continue\n');
  t.is(tables.passed.filter(({ operation }) => operation === 'CreateTable').length, 1);
  const { code, stdout } = await stage.run(['setup']);
  t.is(code, 0);
  t.regex(stdout, /^exists: table GenesysPollerState .*\ncreated: table GenesysEventDedup .*\ncreated: bus /);
});

test('Ctrl-C while the last resource is created changes nothing: all is done, and setup says so', async (t) => {
  const stage = await setStage();
  t.teardown(stage.close);
  const buses = await startFaultProxy(stage.bus.url);
  t.teardown(buses.close);
  const setup = stage.start(['setup'], { AWS_ENDPOINT_URL_EVENTBRIDGE: buses.url });
  buses.whenever('CreateEventBus', { kind: 'after', first: async () => setup.process.kill('SIGINT') });
  const { code, stdout, stderr } = await setup.ended;
  t.deepEqual([code, stderr], [0, '']);
  t.regex(stdout, /^created: table GenesysPollerState .*\ncreated: table GenesysEventDedup .*\ncreated: bus .*\n$/);
});

test('setup needs nothing of Genesys, and says of a table with other keys what to do, with exit code 1', async (t) => {
  const stage = await setStage();
  t.teardown(stage.close);
  const client = new DynamoDBClient({
    endpoint: stage.dynamoDb,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  t.teardown(() => client.destroy());
  await client.send(
    new CreateTableCommand({
      TableName: 'GenesysPollerState',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'other', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'other', KeyType: 'HASH' }],
    }),
  );

  const noGenesys = { GENESYS_CLIENT_ID: '', GENESYS_CLIENT_SECRET: '', GENESYS_POLLER_CONFIG: '' };
  const unfit = await stage.run(['setup'], noGenesys);
  t.is(unfit.code, 1, unfit.stderr);
  t.regex(
    unfit.stdout,
    /^unfit: table GenesysPollerState \(its keys are other \(S\), needed are pk \(S\), sk \(S\)\)$/m,
  );
  t.regex(unfit.stderr, /Choose another name in the configuration, or delete the table/);
  // The rest is set up all the same.
  t.regex(unfit.stdout, /^created: table GenesysEventDedup/m);
  t.regex(unfit.stdout, /^created: bus genesys-outbound-events/m);
});
