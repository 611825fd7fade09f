import test from 'ava';
import { Failure } from '../../src/domain/failure.ts';
import { factsOf, messageOf } from '../../src/pipeline/failure-report.ts';

test("an operator's failure is reported by its message, its code and its facts, without a stack", (t) => {
  const failure = new Failure({
    code: 'genesys.rejected',
    what: 'Genesys refused the query',
    why: 'bad.request',
    remedy: 'Report it',
    facts: { correlationId: 'abc' },
  });
  t.is(messageOf(failure), 'Genesys refused the query: bad.request. Report it');
  t.deepEqual(factsOf(failure), { code: 'genesys.rejected', correlationId: 'abc' });
});

test('any other error is a defect of this program, and is reported with the stack that finds it', (t) => {
  const error = new TypeError('undefined is not a function');
  t.is(messageOf(error), 'undefined is not a function');
  t.deepEqual(factsOf(error), { code: 'defect', stack: error.stack });
});

test('what is thrown without being an error is reported all the same', (t) => {
  t.is(messageOf('a text'), 'a text');
  t.deepEqual(factsOf('a text'), { code: 'defect', stack: undefined });
});
