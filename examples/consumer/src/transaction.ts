import { type DynamoDBClient, TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { GenesysEvent } from 'genesys-eventbridge-poller/events';
import type { Outcome } from './record-first.ts';

export interface TransactionOptions {
  readonly client: DynamoDBClient;
  /** The records: key `id` (S), TTL attribute `expiration` (N, epoch seconds). */
  readonly table: string;
  /** The effect: key `contact` (S), in the same region and account as the records. */
  readonly attemptsTable: string;
  readonly rememberSeconds: number;
}

/**
 * A Lambda handler that counts how often each contact was dialled. The count and the record are one transaction: both happen or
 * neither, so a crash repeats nothing. Nothing is in progress, and nothing has to be released.
 *
 * Returns `duplicate` for what has been counted. Throws what DynamoDB throws, such as TransactionCanceledException when two copies meet
 * in the same moment: Lambda tries again.
 */
export function createTransactionHandler({ client, table, attemptsTable, rememberSeconds }: TransactionOptions) {
  return async ({ detail: { metadata, data } }: GenesysEvent<'contactDialed'>): Promise<Outcome> => {
    const { outboundContactListId: list, outboundContactId: contact } = data;
    if (!list || !contact) throw new Error(`${metadata.id} names no contact: the rule's pattern has to ask for one`);
    const now = Math.floor(Date.now() / 1000);
    try {
      await client.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            {
              Put: {
                TableName: table,
                Item: {
                  id: { S: `attempts#${metadata.idempotencyKey}` },
                  expiration: { N: String(now + rememberSeconds) },
                },
                ConditionExpression: 'attribute_not_exists(id) OR expiration < :now',
                ExpressionAttributeValues: { ':now': { N: String(now) } },
              },
            },
            {
              Update: {
                TableName: attemptsTable,
                Key: { contact: { S: `${list}#${contact}` } },
                UpdateExpression: 'ADD attempts :one',
                ExpressionAttributeValues: { ':one': { N: '1' } },
              },
            },
          ],
        }),
      );
      return 'done';
    } catch (error) {
      const reasons = error instanceof TransactionCanceledException ? error.CancellationReasons : undefined;
      if (reasons?.[0]?.Code === 'ConditionalCheckFailed') return 'duplicate';
      throw error;
    }
  };
}
