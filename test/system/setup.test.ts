import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import test from 'ava';
import { setStage } from '../support/stage.ts';

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
