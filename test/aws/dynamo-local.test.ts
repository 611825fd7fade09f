import test from 'ava';
import { backfillRuns } from './backfill-conformance.ts';
import { conform } from './dynamo-conformance.ts';
import { operatorState } from './operator-conformance.ts';
import { pollerState } from './poller-state-conformance.ts';
import { cannotAsk, startDynamoDbLocal } from './support/dynamodb-local.ts';

if (cannotAsk) {
  test.skip(`Amazon's DynamoDB Local is not asked: ${cannotAsk}`, (t) => t.pass());
} else {
  conform(startDynamoDbLocal, operatorState, backfillRuns, pollerState);
}
