import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  BatchWriteItemCommand,
  type BatchWriteItemCommandOutput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../ports/clock.ts';
import type { DedupStore, KnownId } from '../ports/dedup-store.ts';
import type { RequestContext } from '../ports/request-context.ts';
import { type Answer, type Lacks, type Request, sendToTable } from './send.ts';

/**
 * The IDs of what was published, in a DynamoDB table: items of exactly `id` (S, the key), `ttl` (N) and
 * `timestamp` (N).
 */
export class DynamoDedupStore implements DedupStore {
  private readonly client: DynamoDBClient;
  private readonly table: string;
  private readonly clock: Clock;

  constructor(options: { readonly client: DynamoDBClient; readonly table: string; readonly clock: Clock }) {
    this.client = options.client;
    this.table = options.table;
    this.clock = options.clock;
  }

  async read(
    ids: readonly string[],
    context: RequestContext,
  ): Promise<{ readonly found: readonly KnownId[]; readonly unprocessed: readonly string[] }> {
    const command = new BatchGetItemCommand({
      RequestItems: {
        [this.table]: {
          Keys: ids.map((id) => ({ id: { S: id } })),
          ConsistentRead: true,
          // `ttl` is a reserved word.
          ProjectionExpression: '#id, #ttl',
          ExpressionAttributeNames: { '#id': 'id', '#ttl': 'ttl' },
        },
      },
    });
    const unprocessedOf = (answer: BatchGetItemCommandOutput) => answer.UnprocessedKeys?.[this.table]?.Keys ?? [];
    // Where no key was processed there need be no list of items.
    const lacks = (answer: BatchGetItemCommandOutput) =>
      answer.Responses?.[this.table] || (answer.Responses && unprocessedOf(answer).length === ids.length)
        ? undefined
        : `Responses for ${this.table}`;
    const answer = await this.send('BatchGetItem', (options) => this.client.send(command, options), context, lacks);
    return {
      found: (answer.Responses?.[this.table] ?? []).map(knownIdOf),
      unprocessed: unprocessedOf(answer).map(idOf),
    };
  }

  async write(
    items: readonly KnownId[],
    recordedAt: number,
    context: RequestContext,
  ): Promise<{ readonly unprocessed: readonly string[] }> {
    const command = new BatchWriteItemCommand({
      RequestItems: {
        [this.table]: items.map(({ id, expiresAt }) => ({
          PutRequest: {
            Item: { id: { S: id }, ttl: { N: String(expiresAt) }, timestamp: { N: String(recordedAt) } },
          },
        })),
      },
    });
    const answer = await this.send(
      'BatchWriteItem',
      (options) => this.client.send(command, options),
      context,
      lacksRest,
    );
    const left = answer.UnprocessedItems?.[this.table] ?? [];
    return { unprocessed: left.map((request) => idOf(request.PutRequest?.Item ?? {})) };
  }

  private send<T extends Answer>(
    operation: string,
    request: Request<T>,
    context: RequestContext,
    lacks: Lacks<T>,
  ): Promise<T> {
    const about = { action: `dynamodb:${operation}`, table: this.table, context, clock: this.clock, lacks };
    return sendToTable(request, about);
  }
}

/** DynamoDB says of every batch what it did not write, if only that this is nothing. */
export function lacksRest({ UnprocessedItems }: BatchWriteItemCommandOutput): string | undefined {
  return UnprocessedItems ? undefined : 'UnprocessedItems';
}

type Item = Record<string, AttributeValue>;

function idOf(item: Item): string {
  return item.id?.S ?? '';
}

/** An item without a `ttl` is one that DynamoDB never deletes: it is remembered for ever. */
function knownIdOf(item: Item): KnownId {
  const ttl = item.ttl?.N;
  return { id: idOf(item), expiresAt: ttl === undefined ? Number.POSITIVE_INFINITY : Number(ttl) };
}
