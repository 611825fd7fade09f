import { getEventListeners } from 'node:events';
import test from 'ava';
import { Failure } from '../../src/domain/failure.ts';
import { createGenesysClient, type GenesysRequest } from '../../src/genesys/client.ts';
import { TransportError } from '../../src/genesys/transport.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { testContext } from '../support/request-context.ts';
import { answer, granted, refused, type Scripted, scriptedGenesys, silence } from './support/scripted-genesys.ts';

const CLIENT_SECRET = 'secret-of-the-client';
const GET: GenesysRequest = { method: 'GET', path: '/api/v2/things' };
const BUSY = answer(503, 'Service Unavailable');

function setUp(
  api: readonly Scripted[],
  options: { login?: readonly Scripted[]; requestsPerMinute?: number; clock?: ManualClock; apiUrl?: string } = {},
) {
  const { login = [], requestsPerMinute = 240, clock = new ManualClock(), apiUrl = 'https://api.example' } = options;
  const genesys = scriptedGenesys({ api, login });
  const log = recordedLog();
  const client = createGenesysClient({
    loginUrl: 'https://login.example',
    apiUrl,
    clientId: 'id-of-the-client',
    clientSecret: CLIENT_SECRET,
    requestsPerMinute,
    clock,
    log,
    transport: genesys.transport,
  });
  return { client, clock, log, ...genesys };
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof Failure)) throw new Error(`no Failure but ${String(failure)}`);
  return failure;
}

test('sends JSON with the token, and parses the answer', async (t) => {
  const { client, requests } = setUp([answer(200, { a: 1 })]);
  const context = testContext();
  t.deepEqual(await client.request({ method: 'POST', path: '/api/v2/things', body: { b: 2 } }, context), { a: 1 });
  t.deepEqual(requests, [
    {
      method: 'POST',
      url: 'https://api.example/api/v2/things',
      headers: {
        Authorization: 'Bearer token-1',
        Accept: 'application/json',
        'Content-Type': 'application/json',
      },
      body: '{"b":2}',
    },
  ]);
});

test('writes the query, leaves out what is undefined, and keeps the path of a gateway', async (t) => {
  const { client, requests } = setUp([answer(200)], { apiUrl: 'https://gateway.example/genesys' });
  await client.request({ ...GET, query: { pageNumber: 2, name: 'ä&b', cursor: undefined } }, testContext());
  t.is(requests[0]?.url, 'https://gateway.example/genesys/api/v2/things?pageNumber=2&name=%C3%A4%26b');
  t.is(requests[0]?.body, undefined);
});

test('an answer without content is undefined', async (t) => {
  const { client } = setUp([answer(204, '')]);
  t.is(await client.request({ method: 'DELETE', path: '/api/v2/things/1' }, testContext()), undefined);
});

test('one login serves all requests', async (t) => {
  const { client, logins } = setUp([answer(200), answer(200)]);
  await Promise.all([client.request(GET, testContext()), client.request(GET, testContext())]);
  t.is(logins.length, 1);
});

test('each request on the wire is counted, and no login', async (t) => {
  const { client } = setUp([BUSY, refused(401, 'bad.credentials', 'no'), BUSY, answer(200)]);
  const context = testContext();
  await client.request(GET, context);
  t.is(context.counts.genesysRequests, 4);
  t.is(context.counts.genesysThrottled, 0);
});

test('what may pass is tried again with growing pauses', async (t) => {
  for (const passing of [
    answer(408),
    answer(500),
    answer(502),
    BUSY,
    answer(504),
    new TransportError('ECONNRESET', 'broken'),
    new TransportError('deadline', 'too slow'),
    answer(200, '{"conversations": [{"conv'),
    answer(200, ''),
    answer(200, '<html>Please sign in</html>'),
  ]) {
    const { client, clock } = setUp([passing, passing, answer(200, { a: 1 })]);
    t.deepEqual(await client.request(GET, testContext()), { a: 1 });
    t.deepEqual(clock.slept, [750, 1_500]);
  }
});

test('after five attempts Genesys is unreachable, with all that is known about it', async (t) => {
  const last = refused(503, 'service.unavailable', 'Down for now.', { 'inin-correlation-id': 'corr-5' });
  const { client, clock, requests } = setUp([BUSY, BUSY, BUSY, BUSY, last]);
  const failure = await failureOf(client.request(GET, testContext()));
  t.is(failure.code, 'genesys.unreachable');
  t.true(failure.message.includes('HTTP 503 service.unavailable: Down for now; correlation ID corr-5'));
  t.deepEqual(failure.fields, {
    request: 'GET /api/v2/things',
    httpStatus: 503,
    genesysCode: 'service.unavailable',
    genesysMessage: 'Down for now.',
    correlationId: 'corr-5',
  });
  t.is(requests.length, 5);
  t.deepEqual(clock.slept, [750, 1_500, 3_000, 6_000]);
});

test('a connection that stays broken is unreachable, and says how to look further', async (t) => {
  for (const [code, hint] of [
    ['ECONNREFUSED', 'the network path'],
    ['ENOTFOUND', 'genesys.region'],
    ['proxy', 'the network path'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'NODE_EXTRA_CA_CERTS'],
  ] as const) {
    const { client } = setUp(Array.from({ length: 5 }, () => new TransportError(code, `broken: ${code}`)));
    const failure = await failureOf(client.request(GET, testContext()));
    t.is(failure.code, 'genesys.unreachable');
    t.deepEqual(failure.fields, { request: 'GET /api/v2/things', error: code });
    t.true(failure.message.includes(`broken: ${code}`));
    t.true(failure.remedy.includes(hint));
  }
});

test('a body that stays torn is unreachable, with its correlation ID', async (t) => {
  const torn = answer(200, '{"a":', { 'inin-correlation-id': 'corr-1' });
  const { client } = setUp([torn, torn, torn, torn, torn]);
  const failure = await failureOf(client.request(GET, testContext()));
  t.is(failure.code, 'genesys.unreachable');
  t.true(failure.message.includes('corr-1'));
  t.is(failure.fields.correlationId, 'corr-1');
});

test('a 503 that names a time is not asked again before it, and the wait is logged with its length', async (t) => {
  const busy = refused(503, 'service.unavailable', 'Down.', { 'retry-after': '17' });
  const { client, clock, log } = setUp([busy, answer(200)]);
  await client.request(GET, testContext());
  t.deepEqual(clock.slept, [17_000]);
  t.deepEqual(log.lines, [
    {
      level: 'warn',
      event: 'genesys.waiting',
      msg: 'Genesys could not carry out GET /api/v2/things: HTTP 503 service.unavailable: Down; correlation ID context-of-service.unavailable. Genesys asks to come back later: tried again in 17 s',
      waitMs: 17_000,
      code: 'genesys.unreachable',
      request: 'GET /api/v2/things',
      httpStatus: 503,
      genesysCode: 'service.unavailable',
      genesysMessage: 'Down.',
      correlationId: 'context-of-service.unavailable',
    },
  ]);
});

test('a wait of a few seconds is not logged, nor one that is not waited for', async (t) => {
  const { client, log } = setUp([answer(503, {}, { 'retry-after': '5' }), answer(200)]);
  await client.request(GET, testContext());
  const last = answer(503, {}, { 'retry-after': '17' });
  const other = setUp([BUSY, BUSY, BUSY, BUSY, last]);
  t.is((await failureOf(other.client.request(GET, testContext()))).code, 'genesys.unreachable');
  t.deepEqual([...log.lines, ...other.log.lines], []);
});

test('requests that are asked to wait at the same time say so once; a longer wait is said again', async (t) => {
  const clock = new ManualClock(0, { autoAdvance: false });
  const busy = (seconds: string) => answer(503, {}, { 'retry-after': seconds });
  const script = [busy('30'), busy('30'), busy('33'), busy('60'), ...Array.from({ length: 4 }, () => answer(200))];
  const { client, log } = setUp(script, { clock });
  const all = Promise.all([1, 2, 3, 4].map(() => client.request(GET, testContext())));
  await clock.advance(60_000);
  await all;
  t.deepEqual(
    log.lines.map(({ event, waitMs }) => [event, waitMs]),
    [
      ['genesys.waiting', 30_000],
      ['genesys.waiting', 60_000],
    ],
  );
});

test('a Retry-After without end is waited for ten minutes, once, and then the request fails', async (t) => {
  for (const [status, code, event] of [
    [503, 'genesys.unreachable', 'genesys.waiting'],
    [429, 'genesys.throttled', 'genesys.throttled'],
  ] as const) {
    const forEver = answer(status, {}, { 'retry-after': '1000000000' });
    const { client, clock, log, requests } = setUp([forEver, forEver]);
    const failure = await failureOf(client.request(GET, testContext()));
    t.is(failure.code, code);
    t.is(requests.length, 2);
    t.deepEqual(clock.slept, [600_000]);
    t.deepEqual(
      log.lines.map((line) => [line.event, line.waitMs]),
      [[event, 600_000]],
    );
  }
});

test('the same holds for the login', async (t) => {
  for (const [status, code, event] of [
    [503, 'genesys.unreachable', 'genesys.waiting'],
    [429, 'genesys.throttled', 'genesys.throttled'],
  ] as const) {
    const forEver = answer(status, {}, { 'retry-after': '1000000000' });
    const { client, clock, log, logins } = setUp([], { login: [forEver, forEver] });
    const failure = await failureOf(client.request(GET, testContext()));
    t.is(failure.code, code);
    t.is(logins.length, 2);
    t.deepEqual(clock.slept, [600_000]);
    t.deepEqual(
      log.lines.map((line) => [line.event, line.waitMs]),
      [[event, 600_000]],
    );
  }
});

test('a pause that becomes much longer is logged again', async (t) => {
  const clock = new ManualClock(0, { autoAdvance: false });
  const throttle = (seconds: string) => answer(429, {}, { 'retry-after': seconds });
  const script = [throttle('6'), throttle('7'), throttle('300'), ...Array.from({ length: 3 }, () => answer(200))];
  const { client, log } = setUp(script, { clock });
  const all = Promise.all([1, 2, 3].map(() => client.request(GET, testContext())));
  await clock.advance(300_000);
  await all;
  t.deepEqual(
    log.lines.map(({ waitMs }) => waitMs),
    [6_000, 300_000],
  );
});

test('a look-up of names that is throttled holds up no event', async (t) => {
  const clock = new ManualClock(0, { autoAdvance: false });
  const sentAt: string[] = [];
  const noted =
    (name: string, response: ReturnType<typeof answer>): Scripted =>
    () => {
      sentAt.push(`${name}@${clock.monotonic()}`);
      return response;
    };
  const { client, log } = setUp(
    [
      noted('names', answer(429, {}, { 'retry-after': '59' })),
      noted('event', answer(200)),
      noted('names', answer(200)),
    ],
    { clock },
  );
  const names = client.request({ ...GET, purpose: 'names' }, testContext());
  await clock.advance(1_000);
  await client.request(GET, testContext());
  await clock.advance(58_000);
  await names;
  t.deepEqual(sentAt, ['names@0', 'event@1000', 'names@59000']);
  t.is(log.lines[0]?.msg, 'Genesys throttles; no look-up of names for 59 s');
});

test('a token that ends before it can be used is a failure, after one login', async (t) => {
  const clock = new ManualClock();
  const slow: Scripted = async () => {
    await clock.sleep(3_000);
    return granted('short', 1);
  };
  const { client, requests, logins } = setUp([answer(200)], {
    clock,
    login: [slow, granted('long')],
    requestsPerMinute: 1,
  });
  t.is((await failureOf(client.request(GET, testContext()))).code, 'genesys.token');
  t.deepEqual([requests.length, logins.length], [0, 1]);
  // What was not sent has cost nothing of the budget.
  await client.request(GET, testContext());
  t.is(clock.monotonic(), 3_000);
});

test('a permit of the budget is free 60 seconds after the answer began, not after it ended', async (t) => {
  const clock = new ManualClock(0, { autoAdvance: false });
  const sentAt: number[] = [];
  const slowBody: Scripted = async (_request, signal, onAnswer) => {
    sentAt.push(clock.monotonic());
    await clock.sleep(1_000, signal);
    onAnswer?.();
    await clock.sleep(20_000, signal);
    return answer(200);
  };
  const { client } = setUp([slowBody, slowBody], { clock, requestsPerMinute: 1 });
  const both = Promise.all([client.request(GET, testContext()), client.request(GET, testContext())]);
  await clock.advance(100_000);
  await both;
  t.deepEqual(sentAt, [0, 61_000]);
});

test('one of several permissions is enough, and all of them are named where none is there', async (t) => {
  const { client } = setUp([refused(403, 'missing.any.permissions', 'No.')]);
  const failure = await failureOf(client.request({ ...GET, permission: ['a:view', 'b:view'] }, testContext()));
  t.true(failure.message.includes('it needs one of the permissions a:view, b:view (HTTP 403'));
  t.true(failure.remedy.includes('one of the permissions a:view, b:view'));
  t.is(failure.fields.permission, 'a:view, b:view');
});

test('what was understood and refused is not tried again', async (t) => {
  for (const status of [302, 400, 404, 405, 409, 413, 501]) {
    const { client, requests } = setUp([refused(status, 'bad.request', 'No.')]);
    const failure = await failureOf(client.request(GET, testContext()));
    t.is(failure.code, 'genesys.rejected');
    t.true(failure.message.includes(`HTTP ${status} bad.request: No; correlation ID context-of-bad.request`));
    t.is(failure.fields.genesysCode, 'bad.request');
    t.is(requests.length, 1);
  }
});

test('a defect is neither retried nor dressed up', async (t) => {
  const { client, requests } = setUp([new RangeError('a defect')]);
  await t.throwsAsync(client.request(GET, testContext()), { instanceOf: RangeError });
  t.is(requests.length, 1);
});

test('paging past the limit is distinguished from other refusals', async (t) => {
  const { client } = setUp([refused(400, 'bad.request', 'Pagination may not exceed 100000 results')]);
  t.is((await failureOf(client.request(GET, testContext()))).code, 'genesys.tooManyResults');
});

test('a missing permission is named, and not tried again', async (t) => {
  const { client, requests } = setUp([refused(403, 'missing.permissions', 'You must have it.')]);
  const failure = await failureOf(
    client.request({ ...GET, permission: 'analytics:conversationDetail:view' }, testContext()),
  );
  t.is(failure.code, 'genesys.permission');
  t.true(failure.message.includes('it needs the permission analytics:conversationDetail:view (HTTP 403'));
  t.true(failure.remedy.includes('analytics:conversationDetail:view'));
  t.is(failure.fields.permission, 'analytics:conversationDetail:view');
  t.is(failure.fields.correlationId, 'context-of-missing.permissions');
  t.is(requests.length, 1);
});

test('a missing permission that the caller does not name is named by Genesys', async (t) => {
  const { client } = setUp([refused(403, 'missing.permissions', 'You need routing:wrapupCode:view.')]);
  const failure = await failureOf(client.request(GET, testContext()));
  t.true(failure.message.includes('routing:wrapupCode:view'));
  t.false('permission' in failure.fields);
});

test('a 401 logs in again, once, and the request goes on', async (t) => {
  const { client, requests, logins, log, clock } = setUp([
    refused(401, 'bad.credentials', 'Expired.', { 'inin-correlation-id': 'corr-1' }),
    answer(200, { a: 1 }),
  ]);
  t.deepEqual(await client.request(GET, testContext()), { a: 1 });
  t.is(logins.length, 2);
  t.deepEqual(
    requests.map(({ headers }) => headers.Authorization),
    ['Bearer token-1', 'Bearer token-2'],
  );
  t.deepEqual(clock.slept, []);
  t.deepEqual(
    log.lines.map(({ level, event, correlationId }) => [level, event, correlationId]),
    [['info', 'genesys.reauthenticated', 'corr-1']],
  );
});

test('a second 401 means the credentials, whatever came between', async (t) => {
  const expired = refused(401, 'bad.credentials', 'No.');
  const { client, requests, logins } = setUp([expired, BUSY, expired]);
  const failure = await failureOf(client.request(GET, testContext()));
  t.is(failure.code, 'genesys.credentials');
  t.is(failure.fields.httpStatus, 401);
  t.is(requests.length, 3);
  t.is(logins.length, 2);
});

test('many requests that meet the same 401 log in once, and say so once', async (t) => {
  let arrived = 0;
  let allArrived = () => {};
  const all = new Promise<void>((resolve) => {
    allArrived = resolve;
  });
  const api: Scripted = async ({ headers }) => {
    if (headers.Authorization !== 'Bearer token-1') return answer(200);
    arrived++;
    if (arrived === 3) allArrived();
    await all;
    return refused(401, 'bad.credentials', 'No.');
  };
  const { client, logins, log } = setUp([api, api, api, api, api, api]);
  await Promise.all([1, 2, 3].map(() => client.request(GET, testContext())));
  t.is(logins.length, 2);
  t.is(log.lines.length, 1);
});

test('wrong credentials end a request at once', async (t) => {
  const { client, requests, logins } = setUp([], { login: [answer(401, { error: 'invalid_client' })] });
  const context = testContext();
  t.is((await failureOf(client.request(GET, context))).code, 'genesys.credentials');
  t.is(requests.length, 0);
  t.is(logins.length, 1);
  t.is(context.counts.genesysRequests, 0);
});

test('a 429 waits exactly as long as Retry-After says', async (t) => {
  const throttle = refused(429, 'too.many.requests', 'Slow down.', { 'retry-after': '59' });
  const { client, clock, log } = setUp([throttle, answer(200, { a: 1 })]);
  const context = testContext();
  t.deepEqual(await client.request(GET, context), { a: 1 });
  t.deepEqual(clock.slept, [59_000]);
  t.is(context.counts.genesysThrottled, 1);
  t.deepEqual(log.lines, [
    {
      level: 'warn',
      event: 'genesys.throttled',
      msg: 'Genesys throttles; no request for 59 s',
      waitMs: 59_000,
      request: 'GET /api/v2/things',
      httpStatus: 429,
      genesysCode: 'too.many.requests',
      genesysMessage: 'Slow down.',
      correlationId: 'context-of-too.many.requests',
    },
  ]);
});

test("a 429 without the header waits as long as Genesys's message says", async (t) => {
  const message = 'Rate limit exceeded the maximum. Retry the request in [42] seconds';
  const { client, clock } = setUp([refused(429, 'too.many.requests.retry.after', message), answer(200)]);
  await client.request(GET, testContext());
  t.deepEqual(clock.slept, [42_000]);
});

test('a 429 that names no time is waited out with growing pauses', async (t) => {
  const { client, clock } = setUp([answer(429), answer(429), answer(200)]);
  await client.request(GET, testContext());
  t.deepEqual(clock.slept, [1_500, 3_000]);
});

test('a 429 makes all requests wait, and is logged once', async (t) => {
  const clock = new ManualClock(0, { autoAdvance: false });
  const sentAt: number[] = [];
  const at =
    (response: ReturnType<typeof answer>): Scripted =>
    () => {
      sentAt.push(clock.monotonic());
      return response;
    };
  const throttle = at(answer(429, {}, { 'retry-after': '30' }));
  const { client, log } = setUp([throttle, throttle, at(answer(200)), at(answer(200)), at(answer(200))], { clock });
  const first = [client.request(GET, testContext()), client.request(GET, testContext())];
  await clock.advance(10_000);
  const late = client.request(GET, testContext());
  await clock.advance(20_000);
  await Promise.all([...first, late]);
  t.deepEqual(sentAt, [0, 0, 30_000, 30_000, 30_000]);
  t.is(log.lines.length, 1);
});

test('being throttled uses up no attempt, but has an end of its own', async (t) => {
  const throttle = answer(429, {}, { 'retry-after': '1' });
  const throttled = setUp([
    BUSY,
    BUSY,
    BUSY,
    BUSY,
    ...Array.from({ length: 10 }, () => throttle),
    answer(200, { a: 1 }),
  ]);
  t.deepEqual(await throttled.client.request(GET, testContext()), { a: 1 });

  const hopeless = setUp(Array.from({ length: 11 }, () => throttle));
  const context = testContext();
  const failure = await failureOf(hopeless.client.request(GET, context));
  t.is(failure.code, 'genesys.throttled');
  t.true(failure.remedy.includes('genesys.requestsPerMinute'));
  t.is(context.counts.genesysThrottled, 11);
});

test('never more requests than the budget in a minute, attempts that fail included', async (t) => {
  const clock = new ManualClock();
  const sentAt: number[] = [];
  const busyOnce: Scripted[] = Array.from({ length: 24 }, (_, index) => () => {
    sentAt.push(clock.monotonic());
    return index % 2 === 0 ? BUSY : answer(200);
  });
  const { client } = setUp(busyOnce, { clock, requestsPerMinute: 5 });
  for (let round = 0; round < 12; round++) await client.request(GET, testContext());
  t.is(sentAt.length, 24);
  for (const [index, time] of sentAt.entries()) t.true((sentAt[index + 5] ?? time + 60_000) - time >= 60_000);
});

test('a slow login does not make requests catch up with the budget they have missed', async (t) => {
  const clock = new ManualClock(0, { autoAdvance: false });
  const slow: Scripted = async () => {
    await clock.sleep(59_000);
    return granted('late');
  };
  const sentAt: number[] = [];
  const noted: Scripted = () => {
    sentAt.push(clock.monotonic());
    return answer(200);
  };
  const { client } = setUp([noted, noted, noted, noted], { clock, login: [slow], requestsPerMinute: 2 });
  const all = Promise.all([1, 2, 3, 4].map(() => client.request(GET, testContext())));
  await clock.advance(180_000);
  await all;
  t.deepEqual(sentAt, [59_000, 59_000, 119_000, 119_000]);
});

test('a token that ends while the request waits for the budget is not sent', async (t) => {
  const clock = new ManualClock();
  const { client, requests } = setUp([answer(200), answer(200)], {
    clock,
    login: [granted('short', 30), granted('next', 300)],
    requestsPerMinute: 1,
  });
  await client.request(GET, testContext());
  await client.request(GET, testContext());
  t.deepEqual(
    requests.map(({ headers }) => headers.Authorization),
    ['Bearer short', 'Bearer next'],
  );
});

test('aborting rejects with the reason, wherever the request is', async (t) => {
  const places: Record<string, Parameters<typeof setUp>> = {
    'in the login': [[], { login: [silence] }],
    'on the wire': [[silence]],
    'between attempts': [[BUSY]],
    'in a pause': [[answer(429, {}, { 'retry-after': '59' })]],
    'logging in again': [[answer(401)], { login: [granted('first'), silence] }],
  };
  for (const [place, [api, options]] of Object.entries(places)) {
    const clock = new ManualClock(0, { autoAdvance: false });
    const { client } = setUp(api, { ...options, clock });
    const controller = new AbortController();
    const given = client.request(GET, testContext(controller.signal)).catch((reason: unknown) => reason);
    await clock.advance(100);
    const reason = { place };
    controller.abort(reason);
    t.is(await given, reason, place);
    t.is(clock.monotonic(), 100, place);
  }
});

test('aborting rejects with the reason while waiting for the budget', async (t) => {
  const clock = new ManualClock(0, { autoAdvance: false });
  const { client, requests } = setUp([answer(200)], { clock, requestsPerMinute: 1 });
  await client.request(GET, testContext());
  const controller = new AbortController();
  const given = client.request(GET, testContext(controller.signal)).catch((reason: unknown) => reason);
  await clock.advance(100);
  controller.abort('stop');
  t.is(await given, 'stop');
  t.is(requests.length, 1);
});

test('under a signal that has aborted nothing is sent', async (t) => {
  const { client, requests, logins } = setUp([]);
  const reason = await client.request(GET, testContext(AbortSignal.abort('too late'))).catch((error: unknown) => error);
  t.is(reason, 'too late');
  t.is(requests.length + logins.length, 0);
});

test('a signal that lives for ever collects no listeners', async (t) => {
  const { client } = setUp([BUSY, answer(429), answer(401), answer(200), answer(404)]);
  const { signal } = new AbortController();
  await client.request(GET, testContext(signal));
  await failureOf(client.request(GET, testContext(signal)));
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('no secret and no token is ever shown, even where Genesys repeats it', async (t) => {
  const token = 'a-token-that-nobody-may-see';
  const body = { code: token, message: `${token} by ${CLIENT_SECRET}`, contextId: token };
  for (const status of [302, 400, 401, 403, 404, 429, 503]) {
    const echo = answer(status, body, { 'inin-correlation-id': token, 'retry-after': '1' });
    const { client, log } = setUp(
      Array.from({ length: 11 }, () => echo),
      { login: Array.from({ length: 3 }, () => granted(token)) },
    );
    const failure = await failureOf(client.request(GET, testContext()));
    const text = JSON.stringify([failure.message, failure.fields, failure.stack, failure.cause, log.lines]);
    t.false(text.includes(token), text);
    t.false(text.includes(CLIENT_SECRET), text);
  }
});

test('the client knows how long recent answers took, without the wait for the budget', async (t) => {
  const clock = new ManualClock();
  const after =
    (ms: number): Scripted =>
    async (_request, signal) => {
      await clock.sleep(ms, signal);
      return answer(200, {});
    };
  const { client } = setUp([after(1_000), after(1_000), after(2_000)], { requestsPerMinute: 1, clock });
  t.is(client.answerTime(), 0);
  await client.request(GET, testContext());
  t.is(client.answerTime(), 1_000);
  await client.request(GET, testContext());
  t.is(client.answerTime(), 1_000);
  await client.request(GET, testContext());
  t.is(client.answerTime(), 1_200);
  t.true(clock.monotonic() >= 120_000);
});

test('idle beside clocks that differ, it asks once a minute what time it is, and hears that they agree again', async (t) => {
  const clock = new ManualClock('2026-11-20T11:00:00.000Z');
  const dated = (date: string) => ({ ...answer(404, {}), headers: { date } });
  const login = { ...granted('token-1'), headers: { date: 'Fri, 20 Nov 2026 10:00:00 GMT' } };
  const api = [new TransportError('ECONNRESET', 'the connection broke'), dated('Fri, 20 Nov 2026 11:02:00 GMT')];
  const { client, requests, log } = setUp(api, { login: [login], clock });
  const context = testContext();
  t.is(await client.now(context), Date.parse('2026-11-20T10:00:00.000Z'));
  await client.now(context);
  t.is(requests.length, 0);
  clock.pause(60_000);
  t.is(await client.now(context), Date.parse('2026-11-20T10:01:00.000Z'));
  clock.pause(60_000);
  t.is(await client.now(context), Date.parse('2026-11-20T11:02:00.000Z'));
  clock.pause(3_600_000);
  await client.now(context);
  t.deepEqual(
    requests.map(({ method, url, headers }) => [method, url, headers]),
    Array(2).fill(['GET', 'https://api.example', {}]),
  );
  t.is(context.counts.genesysRequests, 0);
  t.deepEqual(
    log.lines.map(({ event, level }) => [event, level]),
    [
      ['clock.skewed', 'warn'],
      ['clock.skewed', 'info'],
    ],
  );
});

test('a stop ends the request for the time, and what is no trouble of the network is passed on', async (t) => {
  const clock = new ManualClock('2026-11-20T11:00:00.000Z');
  const login = { ...granted('token-1'), headers: { date: 'Fri, 20 Nov 2026 10:00:00 GMT' } };
  const stop = new AbortController();
  const stopped: Scripted = (request, signal) => {
    stop.abort(new Error('stopped'));
    return silence(request, signal);
  };
  const { client } = setUp([stopped, new RangeError('a defect')], { login: [login], clock });
  await client.now(testContext());
  clock.pause(60_000);
  await t.throwsAsync(client.now(testContext(stop.signal)), { message: 'stopped' });
  await t.throwsAsync(client.now(testContext()), { instanceOf: RangeError });
});
