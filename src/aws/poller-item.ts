import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DedupHistory, Era } from '../domain/dedup-history.ts';
import { parseInstant } from '../domain/instant.ts';
import type { Binding } from '../domain/organisation.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { PollerItem, Versioned } from '../ports/state-store.ts';
import { type Item, instant, number, setting, text } from './state-attributes.ts';
import type { Key, StateItems } from './state-items.ts';

/**
 * An item of the poller as a whole is written over the very version that the writer has seen:
 *
 *     A and B   read version 3
 *     A         writes 4 if 3 is stored: written
 *     B         writes 4 if 3 is stored: refused; it reads A's 4 and judges anew
 */
const VERSION_AS_SEEN = '#version = :seen';
const NOTHING_YET = 'attribute_not_exists(pk)';

/** How a value is written, and read again; undefined for an item that is none of ours. */
interface Form<T> {
  readonly attributes: (value: T) => Item;
  readonly read: (item: Item) => T | undefined;
}

export const DEDUP_HISTORY: Form<DedupHistory> = {
  attributes: (history) => ({ eras: { L: history.map((era) => ({ M: eraAttributes(era) })) } }),
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

export const ORGANISATION: Form<Binding> = {
  attributes: ({ id, clients }) => ({
    clients: { L: clients.map(text) },
    ...(id !== undefined && { organizationId: text(id) }),
  }),
  read(item) {
    const clients = item.clients?.L?.flatMap(stringOf);
    return clients && { id: item.organizationId?.S, clients };
  },
};

function stringOf({ S }: AttributeValue): readonly string[] {
  return S === undefined ? [] : [S];
}

/** A value of the poller as a whole, in an item of its own with `pk` = `<poller>`. */
export class DynamoPollerItem<T> implements PollerItem<T> {
  private readonly items: StateItems;
  private readonly key: Key;
  private readonly form: Form<T>;
  private readonly clock: Clock;

  constructor(items: StateItems, sk: string, form: Form<T>, clock: Clock) {
    this.items = items;
    this.key = items.pollerKey(sk);
    this.form = form;
    this.clock = clock;
  }

  read(context: RequestContext): Promise<Versioned<T> | undefined> {
    return this.items.read(this.key, (item) => this.versioned(item), context);
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
    return (await this.items.update(this.key, conditional, context)) ? 'written' : 'refused';
  }

  private versioned(item: Item): Versioned<T> | undefined {
    const value = this.form.read(item);
    const version = Number(item.version?.N ?? Number.NaN);
    return value === undefined || Number.isNaN(version) ? undefined : { value, version };
  }
}
