import test from 'ava';
import { cannotAsk, startDynamoDbLocal } from '../aws/support/dynamodb-local.ts';
import { conform, conformInCrashes } from './crm-conformance.ts';
import { conformInTransactions } from './transaction-conformance.ts';

if (cannotAsk) {
  test.skip(`Amazon's DynamoDB Local is not asked: ${cannotAsk}`, (t) => t.pass());
} else {
  conform(startDynamoDbLocal);
  conformInCrashes();
  conformInTransactions();
}
