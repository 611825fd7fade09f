import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
  type UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { Failure } from '../domain/failure.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestContext } from '../ports/request-context.ts';
import { type Answer, type Lacks, lacksAttributes, type Request, sendToTable } from './send.ts';
import { type Item, text } from './state-attributes.ts';

/** Where the state of one poller is kept. */
export interface StateOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** `poller.name`: keeps apart pollers that share a table. */
  readonly poller: string;
  readonly clock: Clock;
}

/** The key of an item. */
export interface Key {
  readonly pk: AttributeValue;
  readonly sk: AttributeValue;
}

/** An update without the table and the key. */
export type Update = Omit<UpdateItemCommandInput, 'TableName' | 'Key'>;

/** A query without the table. */
export type Query = Omit<QueryCommandInput, 'TableName'>;

/**
 * The items of one poller in the state table: how each is read, updated under a condition, removed, and
 * refused where it is none of ours. What the items hold is the business of DynamoStateStore.
 */
export class StateItems {
  private readonly client: DynamoDBClient;
  private readonly table: string;
  private readonly poller: string;
  private readonly clock: Clock;

  constructor(options: StateOptions) {
    this.client = options.client;
    this.table = options.table;
    this.poller = options.poller;
    this.clock = options.clock;
  }

  /** Of an item of a stream. */
  keyOf(stream: string, sk: string): Key {
    return { pk: text(`${this.poller}#${stream}`), sk: text(sk) };
  }

  /** Of an item of the poller as a whole. */
  pollerKey(sk: string): Key {
    return { pk: text(this.poller), sk: text(sk) };
  }

  /** Strongly consistent. */
  async get(key: Key, context: RequestContext): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.table, Key: { ...key }, ConsistentRead: true });
    return (await this.send('GetItem', (options) => this.client.send(command, options), context)).Item;
  }

  /** Strongly consistent. Rejects where the item is none of ours. */
  async read<T>(key: Key, readItem: (item: Item) => T | undefined, context: RequestContext): Promise<T | undefined> {
    const item = await this.get(key, context);
    return item && this.parse({ ...key, ...item }, readItem);
  }

  /**
   * Undefined if the condition did not hold. The update asks for what it has set, so that an answer without
   * it is known not to come from DynamoDB. If such an answer were believed, the poller would hold a lease,
   * have moved a checkpoint or have stored a dead letter only in its own view.
   */
  update(key: Key, update: Update, context: RequestContext): Promise<UpdateItemCommandOutput | undefined> {
    const command = new UpdateItemCommand({
      TableName: this.table,
      Key: { ...key },
      ReturnValues: 'UPDATED_NEW',
      ...update,
    });
    const request: Request<UpdateItemCommandOutput | undefined> = async (options) => {
      try {
        return await this.client.send(command, options);
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return undefined;
        throw error;
      }
    };
    return this.send('UpdateItem', request, context, lacksAttributes);
  }

  /** Removing what is not there is no error. */
  async delete(key: Key, context: RequestContext): Promise<void> {
    const command = new DeleteItemCommand({ TableName: this.table, Key: { ...key } });
    await this.send('DeleteItem', (options) => this.client.send(command, options), context);
  }

  /** The pages of a query, strongly consistent. */
  async *query(query: Query, context: RequestContext): AsyncGenerator<QueryCommandOutput, void, void> {
    const lacks = ({ Count, Items }: QueryCommandOutput) => {
      if (Count === undefined) return 'Count';
      return Items ? undefined : 'Items';
    };
    let from: Item | undefined;
    do {
      const command = new QueryCommand({
        TableName: this.table,
        ConsistentRead: true,
        ...(from && { ExclusiveStartKey: from }),
        ...query,
      });
      const page = await this.send('Query', (options) => this.client.send(command, options), context, lacks);
      yield page;
      from = page.LastEvaluatedKey;
    } while (from);
  }

  /** Rejects an item that another program has written, or an operator by hand. */
  parse<T>(item: Item, readItem: (item: Item) => T | undefined): T {
    const value = readItem(item);
    if (value !== undefined) return value;
    throw new Failure({
      code: 'table.schema',
      what: `The item ${item.pk?.S ?? ''} / ${item.sk?.S ?? ''} in table ${this.table} cannot be read`,
      why: 'its attributes are not those that this program writes',
      remedy: 'Check what else writes to this table, and repair or remove the item',
    });
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
}
