import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import { startGenesys } from '../../src/sandbox/genesys/server.ts';
import { simulatedGenesys } from '../support/simulated-genesys.ts';

const CODES = '/api/v2/routing/wrapupcodes';

/** A simulator behind HTTP, closed when the test is over. */
async function served(t: { teardown(end: () => Promise<void>): void }) {
  const genesys = simulatedGenesys();
  const server = await startGenesys({ simulator: genesys.simulator });
  t.teardown(server.close);
  return { ...genesys, server };
}

test('login and API answer at their base URLs, with the status, headers and body of the simulator', async (t) => {
  const { server } = await served(t);
  const authorization = `Basic ${Buffer.from('client:secret').toString('base64')}`;
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  const login = await fetch(`${server.loginUrl}/oauth/token`, { method: 'POST', headers: { authorization }, body });
  t.is(login.status, 200);
  const { access_token } = (await login.json()) as { access_token: string };
  const codes = await fetch(`${server.apiUrl}${CODES}?pageSize=2`, {
    headers: { authorization: `Bearer ${access_token}` },
  });
  t.is(codes.status, 200);
  t.truthy(codes.headers.get('inin-correlation-id'));
  t.is(((await codes.json()) as { entities: unknown[] }).entities.length, 2);
});

test('the login is not at the API, nor the API at the login', async (t) => {
  const { server } = await served(t);
  t.is((await fetch(`${server.apiUrl}/oauth/token`, { method: 'POST' })).status, 404);
  t.is((await fetch(`${server.loginUrl}${CODES}`)).status, 404);
});

test('paths without a prefix are taken as they are', async (t) => {
  const { server } = await served(t);
  t.is((await fetch(`${server.url}${CODES}`)).status, 401);
});

test('a dropped connection, a torn answer and a hanging one are what a client sees', async (t) => {
  const { server, simulator } = await served(t);
  simulator.faults.add({ trouble: { kind: 'drop' } });
  await t.throwsAsync(fetch(`${server.apiUrl}${CODES}`));

  simulator.faults.add({ trouble: { kind: 'torn' } });
  const torn = await fetch(`${server.apiUrl}${CODES}`);
  t.is(torn.status, 401);
  await t.throwsAsync(torn.text());

  simulator.faults.add({ trouble: { kind: 'hang' } });
  const hanging = fetch(`${server.apiUrl}${CODES}`);
  // The answer to a later request shows that the hanging request has been taken up and left alone.
  t.is((await fetch(`${server.apiUrl}${CODES}`)).status, 401);
  await server.close();
  await t.throwsAsync(hanging);
});

test('a delayed answer comes whole', async (t) => {
  const { server, simulator } = await served(t);
  simulator.faults.add({ trouble: { kind: 'delay', ms: 20 } });
  t.is((await fetch(`${server.apiUrl}${CODES}`)).status, 401);
});

test('a client that breaks off in the middle of its request disturbs no other', async (t) => {
  const { server } = await served(t);
  const { port } = new URL(server.url);
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`POST ${CODES} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf`);
  socket.resetAndDestroy();
  await once(socket, 'close');
  t.is((await fetch(`${server.apiUrl}${CODES}`)).status, 401);
});

test('a path that is none ends its connection, and the server goes on', async (t) => {
  const { server } = await served(t);
  const { port } = new URL(server.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write('GET // HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'close');
  t.is((await fetch(`${server.apiUrl}${CODES}`)).status, 401);
});

test('a port that is taken is an error at the start', async (t) => {
  const { server, simulator } = await served(t);
  await t.throwsAsync(startGenesys({ simulator, port: Number(new URL(server.url).port) }), { code: 'EADDRINUSE' });
});
