import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { axiosTransport, type HttpRequest, TransportError } from '../../src/genesys/transport.ts';
import { type LocalServer, listen, serveTcp } from './support/http-server.ts';
import { selfSigned } from './support/self-signed.ts';

// The servers here certify themselves; that the name is resolved by the proxy alone is part of what is
// tested.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';

const HOST = 'api.genesys.example';
const certificate = selfSigned(HOST);

function get(url: string): HttpRequest {
  return { method: 'GET', url, headers: { Authorization: 'Bearer token-secret' } };
}

function anySignal(): AbortSignal {
  return new AbortController().signal;
}

/** A proxy that leads every tunnel to `target`, or answers CONNECT otherwise. */
async function serveProxy(t: ExecutionContext, target: LocalServer, refusal?: string) {
  const connects: IncomingMessage[] = [];
  const server = createServer((_request, response) => void response.writeHead(405).end());
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    connects.push(request);
    if (refusal !== undefined) {
      socket.end(refusal);
      return;
    }
    const onward = connect(target.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
    socket.on('close', () => onward.destroy());
  });
  return { ...(await listen(t, server)), connects };
}

async function serveGenesys(t: ExecutionContext) {
  return listen(
    t,
    createTlsServer({ ...certificate, keepAliveTimeout: 60_000 }, (_request, response) => void response.end('through')),
  );
}

async function errorThrough(proxy: { url: string }, requestTimeout = 20_000): Promise<TransportError> {
  const transport = axiosTransport({
    requestTimeout,
    env: { HTTPS_PROXY: proxy.url.replace('//', '//user:pass-word@') },
  });
  const error = await transport.send(get(`https://${HOST}/x`), anySignal()).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TransportError)) throw new Error(`no TransportError but ${inspect(error)}`);
  const text = inspect(error, { depth: 20, showHidden: true });
  if (/token-secret|pass-word/.test(text)) throw new Error(`shows a secret: ${text}`);
  return error;
}

test('https goes through the proxy by CONNECT, with its credentials', async (t) => {
  const proxy = await serveProxy(t, await serveGenesys(t));
  const env = { HTTPS_PROXY: proxy.url.replace('//', '//user:p%40ss@') };
  const answer = await axiosTransport({ requestTimeout: 20_000, env }).send(get(`https://${HOST}/x`), anySignal());
  t.is(answer.body, 'through');
  t.is(proxy.connects[0]?.url, `${HOST}:443`);
  t.is(proxy.connects[0]?.headers['proxy-authorization'], `Basic ${Buffer.from('user:p@ss').toString('base64')}`);
  t.is(proxy.connects[0]?.headers.authorization, undefined);
});

test('a tunnel is kept for the next request', async (t) => {
  const proxy = await serveProxy(t, await serveGenesys(t));
  const transport = axiosTransport({ requestTimeout: 20_000, env: { HTTPS_PROXY: proxy.url } });
  for (let round = 0; round < 3; round++) await transport.send(get(`https://${HOST}/x`), anySignal());
  t.is(proxy.connects.length, 1);
});

test('neither loopback nor what NO_PROXY names goes through the proxy', async (t) => {
  const genesys = await serveGenesys(t);
  const proxy = await serveProxy(t, genesys);
  const env = { HTTPS_PROXY: proxy.url, NO_PROXY: 'genesys.example' };
  const transport = axiosTransport({ requestTimeout: 20_000, env });
  t.is((await transport.send(get(`https://127.0.0.1:${genesys.port}/x`), anySignal())).body, 'through');
  await t.throwsAsync(transport.send(get(`https://${HOST}/x`), anySignal()), { instanceOf: TransportError });
  t.is(proxy.connections(), 0);
});

test("a proxy's refusal is never taken for an answer of Genesys", async (t) => {
  const genesys = await serveGenesys(t);
  for (const [status, head] of [
    [403, 'HTTP/1.1 403 Forbidden\r\n\r\n'],
    [407, 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\nno'],
    [502, 'HTTP/1.1 502 Bad Gateway\r\n\r\n'],
  ] as const) {
    const error = await errorThrough(await serveProxy(t, genesys, head));
    t.is(error.code, 'proxy');
    t.is(error.message, `the proxy does not connect to ${HOST} (HTTP ${status})`);
  }
  t.is(genesys.connections(), 0);
});

test('a proxy that is down or hangs up is distinguished from Genesys being down', async (t) => {
  const rude = await serveTcp(t, (socket) => void socket.end());
  t.is((await errorThrough(rude)).message, `the proxy does not connect to ${HOST} (it hung up)`);
  const down = await errorThrough({ url: 'http://127.0.0.1:1' });
  t.is(down.code, 'proxy');
  t.is(down.message, `the proxy does not connect to ${HOST} (ECONNREFUSED)`);
  t.regex(down.advice ?? '', /^the credentials in HTTPS_PROXY, and that the proxy 127\.0\.0\.1:1 runs/);
  const unknown = await errorThrough({ url: 'http://proxy.invalid:3128' });
  t.regex(unknown.advice ?? '', /^the name of the proxy in HTTPS_PROXY, and that the proxy proxy\.invalid:3128 runs/);
});

test('a proxy that accepts and says nothing is given up at the deadline, and the connection closed', async (t) => {
  const proxy = await serveTcp(t, (socket) => void socket.resume());
  t.is((await errorThrough(proxy, 200)).code, 'deadline');
  await t.notThrowsAsync(proxy.idle());
});

test('a far end that says nothing is given up at the deadline, and the tunnel closed', async (t) => {
  const silent = await serveTcp(t, (socket) => void socket.resume());
  const proxy = await serveProxy(t, silent);
  t.is((await errorThrough(proxy, 200)).code, 'deadline');
  await t.notThrowsAsync(proxy.idle());
});

test('aborting while the proxy is silent rejects with the reason and closes the connection', async (t) => {
  const controller = new AbortController();
  const proxy = await serveTcp(t, (socket) => void socket.once('data', () => controller.abort('stop')));
  const transport = axiosTransport({ requestTimeout: 20_000, env: { HTTPS_PROXY: proxy.url } });
  const reason = await transport.send(get(`https://${HOST}/x`), controller.signal).catch((error: unknown) => error);
  t.is(reason, 'stop');
  await t.notThrowsAsync(proxy.idle());
});
