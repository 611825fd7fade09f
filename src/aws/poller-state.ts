import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DedupHistory, Era } from '../domain/dedup-history.ts';
import { parseInstant } from '../domain/instant.ts';
import type { Binding } from '../domain/organisation.ts';
import type { PollerItem, PollerState, Versioned } from '../ports/poller-state.ts';
import type { RequestContext } from '../ports/request-context.ts';
import { type Item, instant, number, setting, text } from './state-items.ts';
import { type Key, StateItems, type StateOptions } from './state-items-access.ts';

/**
 * An item of the poller as a whole is written over the very version that the writer has seen:
 *
 *     A and B   read version 3
 *     A         writes 4 if 3 is stored: written
 *     B         writes 4 if 3 is stored: refused; it reads A's 4 and judges anew
 */
const VERSION_AS_SEEN = '#version = :seen';
const NOTHING_YET = 'attribute_not_exists(pk)';

/** The items with `pk` = `<poller>` in the table that DynamoStateTable writes. */
export class DynamoPollerState implements PollerState {
  readonly dedupHistory: PollerItem<DedupHistory>;
  readonly organisation: PollerItem<Binding>;

  constructor(options: StateOptions) {
    this.dedupHistory = new DynamoPollerItem(options, 'dedup-since', REACH);
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

class DynamoPollerItem<T> extends StateItems implements PollerItem<T> {
  private readonly key: Key;
  private readonly form: Form<T>;

  constructor(options: StateOptions, sk: string, form: Form<T>) {
    super(options);
    this.key = { pk: text(options.poller), sk: text(sk) };
    this.form = form;
  }

  async read(context: RequestContext): Promise<Versioned<T> | undefined> {
    const item = await this.getItem(this.key, context);
    return item && this.parse({ ...this.key, ...item }, (one) => this.versioned(one));
  }

  async write(value: T, seen: number | undefined, context: RequestContext): Promise<'written' | 'refused'> {
    const update = setting({
      ...this.form.attributes(value),
      version: number((seen ?? 0) + 1),
      updatedAt: instant(this.clock.now()),
    });
    const conditional = {
      ...update,
      ConditionExpression: seen === undefined ? NOTHING_YET : VERSION_AS_SEEN,
      ExpressionAttributeValues: {
        ...update.ExpressionAttributeValues,
        ...(seen !== undefined && { ':seen': number(seen) }),
      },
    };
    return (await this.update(this.key, conditional, context)) ? 'written' : 'refused';
  }

  private versioned(item: Item): Versioned<T> | undefined {
    const value = this.form.read(item);
    const version = Number(item.version?.N ?? Number.NaN);
    return value === undefined || Number.isNaN(version) ? undefined : { value, version };
  }
}
