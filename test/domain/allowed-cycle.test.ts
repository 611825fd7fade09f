import test from 'ava';
import { allowedCycle, allowedReconciliation } from '../../src/domain/allowed-cycle.ts';

const MINUTE = 60_000;

test('a cycle may take as long as the budget makes two queries of 1,000 pages, and ten minutes of waiting', (t) => {
  t.is(allowedCycle(200), 20 * MINUTE);
  t.is(allowedCycle(1), 2_010 * MINUTE);
});

test('a reconciliation may take an hour more for each six hours of its horizon and a day', (t) => {
  t.is(allowedReconciliation(200, 72 * 60 * MINUTE), 20 * MINUTE + 16 * 60 * MINUTE);
  t.is(allowedReconciliation(200, MINUTE), 20 * MINUTE + 5 * 60 * MINUTE);
});
