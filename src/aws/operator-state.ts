import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  UpdateItemCommand,
  type UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type { DeadLetter } from '../domain/dead-letter.ts';
import { Failure } from '../domain/failure.ts';
import type { Clock } from '../ports/clock.ts';
import type { OperatorState, StoredDeadLetter, StreamState } from '../ports/operator-state.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { Checkpoint, WriteOutcome } from '../ports/state-store.ts';
import { type Answer, type Lacks, lacksAttributes, type Request, sendToTable } from './send.ts';
import {
  deadLetterKey,
  type Item,
  instant,
  number,
  readCheckpointItem,
  readDeadLetterItem,
  readLastCycle,
  readLeaseItem,
  readUpdatedAt,
  text,
} from './state-items.ts';

const DEAD_LETTERS = 'pk = :pk AND begins_with(sk, :dead)';
const ID_BEGINS = 'begins_with(id, :id)';

/** As the daemon's own write, but for the watermark, which here may move either way. */
const NO_HIGHER_FENCE = 'attribute_not_exists(pk) OR fence <= :fence';
const SET_CHECKPOINT =
  'SET watermark = :watermark, origin = if_not_exists(origin, :origin), fence = :fence, updatedAt = :updatedAt';

/** The operator's view of the table that DynamoStateTable writes. Needs dynamodb:Query and dynamodb:DeleteItem beside the daemon's permissions. */
export class DynamoOperatorState implements OperatorState {
  private readonly client: DynamoDBClient;
  private readonly table: string;
  private readonly poller: string;
  private readonly clock: Clock;

  constructor(options: {
    readonly client: DynamoDBClient;
    readonly table: string;
    /** `poller.name`. */
    readonly poller: string;
    readonly clock: Clock;
  }) {
    this.client = options.client;
    this.table = options.table;
    this.poller = options.poller;
    this.clock = options.clock;
  }

  async readStream(stream: string, context: RequestContext): Promise<StreamState> {
    const [checkpointItem, leaseItem] = await Promise.all([
      this.getItem(stream, 'checkpoint', context),
      this.getItem(stream, 'lease', context),
    ]);
    const checkpoint = checkpointItem && this.parse(checkpointItem, readCheckpointItem);
    const lease = leaseItem && this.parse(leaseItem, readLeaseItem);
    const leaseWrittenAt = leaseItem && readUpdatedAt(leaseItem);
    const lastCycle = leaseItem && readLastCycle(leaseItem);
    return {
      ...(checkpoint && { checkpoint }),
      ...(lease && { lease }),
      ...(leaseWrittenAt !== undefined && { leaseWrittenAt }),
      ...(lastCycle && { lastCycle }),
    };
  }

  async countDeadLetters(stream: string, most: number, context: RequestContext): Promise<number> {
    let count = 0;
    for await (const page of this.query(stream, { Select: 'COUNT', Limit: most }, context)) {
      count += page.Count ?? 0;
      if (count >= most) return most;
    }
    return count;
  }

  async *deadLetters(
    stream: string,
    context: RequestContext,
    idPrefix?: string,
  ): AsyncGenerator<StoredDeadLetter, void, void> {
    const filter = idPrefix === undefined ? {} : { FilterExpression: ID_BEGINS };
    const values = idPrefix === undefined ? {} : { ':id': text(idPrefix) };
    for await (const page of this.query(stream, filter, context, values)) {
      for (const item of page.Items ?? []) yield this.parse(item, readDeadLetterItem);
    }
  }

  async deleteDeadLetter(stream: string, deadLetter: DeadLetter, context: RequestContext): Promise<void> {
    const command = new DeleteItemCommand({ TableName: this.table, Key: this.key(stream, deadLetterKey(deadLetter)) });
    await this.send('DeleteItem', (options) => this.client.send(command, options), context);
  }

  async setCheckpoint(
    stream: string,
    checkpoint: Checkpoint,
    context: RequestContext,
  ): Promise<WriteOutcome<Checkpoint>> {
    const command = new UpdateItemCommand({
      TableName: this.table,
      Key: this.key(stream, 'checkpoint'),
      UpdateExpression: SET_CHECKPOINT,
      ConditionExpression: NO_HIGHER_FENCE,
      ExpressionAttributeValues: {
        ':watermark': instant(checkpoint.watermark),
        ':origin': instant(checkpoint.origin),
        ':fence': number(checkpoint.fence),
        ':updatedAt': instant(checkpoint.updatedAt),
      },
      ReturnValues: 'UPDATED_NEW',
    });
    const request: Request<UpdateItemCommandOutput | undefined> = async (options) => {
      try {
        return await this.client.send(command, options);
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return undefined;
        throw error;
      }
    };
    if (await this.send('UpdateItem', request, context, lacksAttributes)) return { outcome: 'written' };
    return { outcome: 'refused', stored: (await this.readStream(stream, context)).checkpoint };
  }

  private async *query(
    stream: string,
    more: Partial<QueryCommandInput>,
    context: RequestContext,
    values: Item = {},
  ): AsyncGenerator<QueryCommandOutput, void, void> {
    let from: Item | undefined;
    do {
      const command = new QueryCommand({
        TableName: this.table,
        KeyConditionExpression: DEAD_LETTERS,
        ExpressionAttributeValues: { ':pk': this.pk(stream), ':dead': text('dead-letter#'), ...values },
        ConsistentRead: true,
        ...(from && { ExclusiveStartKey: from }),
        ...more,
      });
      const lacks = ({ Count, Items }: QueryCommandOutput) => {
        if (Count === undefined) return 'Count';
        return Items || more.Select === 'COUNT' ? undefined : 'Items';
      };
      const page = await this.send('Query', (options) => this.client.send(command, options), context, lacks);
      yield page;
      from = page.LastEvaluatedKey;
    } while (from);
  }

  private async getItem(stream: string, sk: string, context: RequestContext): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.table, Key: this.key(stream, sk), ConsistentRead: true });
    return (await this.send('GetItem', (options) => this.client.send(command, options), context)).Item;
  }

  private send<T extends Answer>(
    operation: string,
    request: Request<T>,
    context: RequestContext,
    lacks?: Lacks<T>,
  ): Promise<T> {
    const about = { action: `dynamodb:${operation}`, table: this.table, context, clock: this.clock };
    return sendToTable(request, { ...about, ...(lacks && { lacks }) });
  }

  private parse<T>(item: Item, readItem: (item: Item) => T | undefined): T {
    const value = readItem(item);
    if (value !== undefined) return value;
    throw new Failure({
      code: 'table.schema',
      what: `The item ${item.pk?.S ?? ''} / ${item.sk?.S ?? ''} in table ${this.table} cannot be read`,
      why: 'its attributes are not those that this program writes',
      remedy: 'Check what else writes to this table, and repair or remove the item',
    });
  }

  private key(stream: string, sk: string): Item {
    return { pk: this.pk(stream), sk: text(sk) };
  }

  private pk(stream: string) {
    return text(`${this.poller}#${stream}`);
  }
}
