import test from 'ava';
import { CLIENT, conversation, simulatedGenesys } from '../support/simulated-genesys.ts';

const CODES = '/api/v2/routing/wrapupcodes';

test('a login gives a token that works until expires_in has passed, and no longer', (t) => {
  const { clock, login, call } = simulatedGenesys({ tokenLifeMs: 300_000 });
  const { status, json } = login();
  t.is(status, 200);
  t.like(json, { token_type: 'bearer', expires_in: 300 });
  t.is(call('GET', CODES).status, 200);
  clock.step(299_999);
  t.is(call('GET', CODES).status, 200);
  clock.step(1);
  const late = call('GET', CODES);
  t.is(late.status, 401);
  t.is(late.json.code, 'bad.credentials');
});

test('a token that was revoked is worthless before its time', (t) => {
  const { simulator, call } = simulatedGenesys();
  t.is(call('GET', CODES).status, 200);
  simulator.revokeTokens();
  t.is(call('GET', CODES).json.code, 'bad.credentials');
});

test('an unknown client is a 400 and a wrong secret a 401, both invalid_client', (t) => {
  const { login } = simulatedGenesys();
  const unknown = login('nobody');
  t.deepEqual([unknown.status, unknown.json.error], [400, 'invalid_client']);
  const wrong = login(CLIENT.clientId, 'guess');
  t.deepEqual([wrong.status, wrong.json.error], [401, 'invalid_client']);
});

test('a login is a form that asks for client_credentials, sent by POST', (t) => {
  const { simulator } = simulatedGenesys();
  const authorization = `Basic ${Buffer.from('client:secret').toString('base64')}`;
  const form = 'application/x-www-form-urlencoded';
  const attempt = (method: string, type: string, body: string) =>
    simulator.handle({ method, path: '/oauth/token', headers: { authorization, 'content-type': type }, body }).status;
  t.is(attempt('POST', form, 'grant_type=client_credentials'), 200);
  t.is(attempt('POST', form, 'grant_type=password'), 400);
  t.is(attempt('POST', 'application/json', '{"grant_type":"client_credentials"}'), 400);
  t.is(attempt('GET', form, ''), 405);
});

test('a request without a token is a 401 of its own kind', (t) => {
  const { simulator } = simulatedGenesys();
  const answer = simulator.handle({ method: 'GET', path: CODES, headers: {} });
  t.is(answer.status, 401);
  t.is(JSON.parse(answer.body).code, 'authentication.required');
});

test('every answer bears a correlation id of its own', (t) => {
  const { login, call } = simulatedGenesys();
  const ids = [login(), login('nobody'), call('GET', CODES), call('GET', '/nowhere')].map(
    (answer) => answer.headers['inin-correlation-id'],
  );
  t.is(new Set(ids).size, 4);
  t.true(ids.every(Boolean));
});

test('an unknown path is a 404 and a wrong method a 405', (t) => {
  const { call } = simulatedGenesys();
  t.like(call('GET', '/api/v2/nowhere'), { status: 404, json: { code: 'not.found' } });
  t.is(call('GET', '/api/oauth/token').status, 404);
  t.is(call('PUT', CODES, {}).status, 405);
});

test('the 301st request within a minute is a 429 that says when the next is welcome', (t) => {
  const { clock, call } = simulatedGenesys();
  for (let request = 0; request < 300; request++) {
    t.is(call('GET', CODES).status, 200);
    clock.step(10);
  }
  const refused = call('GET', CODES);
  t.is(refused.status, 429);
  t.is(refused.headers['retry-after'], '57');
  t.like(refused.json, {
    message: 'Rate limit exceeded the maximum. Retry the request in [57] seconds',
    code: 'too.many.requests.retry.after',
    status: 429,
  });
  clock.step(56_999);
  t.is(call('GET', CODES).status, 429);
  clock.step(1);
  t.is(call('GET', CODES).status, 200);
});

test('a permission that is missing is a 403 that names it', (t) => {
  const { query, call } = simulatedGenesys({ deny: ['analytics:conversationDetail:view', 'outbound:eventLog:view'] });
  const refused = query({ interval: '2026-11-20T00:00:00.000Z/2026-11-20T01:00:00.000Z' });
  t.like(refused, { status: 403, json: { code: 'missing.any.permissions' } });
  t.regex(refused.json.message, /\[analytics:conversationDetail:view\]/);
  t.is(call('GET', '/api/v2/analytics/conversations/details/jobs/availability').status, 403);
  t.regex(call('GET', '/api/v2/outbound/events').json.message, /\[outbound:eventLog:view\]/);
  t.is(call('GET', CODES).status, 200);
});

test('a scripted fault befalls the first request it is meant for, and that one only', (t) => {
  const { simulator, call, query, world } = simulatedGenesys();
  world.add([conversation('c1', '2026-11-20T08:00:00.000Z')]);
  simulator.faults.add({
    on: ({ path }) => path.endsWith('/query'),
    answer: { status: 503, headers: { 'retry-after': '7' }, body: '{"code":"service.unavailable"}' },
  });
  const today = { interval: '2026-11-20T00:00:00.000Z/2026-11-20T01:00:00.000Z' };
  t.is(call('GET', CODES).status, 200);
  t.is(simulator.faults.waiting, 1);
  const refused = query(today);
  t.is(refused.status, 503);
  t.is(refused.headers['retry-after'], '7');
  t.is(simulator.faults.waiting, 0);
  t.is(query(today).json.conversations.length, 1);
});

test('trouble on the way is reported to the network, with the answer that would have come', (t) => {
  const { simulator } = simulatedGenesys();
  simulator.faults.add({ trouble: { kind: 'torn' } });
  const answer = simulator.handle({ method: 'GET', path: CODES, headers: {} });
  t.is(answer.status, 401);
  t.deepEqual(answer.trouble, { kind: 'torn' });
});

test('each observer hears of every request and its answer', (t) => {
  const heard: string[] = [];
  const { call } = simulatedGenesys({
    observe: (request, answer) => heard.push(`${request.method} ${request.path} ${answer.status}`),
  });
  call('GET', CODES);
  call('GET', '/api/v2/nowhere?page=1');
  t.deepEqual(heard, ['POST /oauth/token 200', `GET ${CODES} 200`, 'GET /api/v2/nowhere?page=1 404']);
});
