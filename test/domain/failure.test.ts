import test from 'ava';
import { codeOf, Failure, logFieldsOf, messageOf } from '../../src/domain/failure.ts';

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
  const failure = new Failure({ ...DENIED, fields: { requestId: 'r-1' } }, { cause });
  t.deepEqual(failure.fields, { requestId: 'r-1' });
  t.is(failure.cause, cause);
  t.deepEqual(new Failure(DENIED).fields, {});
  t.is(new Failure(DENIED).cause, undefined);
});

test("an operator's failure is reported by its message, its code and its facts, without a stack", (t) => {
  const failure = new Failure({
    code: 'genesys.rejected',
    what: 'Genesys refused the query',
    why: 'bad.request',
    remedy: 'Report it',
    fields: { correlationId: 'abc' },
  });
  t.is(messageOf(failure), 'Genesys refused the query: bad.request. Report it');
  t.is(codeOf(failure), 'genesys.rejected');
  t.deepEqual(logFieldsOf(failure), { code: 'genesys.rejected', correlationId: 'abc' });
});

test('a reason that is a question ends with its own mark', (t) => {
  const text = { code: 'genesys.rejected', what: 'Genesys refused the query', remedy: 'Report it' } as const;
  const failure = new Failure({ ...text, why: 'is the region right?' });
  t.is(failure.message, 'Genesys refused the query: is the region right? Report it');
});

test('any other error is a defect of this program, and is reported with the stack that finds it', (t) => {
  const error = new TypeError('undefined is not a function');
  t.is(messageOf(error), 'undefined is not a function');
  t.is(codeOf(error), 'defect');
  t.deepEqual(logFieldsOf(error), { code: 'defect', stack: error.stack });
});

test('what is thrown without being an error is reported all the same', (t) => {
  t.is(messageOf('a text'), 'a text');
  t.deepEqual(logFieldsOf('a text'), { code: 'defect', stack: undefined });
});
