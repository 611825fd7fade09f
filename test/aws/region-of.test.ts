import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import test from 'ava';
import { regionOf } from '../../src/aws/region-of.ts';

test('the region is that of the client', async (t) => {
  t.is(await regionOf(new DynamoDBClient({ region: 'eu-central-1' })), 'eu-central-1');
});

test('a region that cannot be found is undefined, and no failure: the first call explains it', async (t) => {
  const region = () => Promise.reject(new Error('Region is missing'));
  t.is(await regionOf(new DynamoDBClient({ region })), undefined);
});
