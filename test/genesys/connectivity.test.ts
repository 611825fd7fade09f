import test from 'ava';
import type { Failure } from '../../src/domain/failure.ts';
import { connectivity } from '../../src/genesys/connectivity.ts';
import { axiosTransport } from '../../src/genesys/transport.ts';
import { systemClock } from '../../src/lib/system-clock.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { serve } from './support/http-server.ts';
import { answer } from './support/scripted-genesys.ts';

const signal = new AbortController().signal;
const real = { transport: axiosTransport({ requestTimeout: 60_000, env: {} }), env: {}, clock: systemClock, signal };

test('any answer is enough: the way is open, and no credentials went along', async (t) => {
  const heard: string[] = [];
  const { url } = await serve(t, (request, response) => {
    heard.push(`${request.method} ${request.headers.authorization}`);
    response.writeHead(404).end();
  });
  const reached = await connectivity(url, real);
  t.deepEqual(heard, ['GET undefined']);
  t.like(reached, { addresses: ['127.0.0.1'], encrypted: false, status: 404 });
  t.true(Math.abs(reached.clockAhead ?? Number.NaN) <= reached.uncertainty + 1_000);
});

test('an unknown host name is reported as that', async (t) => {
  const failure = await t.throwsAsync<Failure>(connectivity('https://login.genesys.invalid', real));
  t.is(failure.code, 'genesys.unreachable');
  t.regex(failure.summary, /the name login\.genesys\.invalid cannot be resolved \((ENOTFOUND|EAI_AGAIN)\)/);
});

test('a host that is not there is reported as that', async (t) => {
  const failure = await t.throwsAsync<Failure>(connectivity('http://127.0.0.1:9', real));
  t.regex(failure.summary, /127\.0\.0\.1:9 \(ECONNREFUSED\)/);
});

test('what does not speak TLS is reported as that', async (t) => {
  const { port } = await serve(t, (_request, response) => response.end());
  const failure = await t.throwsAsync<Failure>(connectivity(`https://127.0.0.1:${port}`, real));
  t.is(failure.code, 'genesys.unreachable');
  t.regex(failure.summary, /EPROTO|ERR_SSL/);
});

test('behind a proxy the name is the proxy’s to resolve', async (t) => {
  const transport = { send: async () => answer(200, '', { date: 'Fri, 20 Nov 2026 10:00:00 GMT' }) };
  const env = { HTTPS_PROXY: 'http://proxy.invalid:3128' };
  const reached = await connectivity('https://api.genesys.invalid', {
    ...real,
    transport,
    env,
    clock: new ManualClock(),
  });
  t.is(reached.route.proxy, 'proxy.invalid:3128');
  t.like(reached, {
    addresses: undefined,
    encrypted: true,
    status: 200,
    // A Date of 10:00:00 stands for anything from then to 10:00:01.
    clockAhead: -500,
    uncertainty: 500,
  });
});

test('how far the clocks are apart counts from the middle of the exchange', async (t) => {
  const clock = new ManualClock('2026-11-20T10:01:00.000Z');
  const transport = {
    async send() {
      await clock.sleep(2_000);
      return answer(404, '', { date: 'Fri, 20 Nov 2026 10:00:00 GMT' });
    },
  };
  const { clockAhead, uncertainty } = await connectivity('http://localhost', { ...real, transport, clock });
  t.is(clockAhead, 60_500);
  t.is(uncertainty, 1_500);
});

test('an answer without a Date says nothing of the clock', async (t) => {
  const transport = { send: async () => answer(200) };
  t.is((await connectivity('http://localhost', { ...real, transport })).clockAhead, undefined);
});

test('the attempt ends with its signal', async (t) => {
  const reason = new Error('enough');
  const ended = AbortSignal.abort(reason);
  t.is(await t.throwsAsync(connectivity('http://localhost', { ...real, signal: ended })), reason);
});
