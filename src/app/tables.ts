import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type AwsClients, createAwsClients } from '../aws/clients.ts';
import { DynamoDedupStore } from '../aws/dedup-store.ts';
import { DynamoStateStore } from '../aws/state-store.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../ports/clock.ts';
import type { DedupStore } from '../ports/dedup-store.ts';
import type { StateStore } from '../ports/state-store.ts';

/** The tables of one poller, by the ports through which they are used. */
export interface Tables {
  readonly aws: AwsClients;
  readonly state: StateStore;
  readonly dedup: DedupStore;
}

/** Connects to AWS as this process may. Nothing has been called yet. */
export function openTables({ poller, dynamoDb }: Config, clock: Clock): Tables {
  const aws = createAwsClients();
  const client = aws.dynamoDb;
  return {
    aws,
    state: new DynamoStateStore({ client, table: dynamoDb.stateTable, poller: poller.name, clock }),
    dedup: new DynamoDedupStore({ client, table: dynamoDb.dedupTable, clock }),
  };
}

/**
 * Names this process among all that may hold a lease. The random part distinguishes two processes that have
 * the same ID in two containers of one host name. What polls has no prefix.
 */
export function holderId(prefix?: 'operator'): string {
  const name = `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`;
  return prefix === undefined ? name : `${prefix}:${name}`;
}
