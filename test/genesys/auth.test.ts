import { getEventListeners } from 'node:events';
import test from 'ava';
import { Failure } from '../../src/domain/failure.ts';
import { Login } from '../../src/genesys/auth.ts';
import { TransportError } from '../../src/genesys/transport.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { answer, granted, type Scripted, scriptedGenesys, silence } from './support/scripted-genesys.ts';

const CLIENT_ID = '6f1c2f2e-client-id';
const CLIENT_SECRET = 'pä$$-word-of-the-client';
const BASIC = Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64');

function setUp(login: readonly Scripted[], clock = new ManualClock()) {
  const genesys = scriptedGenesys({ login });
  const log = recordedLog();
  const subject = new Login({
    loginUrl: 'https://login.example',
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    clock,
    log,
    transport: genesys.transport,
  });
  return { login: subject, clock, log, logins: genesys.logins };
}

function anySignal(): AbortSignal {
  return new AbortController().signal;
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof Failure)) throw new Error(`no Failure but ${String(failure)}`);
  return failure;
}

/** Everything that an operator could see. */
function shown(failure: Failure, ...more: readonly unknown[]): string {
  return JSON.stringify([failure.message, failure.fields, failure.remedy, failure.stack, failure.cause, more]);
}

test('logs in with client credentials', async (t) => {
  const { login, logins } = setUp([granted('the-token')]);
  t.is(await login.token(anySignal()), 'the-token');
  t.deepEqual(logins, [
    {
      method: 'POST',
      url: 'https://login.example/oauth/token',
      headers: {
        Authorization: `Basic ${BASIC}`,
        'Content-Type': 'application/x-www-form-urlencoded',
        Accept: 'application/json',
      },
      body: 'grant_type=client_credentials',
    },
  ]);
});

test('one token serves all callers until it is time to renew it', async (t) => {
  const clock = new ManualClock();
  const { login, logins } = setUp([granted('first', 300), granted('second', 300)], clock);
  t.is(await login.token(anySignal()), 'first');
  await clock.advance(269_999);
  t.is(await login.token(anySignal()), 'first');
  t.is(logins.length, 1);
  await clock.advance(1);
  t.is(await login.token(anySignal()), 'second');
  t.is(logins.length, 2);
});

test('the age of a token counts from before the login was sent', async (t) => {
  const clock = new ManualClock();
  const slow = async () => {
    await clock.advance(20_000);
    return granted('slow', 300);
  };
  const { login } = setUp([slow, granted('next')], clock);
  await login.token(anySignal());
  await clock.advance(249_999);
  t.is(await login.token(anySignal()), 'slow');
  await clock.advance(1);
  t.is(await login.token(anySignal()), 'next');
});

test('a token that is due for renewal when it arrives is a failure, and not a reason to log in for ever', async (t) => {
  for (const [life, took, words] of [
    [1, 3_000, 'it lives for 1 s, and the login took 3.0 s'],
    [1, 900, 'it lives for 1 s, and the login took 0.9 s'],
    [20, 25_500, 'it lives for 20 s, and the login took 25.5 s'],
  ] as const) {
    const clock = new ManualClock();
    const { login, logins } = setUp(
      [
        async () => {
          await clock.advance(took);
          return granted('short', life);
        },
      ],
      clock,
    );
    const failure = await failureOf(login.token(anySignal()));
    t.is(failure.code, 'genesys.token');
    t.true(failure.message.includes(words), failure.message);
    t.true(failure.remedy.includes('Token Duration'));
    t.deepEqual(failure.fields, { tokenLifeMs: life * 1_000, loginMs: took });
    t.is(logins.length, 1);
  }
});

test('a wall clock that steps neither renews nor prolongs a token', async (t) => {
  const clock = new ManualClock();
  const { login, logins } = setUp([], clock);
  await login.token(anySignal());
  clock.step(365 * 86_400_000);
  await login.token(anySignal());
  clock.step(-2 * 365 * 86_400_000);
  await login.token(anySignal());
  t.is(logins.length, 1);
});

test('callers at the same time share one login', async (t) => {
  const { login, logins } = setUp([]);
  t.deepEqual(await Promise.all([1, 2, 3].map(() => login.token(anySignal()))), ['token-1', 'token-1', 'token-1']);
  t.is(logins.length, 1);
});

test('callers at the same time share one failure, and the next caller tries again', async (t) => {
  const { login, logins } = setUp([answer(401, { error: 'invalid_client' })]);
  const failures = await Promise.all([1, 2].map(() => failureOf(login.token(anySignal()))));
  t.is(failures[0], failures[1]);
  t.is(await login.token(anySignal()), 'token-2');
  t.is(logins.length, 2);
});

test('a caller that leaves rejects at once with its reason, and leaves the login to the others', async (t) => {
  let finish: (value: ReturnType<typeof granted>) => void = () => {};
  const { login } = setUp([() => new Promise((resolve) => (finish = resolve))]);
  const leaving = new AbortController();
  const left = login.token(leaving.signal);
  const stayed = login.token(anySignal());
  leaving.abort('stop');
  t.is(await left.catch((reason: unknown) => reason), 'stop');
  finish(granted('for-the-other'));
  t.is(await stayed, 'for-the-other');
});

test('when the last caller leaves the login ends, and the next caller begins a new one', async (t) => {
  let ended = false;
  const hang: Scripted = (request, signal) => {
    signal.addEventListener('abort', () => {
      ended = true;
    });
    return silence(request, signal);
  };
  const { login } = setUp([hang, granted('new')]);
  const callers = [new AbortController(), new AbortController()];
  const left = callers.map(({ signal }) => login.token(signal).catch((reason: unknown) => reason));
  callers[0]?.abort('first');
  await Promise.resolve();
  t.false(ended);
  callers[1]?.abort('second');
  t.deepEqual(await Promise.all(left), ['first', 'second']);
  t.true(ended);
  t.is(await login.token(anySignal()), 'new');
});

test('a caller whose signal has aborted before does not log in', async (t) => {
  const { login, logins } = setUp([]);
  await t.throwsAsync(login.token(AbortSignal.abort(new Error('too late'))), { message: 'too late' });
  t.is(logins.length, 0);
});

test('a signal that lives for ever collects no listeners', async (t) => {
  const { login } = setUp([]);
  const signal = anySignal();
  for (let round = 1; round < 5; round++) {
    await login.token(signal);
    t.true(login.invalidate(`token-${round}`));
  }
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('an invalidated token is not used again', async (t) => {
  const { login } = setUp([]);
  await login.token(anySignal());
  t.true(login.invalidate('token-1'));
  t.is(await login.token(anySignal()), 'token-2');
});

test('a token that has long been replaced cannot invalidate its successor', async (t) => {
  const { login, logins } = setUp([]);
  await login.token(anySignal());
  t.false(login.invalidate('token-0'));
  t.is(await login.token(anySignal()), 'token-1');
  t.is(logins.length, 1);
});

test('an unknown client id and a wrong secret are distinguished, and neither is tried again', async (t) => {
  for (const [status, words, remedy] of [
    [400, 'does not know this client id', 'genesys.clientId'],
    [401, 'the client secret is wrong', 'genesys.clientSecret'],
    [403, 'this client may not log in', 'Client Credentials'],
  ] as const) {
    const { login, logins } = setUp([
      answer(status, { error: 'invalid_client', description: 'refused' }, { 'inin-correlation-id': 'corr-1' }),
    ]);
    const failure = await failureOf(login.token(anySignal()));
    t.is(failure.code, 'genesys.credentials');
    t.true(failure.message.includes(words), failure.message);
    t.true(failure.remedy.includes(remedy));
    t.true(failure.message.includes(`HTTP ${status} invalid_client: refused; correlation ID corr-1`));
    t.deepEqual(failure.fields, {
      httpStatus: status,
      genesysCode: 'invalid_client',
      genesysMessage: 'refused',
      correlationId: 'corr-1',
    });
    t.is(logins.length, 1);
  }
});

test('an address that is no login is a rejection, not tried again', async (t) => {
  const { login, logins } = setUp([answer(404, 'Not Found')]);
  const failure = await failureOf(login.token(anySignal()));
  t.is(failure.code, 'genesys.rejected');
  t.regex(failure.remedy, /^Check genesys\.loginUrl,/);
  t.is(logins.length, 1);
});

test('an outage is waited for with growing pauses, then Genesys is unreachable', async (t) => {
  const outage = [
    new TransportError('ECONNREFUSED', 'no complete answer from login.example (ECONNREFUSED)'),
    answer(503),
    answer(500),
    answer(504),
    answer(502, { message: 'bad gateway', contextId: 'context-1' }),
  ];
  const { login, clock, logins } = setUp(outage);
  const failure = await failureOf(login.token(anySignal()));
  t.is(failure.code, 'genesys.unreachable');
  t.true(failure.message.includes('HTTP 502: bad gateway; correlation ID context-1'), failure.message);
  t.is(logins.length, 5);
  // Three quarters of 1, 2, 4, 8 s: the jitter of a clock whose chance is a half.
  t.deepEqual(clock.slept, [750, 1_500, 3_000, 6_000]);
});

test('a connection that stays broken names its code', async (t) => {
  const broken = () => {
    throw new TransportError('ENOTFOUND', 'no complete answer from login.example (ENOTFOUND)');
  };
  const { login } = setUp([broken, broken, broken, broken, broken]);
  const failure = await failureOf(login.token(anySignal()));
  t.is(failure.code, 'genesys.unreachable');
  t.is(failure.fields.error, 'ENOTFOUND');
  t.true(failure.remedy.includes('genesys.region'));
});

test('a short outage goes unnoticed', async (t) => {
  const { login } = setUp([answer(503), new TransportError('ECONNRESET', 'broken'), granted('after-all')]);
  t.is(await login.token(anySignal()), 'after-all');
});

test('a 503 that names a time is not asked again before it', async (t) => {
  const { login, clock } = setUp([answer(503, {}, { 'retry-after': '17' }), granted('after-all')]);
  await login.token(anySignal());
  t.deepEqual(clock.slept, [17_000]);
});

test('an error that is no answer is not taken for an outage', async (t) => {
  const { login, logins } = setUp([new RangeError('a defect')]);
  await t.throwsAsync(login.token(anySignal()), { instanceOf: RangeError });
  t.is(logins.length, 1);
});

test('a 429 waits exactly as long as Retry-After says', async (t) => {
  const { login, clock, log } = setUp([answer(429, {}, { 'retry-after': '59' }), granted('after-all')]);
  t.is(await login.token(anySignal()), 'after-all');
  t.deepEqual(clock.slept, [59_000]);
  t.deepEqual(log.lines, [
    {
      level: 'warn',
      event: 'genesys.throttled',
      msg: 'Genesys throttles the login; waiting 59 s',
      waitMs: 59_000,
      httpStatus: 429,
    },
  ]);
});

test('a 429 that names no time is waited out with growing pauses', async (t) => {
  const { login, clock } = setUp([answer(429), answer(429), granted('after-all')]);
  await login.token(anySignal());
  t.deepEqual(clock.slept, [1_500, 3_000]);
});

test('a login that is throttled again and again gives up', async (t) => {
  const { login, logins } = setUp(Array.from({ length: 9 }, () => answer(429, {}, { 'retry-after': '1' })));
  const failure = await failureOf(login.token(anySignal()));
  t.is(failure.code, 'genesys.throttled');
  t.is(logins.length, 6);
});

test('an answer without a usable token is tried again, then reported as unreadable', async (t) => {
  const useless = [
    answer(200, ''),
    answer(200, '{"access_tok'),
    answer(200, { expires_in: 300 }),
    answer(200, { access_token: 5 }),
    answer(200, { access_token: 'two words\r\nX: y' }),
  ];
  const { login, logins } = setUp(useless);
  const failure = await failureOf(login.token(anySignal()));
  t.is(failure.code, 'genesys.unreachable');
  t.is(logins.length, 5);
  const { login: another } = setUp([answer(200, 'null'), granted('after-all')]);
  t.is(await another.token(anySignal()), 'after-all');
});

test('aborting ends a wait between attempts at once', async (t) => {
  const clock = new ManualClock(0, { autoAdvance: false });
  const { login, logins } = setUp([answer(503)], clock);
  const controller = new AbortController();
  const given = login.token(controller.signal).catch((reason: unknown) => reason);
  await clock.advance(10);
  controller.abort('stop');
  t.is(await given, 'stop');
  await clock.advance(600_000);
  t.is(logins.length, 1);
});

test('no secret is ever shown, even where Genesys repeats it', async (t) => {
  const echo = {
    error: `for ${BASIC}`,
    description: `secret ${CLIENT_SECRET} of ${CLIENT_ID}`,
    contextId: CLIENT_SECRET,
  };
  for (const status of [400, 401, 404, 429, 503]) {
    const { login, log } = setUp(Array.from({ length: 9 }, () => answer(status, echo)));
    const text = shown(await failureOf(login.token(anySignal())), log.lines);
    for (const secret of [BASIC, CLIENT_SECRET, CLIENT_ID]) t.false(text.includes(secret), text);
  }
});
