import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import type { GenesysEvent } from 'genesys-eventbridge-poller/events';
import { type Crm, callResultOf, type Receipt } from './crm.ts';

export interface ConsumerOptions {
  readonly crm: Crm;
  readonly client: DynamoDBClient;
  /** The table of the records: key `id` (S), TTL attribute `expiration`. */
  readonly table: string;
  /** How long a handled event is remembered, seconds. See "How long to remember" in the README. */
  readonly rememberSeconds: number;
}

export type ConsumerHandler = (event: GenesysEvent<'dispositionSet'>, context: Context) => Promise<Receipt>;

/**
 * A Lambda handler that reports each disposition once, by Powertools.
 *
 * - A copy of what is done: nothing happens, and the same receipt is returned.
 * - A copy of what is being done at this moment: throws IdempotencyAlreadyInProgressError; Lambda tries again a minute later.
 * - The CRM fails: the record is removed and the error thrown; Lambda tries again.
 * - The same key with other data: throws IdempotencyValidationError, every time, until the event is in the dead-letter queue. No two
 *   copies differ unless `privacy.phoneNumbers` was changed between them, or someone else writes to the bus.
 * - A crash leaves the record in progress until the time that the function had left is over.
 */
export function createPowertoolsHandler({ crm, client, table, rememberSeconds }: ConsumerOptions): ConsumerHandler {
  const report = (event: GenesysEvent<'dispositionSet'>, _context: Context) =>
    crm.report(callResultOf(event), event.detail.metadata.idempotencyKey);
  return makeIdempotent(report, {
    persistenceStore: new DynamoDBPersistenceLayer({ tableName: table, awsSdkV3Client: client }),
    config: new IdempotencyConfig({
      eventKeyJmesPath: 'detail.metadata.idempotencyKey',
      // The fact. `metadata` and `names` may differ between two copies.
      payloadValidationJmesPath: 'detail.data',
      throwOnNoIdempotencyKey: true,
      expiresAfterSeconds: rememberSeconds,
    }),
    // The default is the function's name: renamed, it would have forgotten everything.
    keyPrefix: 'crm',
  });
}
