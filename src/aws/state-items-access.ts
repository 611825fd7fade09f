import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
  type UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { Failure } from '../domain/failure.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestContext } from '../ports/request-context.ts';
import { type Answer, type Lacks, lacksAttributes, type Request, sendToTable } from './send.ts';
import { type Item, text } from './state-items.ts';

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

/**
 * The items of one poller in the state table: how each is read, updated under a condition, and refused
 * where it is none of ours. What the items hold is the business of the classes that extend it:
 * checkpoints and leases, dead letters, backfill runs, the poller as a whole.
 */
export class StateItems {
  protected readonly client: DynamoDBClient;
  protected readonly table: string;
  protected readonly poller: string;
  protected readonly clock: Clock;

  constructor(options: StateOptions) {
    this.client = options.client;
    this.table = options.table;
    this.poller = options.poller;
    this.clock = options.clock;
  }

  /** Of an item of a stream. */
  protected keyOf(stream: string, sk: string): Key {
    return { pk: text(`${this.poller}#${stream}`), sk: text(sk) };
  }

  /** Strongly consistent. */
  protected async getItem(key: Key, context: RequestContext): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.table, Key: { ...key }, ConsistentRead: true });
    return (await this.send('GetItem', (options) => this.client.send(command, options), context)).Item;
  }

  /**
   * Undefined if the condition did not hold. What was set is asked for, so that an answer without it is
   * known to be none of DynamoDB's: taken for one, it would make a lease ours, a checkpoint moved or a
   * dead letter stored that is not.
   */
  protected update(key: Key, update: Update, context: RequestContext): Promise<UpdateItemCommandOutput | undefined> {
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

  protected send<T extends Answer>(
    operation: string,
    request: Request<T>,
    context: RequestContext,
    lacks?: Lacks<T>,
  ): Promise<T> {
    const about = { action: `dynamodb:${operation}`, table: this.table, context, clock: this.clock };
    return sendToTable(request, { ...about, ...(lacks && { lacks }) });
  }

  /** Rejects an item that another program has written, or an operator by hand. */
  protected parse<T>(item: Item, readItem: (item: Item) => T | undefined): T {
    const value = readItem(item);
    if (value !== undefined) return value;
    throw new Failure({
      code: 'table.schema',
      what: `The item ${item.pk?.S ?? ''} / ${item.sk?.S ?? ''} in table ${this.table} cannot be read`,
      why: 'its attributes are not those that this program writes',
      remedy: 'Check what else writes to this table, and repair or remove the item',
    });
  }
}
