import test from 'ava';
import { describe, logFieldsOfProblem, readProblem } from '../../src/genesys/problem.ts';
import { answer } from './support/scripted-genesys.ts';

test("reads the API's form of an error", (t) => {
  const body = { status: 403, code: 'missing.permissions', message: 'You may not.', contextId: 'context-1' };
  const problem = readProblem(answer(403, body, { 'inin-correlation-id': 'correlation-1' }), []);
  t.deepEqual(problem, {
    status: 403,
    code: 'missing.permissions',
    message: 'You may not.',
    correlationId: 'correlation-1',
  });
  t.is(describe(problem), 'HTTP 403 missing.permissions: You may not; correlation ID correlation-1');
  t.deepEqual(logFieldsOfProblem(problem), {
    httpStatus: 403,
    genesysCode: 'missing.permissions',
    genesysMessage: 'You may not.',
    correlationId: 'correlation-1',
  });
});

test("reads the login's form of an error", (t) => {
  const body = { error: 'invalid_client', description: 'not found' };
  t.deepEqual(readProblem(answer(400, body), []), { status: 400, code: 'invalid_client', message: 'not found' });
});

test('the context ID stands in for a correlation ID that is not in the headers', (t) => {
  t.is(readProblem(answer(500, { contextId: 'context-1' }), []).correlationId, 'context-1');
});

test('an answer of any shape is a problem with a status', (t) => {
  for (const body of ['', '<html>Bad Gateway</html>', 'null', '[]', '"text"', '{"code": 5, "message": {"a": 1}}']) {
    const problem = readProblem(answer(502, body), []);
    t.deepEqual(problem, { status: 502 });
    t.is(describe(problem), 'HTTP 502');
    t.deepEqual(logFieldsOfProblem(problem), { httpStatus: 502 });
  }
});

test('a secret that an answer repeats is taken out', (t) => {
  const body = { code: 'bad', message: 'token abcdefgh-1 of abcdefgh-1', contextId: 'abcdefgh-1' };
  const problem = readProblem(answer(400, body, { 'inin-correlation-id': 'x-abcdefgh-1' }), ['', 'abcdefgh-1']);
  t.false(JSON.stringify(problem).includes('abcdefgh-1'));
  t.is(problem.message, 'token [secret] of [secret]');
});

test('words as short as no secret is are left alone', (t) => {
  t.is(readProblem(answer(400, { error: 'invalid_client' }), ['client']).code, 'invalid_client');
});

test('a message is one line of 300 characters at most', (t) => {
  const { message } = readProblem(answer(400, { message: `  one\n\ttwo ${'x'.repeat(1_000)}` }), []);
  t.true(message?.startsWith('one two x'));
  t.is(message?.length, 300);
});
