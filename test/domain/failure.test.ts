import test from 'ava';
import { Failure } from '../../src/domain/failure.ts';

const DENIED = {
  code: 'bus.denied',
  what: 'cannot publish on genesys-outbound-events',
  why: 'AWS denies events:PutEvents',
  remedy: 'Allow it in the policy of the role.',
} as const;

test('a failure says what happened, why, and what to do next', (t) => {
  const failure = new Failure(DENIED);
  t.true(failure instanceof Error);
  t.is(failure.name, 'Failure');
  t.is(
    failure.message,
    'cannot publish on genesys-outbound-events: AWS denies events:PutEvents. Allow it in the policy of the role.',
  );
  t.is(failure.summary, 'cannot publish on genesys-outbound-events: AWS denies events:PutEvents');
  t.is(failure.code, 'bus.denied');
  t.is(failure.remedy, 'Allow it in the policy of the role.');
});

test('a failure carries the facts and the cause it was given, and otherwise none', (t) => {
  const cause = new Error('socket hang up');
  const failure = new Failure({ ...DENIED, facts: { requestId: 'r-1' } }, { cause });
  t.deepEqual(failure.facts, { requestId: 'r-1' });
  t.is(failure.cause, cause);
  t.deepEqual(new Failure(DENIED).facts, {});
  t.is(new Failure(DENIED).cause, undefined);
});
