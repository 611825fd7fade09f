import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import {
  axiosTransport,
  type HttpRequest,
  MAX_ANSWER_BYTES,
  type Transport,
  TransportError,
} from '../../src/genesys/transport.ts';
import { startGenesys } from '../../src/sandbox/genesys/server.ts';
import { simulatedGenesys } from '../support/simulated-genesys.ts';
import { blanks } from './support/answer-faults.ts';
import { bodyOf, serve, serveTcp } from './support/http-server.ts';

/** Long enough for what is to succeed, milliseconds. */
const SETTINGS = { requestTimeout: 20_000, env: {} };
const HASTY = { requestTimeout: 200, env: {} };

function anySignal(): AbortSignal {
  return new AbortController().signal;
}

function get(url: string): HttpRequest {
  return { method: 'GET', url, headers: {} };
}

async function errorOf(
  transport: Transport,
  request: HttpRequest,
  signal: AbortSignal = anySignal(),
): Promise<TransportError> {
  const error = await transport.send(request, signal).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TransportError)) throw new Error(`no TransportError but ${inspect(error)}`);
  return error;
}

test('sends what it is given and names the product', async (t) => {
  const seen: unknown[] = [];
  const server = await serve(t, async (request, response) => {
    const { method, url, headers } = request;
    seen.push([
      method,
      url,
      headers['user-agent'],
      headers.authorization,
      headers['content-type'],
      await bodyOf(request),
    ]);
    response.end();
  });
  await axiosTransport(SETTINGS).send(
    {
      method: 'POST',
      url: `${server.url}/a?b=%26`,
      headers: { Authorization: 'Bearer x', 'Content-Type': 'application/json' },
      body: '{"ä":1}',
    },
    anySignal(),
  );
  t.deepEqual(seen, [['POST', '/a?b=%26', 'genesys-eventbridge-poller', 'Bearer x', 'application/json', '{"ä":1}']]);
});

test('the beginning of an answer is reported while its body is still to come', async (t) => {
  let finish = () => {};
  const server = await serve(t, (_request, response) => {
    response.write('the beginning');
    finish = () => response.end(', the end');
  });
  const order: string[] = [];
  const sent = axiosTransport(SETTINGS).send(get(server.url), anySignal(), () => {
    order.push('began');
    finish();
  });
  const { body } = await sent;
  order.push('ended');
  t.is(body, 'the beginning, the end');
  t.deepEqual(order, ['began', 'ended']);
});

test('returns every answer, as text, with header names in lower case', async (t) => {
  for (const [status, body] of [
    [200, '{"ä":1}'],
    [204, ''],
    [404, 'gone'],
    [429, '{"a'],
    [503, '<html>'],
  ] as const) {
    const server = await serve(t, (_request, response) => {
      response.writeHead(status, { 'ININ-Correlation-Id': 'corr-1', 'Set-Cookie': ['a=1', 'b=2'] }).end(body);
    });
    const answer = await axiosTransport(SETTINGS).send(get(server.url), anySignal());
    t.is(answer.status, status);
    t.is(answer.body, body);
    t.is(answer.headers['inin-correlation-id'], 'corr-1');
    t.is(typeof answer.headers['set-cookie'], 'string');
  }
});

test('asks for compressed bodies and unpacks them', async (t) => {
  const server = await serve(t, (request, response) => {
    t.regex(String(request.headers['accept-encoding']), /gzip/);
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('long '.repeat(10_000)));
  });
  const answer = await axiosTransport(SETTINGS).send(get(server.url), anySignal());
  t.is(answer.body, 'long '.repeat(10_000));
});

test('a body is cut off at its bound, however small it is on the way, and takes little memory', async (t) => {
  // 2.5 GB of blanks, which gzip makes about 2.5 MB of.
  const { simulator } = simulatedGenesys();
  const genesys = await startGenesys({ simulator });
  t.teardown(() => genesys.close());
  simulator.faults.add(blanks(2_500_000_000, { on: () => true }));
  const before = process.memoryUsage.rss();
  const error = await errorOf(axiosTransport(SETTINGS), get(`${genesys.apiUrl}/api/v2/outbound/events`));
  t.is(error.code, 'tooLarge');
  t.is(error.message, 'it has more than 16 MB');
  const grown = (process.memoryUsage.rss() - before) / 1_048_576;
  t.true(grown < 200, `${grown} MB`);
});

test('a body as large as may be is an answer', async (t) => {
  const server = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(MAX_ANSWER_BYTES, 'x')));
  });
  t.is((await axiosTransport(SETTINGS).send(get(server.url), anySignal())).body.length, MAX_ANSWER_BYTES);
});

test('a body of more objects than the memory holds is too large, however short their text is', async (t) => {
  const bodies = {
    '/dense': '{},'.repeat(1_500_001),
    '/lists': '[]'.repeat(1_500_001),
    '/most': '{},'.repeat(1_500_000),
  };
  const server = await serve(t, ({ url }, response) => void response.end(bodies[url as keyof typeof bodies]));
  for (const path of ['/dense', '/lists']) {
    const error = await errorOf(axiosTransport(SETTINGS), get(`${server.url}${path}`));
    t.is(error.code, 'tooLarge');
    t.is(error.message, 'it holds more than 1500000 objects');
  }
  t.is((await axiosTransport(SETTINGS).send(get(`${server.url}/most`), anySignal())).body.length, 4_500_000);
});

test('a compressed body that is garbled is no answer', async (t) => {
  const server = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('not compressed');
  });
  t.is((await errorOf(axiosTransport(SETTINGS), get(server.url))).code, 'Z_DATA_ERROR');
});

test('keeps its connection for the next request', async (t) => {
  const server = await serve(t, (_request, response) => void response.end('ok'));
  const transport = axiosTransport(SETTINGS);
  for (let round = 0; round < 3; round++) await transport.send(get(server.url), anySignal());
  t.is(server.connections(), 1);
});

test('follows no redirect: none may carry the token elsewhere', async (t) => {
  const elsewhere = await serve(t, (_request, response) => void response.end());
  const server = await serve(t, (_request, response) => {
    response.writeHead(302, { location: elsewhere.url }).end();
  });
  t.is((await axiosTransport(SETTINGS).send(get(server.url), anySignal())).status, 302);
  t.is(elsewhere.connections(), 0);
});

test('a refused connection is named by its code', async (t) => {
  const error = await errorOf(axiosTransport(SETTINGS), get('http://127.0.0.1:1/'));
  t.is(error.code, 'ECONNREFUSED');
  t.is(error.message, 'no complete answer from 127.0.0.1:1 (ECONNREFUSED)');
});

test('a name that does not exist is named by its code', async (t) => {
  const error = await errorOf(axiosTransport(SETTINGS), get('http://genesys.invalid/'));
  t.true(['ENOTFOUND', 'EAI_AGAIN'].includes(error.code), error.code);
});

test('a connection that breaks before the answer or within it is no answer', async (t) => {
  const before = await serve(t, (request) => void request.socket.destroy());
  t.is((await errorOf(axiosTransport(SETTINGS), get(before.url))).code, 'ECONNRESET');
  const within = await serve(t, (request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('{"conversations": [', () => request.socket.destroy());
  });
  t.is((await errorOf(axiosTransport(SETTINGS), get(within.url))).code, 'ECONNRESET');
});

test('what is no HTTP is no answer', async (t) => {
  const server = await serveTcp(t, (socket) => void socket.end('220 smtp.example ESMTP\r\n'));
  t.is((await errorOf(axiosTransport(SETTINGS), get(server.url))).code, 'HPE_INVALID_CONSTANT');
});

test('a server that accepts and says nothing is given up at the deadline, and the connection closed', async (t) => {
  const server = await serveTcp(t, (socket) => void socket.resume());
  const error = await errorOf(axiosTransport(HASTY), get(server.url));
  t.is(error.code, 'deadline');
  t.is(error.message, `no complete answer from 127.0.0.1:${server.port} within 0.2 s`);
  await t.notThrowsAsync(server.idle());
});

test('a body that stops half-way is given up at the deadline, and the connection closed', async (t) => {
  const server = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('{"conversations": [');
  });
  t.is((await errorOf(axiosTransport(HASTY), get(server.url))).code, 'deadline');
  await t.notThrowsAsync(server.idle());
});

test('a body that drips for ever is given up at the deadline, and the connection closed', async (t) => {
  const server = await serve(t, (_request, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write(' '), 10);
    response.on('close', () => clearInterval(drip));
  });
  t.is((await errorOf(axiosTransport(HASTY), get(server.url))).code, 'deadline');
  await t.notThrowsAsync(server.idle());
});

test('a TLS handshake that never ends is given up at the deadline, and the connection closed', async (t) => {
  const server = await serveTcp(t, (socket) => void socket.resume());
  t.is((await errorOf(axiosTransport(HASTY), get(`https://127.0.0.1:${server.port}/`))).code, 'deadline');
  await t.notThrowsAsync(server.idle());
});

test('aborting rejects with the reason itself and closes the connection', async (t) => {
  const controller = new AbortController();
  const server = await serve(t, () => controller.abort('stop'));
  const reason = await axiosTransport(SETTINGS)
    .send(get(server.url), controller.signal)
    .catch((error: unknown) => error);
  t.is(reason, 'stop');
  await t.notThrowsAsync(server.idle());
});

test('aborting within the body does the same', async (t) => {
  const controller = new AbortController();
  const server = await serve(t, (_request, response) => {
    response.writeHead(200).write('{"a":', () => controller.abort('stop'));
  });
  const reason = await axiosTransport(SETTINGS)
    .send(get(server.url), controller.signal)
    .catch((error: unknown) => error);
  t.is(reason, 'stop');
  await t.notThrowsAsync(server.idle());
});

test('under a signal that has aborted nothing is sent', async (t) => {
  const server = await serve(t, (_request, response) => void response.end());
  const reason = await axiosTransport(SETTINGS)
    .send(get(server.url), AbortSignal.abort('too late'))
    .catch((error: unknown) => error);
  t.is(reason, 'too late');
  t.is(server.connections(), 0);
});

test('a signal that lives for ever collects no listeners', async (t) => {
  const server = await serve(t, (request, response) => {
    if (request.url === '/break') request.socket.destroy();
    else response.end();
  });
  const transport = axiosTransport(SETTINGS);
  const { signal } = new AbortController();
  await transport.send(get(server.url), signal);
  await errorOf(transport, get(`${server.url}/break`), signal);
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('an error shows nothing of headers and bodies, however deeply one looks', async (t) => {
  const server = await serve(t, (request, response) => {
    if (request.url === '/break') request.socket.destroy();
    if (request.url === '/tear') {
      response.writeHead(200, { 'content-length': 100, 'x-secret': 'answer-secret' });
      response.write('answer-secret', () => request.socket.destroy());
    }
  });
  for (const path of ['/break', '/tear', '/hang']) {
    const request: HttpRequest = {
      method: 'POST',
      url: `${server.url}${path}`,
      headers: { Authorization: 'Bearer request-secret' },
      body: 'request-secret',
    };
    const error = await errorOf(axiosTransport(HASTY), request);
    const text = inspect(error, { depth: 20, showHidden: true });
    t.false(text.includes('secret'), text);
  }
});

test('a call that has ended leaves no timer of its deadline behind', async (t) => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const server = await serve(t, (_request, response) => void response.end('ok'));
  const transport = axiosTransport({ requestTimeout: 3_600_000, env: {} });
  const before = timers();
  for (let calls = 0; calls < 20; calls++) await transport.send(get(server.url), anySignal());
  // The library and the server have a few of their own.
  t.true(timers() - before < 10, `${before}, then ${timers()}`);
});
