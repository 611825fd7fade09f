import { createServer } from 'node:http';
import test from 'ava';
import { listenOnLoopback } from '../../src/sandbox/loopback.ts';

test('an idle connection is kept for longer than a client keeps it, so that no request meets its end', async (t) => {
  const server = await listenOnLoopback(createServer((_request, response) => void response.end()));
  const { headers } = await fetch(server.url);
  t.is(headers.get('keep-alive'), 'timeout=120');
  await server.close();
});

test('a server may be closed twice', async (t) => {
  const server = await listenOnLoopback(createServer());
  await server.close();
  await t.notThrowsAsync(server.close());
});
