import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type { DedupHistory, Era } from '../domain/dedup-history.ts';
import { Failure } from '../domain/failure.ts';
import { parseInstant } from '../domain/instant.ts';
import type { Binding } from '../domain/organisation.ts';
import type { Clock } from '../ports/clock.ts';
import type { PollerItem, PollerState, Versioned } from '../ports/poller-state.ts';
import type { RequestContext } from '../ports/request-context.ts';
import { type Answer, type Lacks, lacksAttributes, type Request, sendToTable } from './send.ts';
import { type Item, instant, number, setting, text } from './state-items.ts';

/**
 * An item of the poller as a whole is written over the very version that the writer has seen:
 *
 *     A and B   read version 3
 *     A         writes 4 if 3 is stored: written
 *     B         writes 4 if 3 is stored: refused; it reads A's 4 and judges anew
 */
const VERSION_AS_SEEN = '#version = :seen';
const NOTHING_YET = 'attribute_not_exists(pk)';

export interface PollerStateOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** `poller.name`. */
  readonly poller: string;
  readonly clock: Clock;
}

/** The items with `pk` = `<poller>` in the table that DynamoStateTable writes. */
export class DynamoPollerState implements PollerState {
  readonly dedupReach: PollerItem<DedupHistory>;
  readonly organisation: PollerItem<Binding>;

  constructor(options: PollerStateOptions) {
    this.dedupReach = new DynamoPollerItem(options, 'dedup-since', REACH);
    this.organisation = new DynamoPollerItem(options, 'organisation', BINDING);
  }
}

/** How a value is written, and read again; undefined for an item that is none of ours. */
interface Form<T> {
  readonly attributes: (value: T) => Item;
  readonly read: (item: Item) => T | undefined;
}

const REACH: Form<DedupHistory> = {
  attributes: (reach) => ({ eras: { L: reach.map((era) => ({ M: eraAttributes(era) })) } }),
  read(item) {
    const eras = item.eras?.L?.map(({ M }) => readEra(M ?? {}));
    return eras?.every((era) => era !== undefined) ? eras : undefined;
  },
};

function eraAttributes({ from, ttl }: Era): Item {
  return { from: instant(from), ttlMs: number(ttl) };
}

function readEra(item: Item): Era | undefined {
  const from = parseInstant(item.from?.S);
  const ttl = Number(item.ttlMs?.N ?? Number.NaN);
  return from === undefined || Number.isNaN(ttl) ? undefined : { from, ttl };
}

const BINDING: Form<Binding> = {
  attributes: ({ id, clients }) => ({
    clients: { L: clients.map(text) },
    ...(id !== undefined && { organizationId: text(id) }),
  }),
  read(item) {
    const clients = item.clients?.L?.flatMap(textOf);
    return clients && { id: item.organizationId?.S, clients };
  },
};

function textOf({ S }: AttributeValue): readonly string[] {
  return S === undefined ? [] : [S];
}

class DynamoPollerItem<T> implements PollerItem<T> {
  private readonly options: PollerStateOptions;
  private readonly key: { readonly pk: AttributeValue; readonly sk: AttributeValue };
  private readonly form: Form<T>;

  constructor(options: PollerStateOptions, sk: string, form: Form<T>) {
    this.options = options;
    this.key = { pk: text(options.poller), sk: text(sk) };
    this.form = form;
  }

  async read(context: RequestContext): Promise<Versioned<T> | undefined> {
    const { client, table } = this.options;
    const command = new GetItemCommand({ TableName: table, Key: this.key, ConsistentRead: true });
    const { Item: item } = await this.send('GetItem', (sending) => client.send(command, sending), context);
    if (!item) return undefined;
    const value = this.form.read(item);
    const version = Number(item.version?.N ?? Number.NaN);
    if (value === undefined || Number.isNaN(version)) throw this.unreadable();
    return { value, version };
  }

  async write(value: T, seen: number | undefined, context: RequestContext): Promise<'written' | 'refused'> {
    const { client, table, clock } = this.options;
    const update = setting({
      ...this.form.attributes(value),
      version: number((seen ?? 0) + 1),
      updatedAt: instant(clock.now()),
    });
    const command = new UpdateItemCommand({
      TableName: table,
      Key: this.key,
      ...update,
      ReturnValues: 'UPDATED_NEW',
      ConditionExpression: seen === undefined ? NOTHING_YET : VERSION_AS_SEEN,
      ExpressionAttributeValues: {
        ...update.ExpressionAttributeValues,
        ...(seen !== undefined && { ':seen': number(seen) }),
      },
    });
    const request: Request<UpdateItemCommandOutput | undefined> = async (sending) => {
      try {
        return await client.send(command, sending);
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return undefined;
        throw error;
      }
    };
    return (await this.send('UpdateItem', request, context, lacksAttributes)) ? 'written' : 'refused';
  }

  private send<A extends Answer>(
    operation: string,
    request: Request<A>,
    context: RequestContext,
    lacks?: Lacks<A>,
  ): Promise<A> {
    const { table, clock } = this.options;
    const about = { action: `dynamodb:${operation}`, table, context, clock };
    return sendToTable(request, { ...about, ...(lacks && { lacks }) });
  }

  private unreadable(): Failure {
    const { table } = this.options;
    return new Failure({
      code: 'table.schema',
      what: `The item ${this.key.pk.S} / ${this.key.sk.S} in table ${table} cannot be read`,
      why: 'its attributes are not those that this program writes',
      remedy: 'Check what else writes to this table, and repair or remove the item',
    });
  }
}
