import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import type { ExecutionContext } from 'ava';
import { stackOf } from '../../deploy/support/cloudformation.ts';
import { FAKE_ACCESS } from '../../support/aws.ts';

export const TEMPLATE = new URL('../../../examples/consumer/template.yaml', import.meta.url);

/** A client as a consumer makes it. */
export function clientFor(t: ExecutionContext, endpoint: string): DynamoDBClient {
  const client = new DynamoDBClient({ ...FAKE_ACCESS, endpoint });
  t.teardown(() => client.destroy());
  return client;
}

let stacks = 0;

/** The template's table of records, under a name of its own, and the name. */
export async function createRecords(client: DynamoDBClient): Promise<string> {
  const name = `consumer-${process.pid}-${++stacks}`;
  const { KeySchema, AttributeDefinitions, BillingMode, TableName } =
    stackOf(TEMPLATE, { Name: name }).Records?.Properties ?? {};
  await create(client, { KeySchema, AttributeDefinitions, BillingMode, TableName });
  return TableName;
}

/** A table for the counts of `transaction.ts`, and its name. */
export async function createAttempts(client: DynamoDBClient): Promise<string> {
  const TableName = `attempts-${process.pid}-${++stacks}`;
  await create(client, {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'contact', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'contact', KeyType: 'HASH' }],
  });
  return TableName;
}

async function create(client: DynamoDBClient, table: CreateTableCommand['input']): Promise<void> {
  await client.send(new CreateTableCommand(table));
  const status = async () => (await client.send(new DescribeTableCommand(table))).Table?.TableStatus;
  while ((await status()) !== 'ACTIVE');
}

/** How often each contact was dialled. */
export type Counts = Readonly<Record<string, number>>;

/** How often each contact was dialled, by the table. */
export async function attemptsIn(client: DynamoDBClient, table: string): Promise<Counts> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
  return Object.fromEntries(Items.map(({ contact, attempts }) => [String(contact?.S), Number(attempts?.N)]));
}

/** What the names of times are in the records, and how many of their units a millisecond is. */
const TIMES = { expiration: 0.001, in_progress_expiration: 1, lockedUntil: 1 };

/** Makes every record older by so much. */
export async function timePasses(client: DynamoDBClient, table: string, ms: number): Promise<void> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
  for (const item of Items) {
    for (const [name, unit] of Object.entries(TIMES)) {
      if (item[name]?.N !== undefined) item[name] = { N: String(Math.round(Number(item[name].N) - ms * unit)) };
    }
    await client.send(new PutItemCommand({ TableName: table, Item: item }));
  }
}
