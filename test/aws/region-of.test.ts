import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import test from 'ava';
import { regionOf } from '../../src/aws/region-of.ts';
import { ManualClock } from '../support/manual-clock.ts';

const clock = () => new ManualClock(0, { autoAdvance: false });

test('the region is that of the client', async (t) => {
  t.is(await regionOf(new DynamoDBClient({ region: 'eu-central-1' }), clock()), 'eu-central-1');
});

test('a region that cannot be found is undefined, and no failure: the first call explains it', async (t) => {
  const region = () => Promise.reject(new Error('Region is missing'));
  t.is(await regionOf(new DynamoDBClient({ region }), clock()), undefined);
});

test('a file that cannot be read to its end does not hold up the start', async (t) => {
  const turned = clock();
  const found = regionOf(new DynamoDBClient({ region: () => new Promise<string>(() => undefined) }), turned);
  await turned.advance(2_000);
  t.is(await found, undefined);
});
