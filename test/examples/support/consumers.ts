import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import type { Crm, Receipt } from '../../../examples/consumer/src/crm.ts';
import { type ConsumerOptions, createPowertoolsHandler } from '../../../examples/consumer/src/powertools.ts';
import { createRecordFirstHandler } from '../../../examples/consumer/src/record-first.ts';
import type { GenesysEvent } from '../../../src/schema/events.ts';

export type Disposition = GenesysEvent<'dispositionSet'>;

/** What goes wrong with one delivery, if it comes to the effect at all. */
export type Mishap =
  | 'none'
  /** The effect does not take place, and says so. */
  | 'effectFails'
  /** The process is gone before the effect, or between it and the record. */
  | 'crashesBefore'
  | 'crashesAfter';

/** What the process that delivers sees: refused is what is to be delivered again. */
export type Delivered = 'handled' | 'refused' | 'crashed';

/**
 * How long a function has left, milliseconds: the longest that Lambda gives, so that a slow test is not too
 * late.
 */
export const TIME_LEFT = 900_000;
export const REMEMBER_SECONDS = 30 * 86_400;

/** The CRM: the calls it took. */
export interface Office {
  /** The key of every call that took place, in order. */
  readonly calls: string[];
}

export const VARIANTS = { Powertools: createPowertoolsHandler, 'record first': createRecordFirstHandler } as const;
export type VariantName = keyof typeof VARIANTS;

/** A consumer over a table of records, each delivery as if to an instance of its own. */
export interface Consumer {
  readonly office: Office;
  /** One delivery to a function that has so long left. */
  deliver(event: Disposition, mishap?: Mishap, leftMs?: number): Promise<Delivered>;
  /** The same, with what the handler returns or throws. */
  handle(event: Disposition, crm?: Crm, leftMs?: number): Promise<unknown>;
}

export function consumerOf(variant: VariantName, client: DynamoDBClient, table: string): Consumer {
  const office: Office = { calls: [] };
  const handlerWith = (crm: Crm) => {
    const options: ConsumerOptions = { crm, client, table, rememberSeconds: REMEMBER_SECONDS };
    return VARIANTS[variant](options) as (event: Disposition, context: Context) => Promise<unknown>;
  };
  const handle: Consumer['handle'] = (event, crm = crmOf(office, 'none'), leftMs = TIME_LEFT) =>
    handlerWith(crm)(event, contextWith(leftMs));
  return {
    office,
    handle,
    deliver: (event, mishap = 'none', leftMs = TIME_LEFT) =>
      new Promise((resolve) => {
        const crm = crmOf(office, mishap, () => resolve('crashed'));
        handle(event, crm, leftMs).then(
          () => resolve('handled'),
          () => resolve('refused'),
        );
      }),
  };
}

function contextWith(leftMs: number): Context {
  return { getRemainingTimeInMillis: () => leftMs } as Context;
}

/** A CRM that keeps its calls in the office. After a crash, nothing of that delivery goes on. */
export function crmOf(office: Office, mishap: Mishap, crash: () => void = () => undefined): Crm {
  const never = () => {
    crash();
    return new Promise<Receipt>(() => undefined);
  };
  return {
    async report(_result, key) {
      if (mishap === 'effectFails') throw new Error('the CRM answered 503');
      if (mishap === 'crashesBefore') return never();
      office.calls.push(key);
      return mishap === 'crashesAfter' ? never() : { reference: `case ${office.calls.length}` };
    },
  };
}
