import { DynamoBackfillRuns } from '../aws/backfill-runs.ts';
import { type AwsClients, createAwsClients } from '../aws/clients.ts';
import { DynamoDedupTable } from '../aws/dedup-store.ts';
import { DynamoOperatorState } from '../aws/operator-state.ts';
import { DynamoPollerState } from '../aws/poller-state.ts';
import { DynamoStateTable } from '../aws/state-store.ts';
import type { Config } from '../config/config.ts';
import type { BackfillRuns } from '../ports/backfill-runs.ts';
import type { Clock } from '../ports/clock.ts';
import type { DedupTable } from '../ports/dedup-store.ts';
import type { OperatorState } from '../ports/operator-state.ts';
import type { PollerState } from '../ports/poller-state.ts';
import type { StateTable } from '../ports/state-store.ts';

/** The tables of one poller, by the ports through which they are used. */
export interface Tables {
  readonly aws: AwsClients;
  readonly state: StateTable;
  readonly operator: OperatorState;
  readonly pollerState: PollerState;
  readonly runs: BackfillRuns;
  readonly published: DedupTable;
}

/** Connects to AWS as this process may. Nothing has been called yet. */
export function openTables({ poller, dynamoDb }: Config, clock: Clock): Tables {
  const aws = createAwsClients();
  const client = aws.dynamoDb;
  const stored = { client, table: dynamoDb.stateTable, poller: poller.name, clock };
  return {
    aws,
    state: new DynamoStateTable(stored),
    operator: new DynamoOperatorState(stored),
    pollerState: new DynamoPollerState(stored),
    runs: new DynamoBackfillRuns(stored),
    published: new DynamoDedupTable({ client, table: dynamoDb.dedupTable, clock }),
  };
}
