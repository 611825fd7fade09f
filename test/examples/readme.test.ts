import { readFileSync } from 'node:fs';
import { ConditionalCheckFailedException, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import test from 'ava';
import { parseDuration } from '../../src/config/duration.ts';
import { SCHEMA } from '../../src/config/schema.ts';
import { startDatabase } from '../../src/sandbox/aws/database.ts';
import { stackOf } from '../deploy/support/cloudformation.ts';
import { clientFor, createAttempts, TEMPLATE } from './support/tables.ts';

const readme = readFileSync(new URL('README.md', TEMPLATE), 'utf8');
const stack = stackOf(TEMPLATE);
const DAY_SECONDS = 86_400;

/** What stands after a name in a block of the README. */
function written(name: string): string {
  return new RegExp(`^ {4}${name}: +(.+)$`, 'm').exec(readme)?.[1] ?? '';
}

test('an event is remembered for longer than any copy of it can be under way', (t) => {
  const { MaximumEventAgeInSeconds: bus } = stack.Rule?.Properties.Targets[0].RetryPolicy ?? {};
  const { MaximumEventAgeInSeconds: lambda } = stack.Retries?.Properties ?? {};
  const { MessageRetentionPeriod: queue } = stack.DeadLetters?.Properties ?? {};
  // What is older is not published again: oldestPublishable in src/domain/selection.ts.
  const published = Number(parseDuration(SCHEMA.dedup.ttl.default)) / 1000 - DAY_SECONDS;
  const days = (published + bus + lambda + queue) / DAY_SECONDS;
  t.is(days, 21.25);
  t.true(readme.includes('**21 days 6 hours**'));
  t.true(days < stack.Function?.Properties.Environment.Variables.REMEMBER_DAYS);
});

test('the merge keeps the latest disposition, in whatever order they come and however often', async (t) => {
  const database = await startDatabase();
  t.teardown(database.close);
  const client = clientFor(t, database.url);
  const TableName = await createAttempts(client);
  const at = (second: number) => `2026-11-20T10:00:0${second}.000Z`;
  for (const [contact, order] of Object.entries({ a: [1, 2, 3], b: [3, 2, 1], c: [2, 3, 1, 3, 2] })) {
    const Key = { contact: { S: contact } };
    const refused: number[] = [];
    for (const second of order) {
      const update = new UpdateItemCommand({
        ...{ TableName, Key },
        UpdateExpression: written('UpdateExpression'),
        ConditionExpression: written('ConditionExpression'),
        ExpressionAttributeValues: { ':disposition': { S: `code ${second}` }, ':timestamp': { S: at(second) } },
      });
      await client.send(update).catch((error) => {
        t.true(error instanceof ConditionalCheckFailedException);
        refused.push(second);
      });
    }
    const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    t.deepEqual([Item?.disposition?.S, Item?.dispositionAt?.S], ['code 3', at(3)], contact);
    t.is(refused.length, contact === 'a' ? 0 : order.length - order.indexOf(3) - 1, contact);
  }
});
