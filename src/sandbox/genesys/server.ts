import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { type LoopbackServer, listenOnLoopback } from '../loopback.ts';
import type { Answer, Request } from './http.ts';
import type { Simulator } from './simulator.ts';

/** A simulated Genesys Cloud that listens on this machine. */
export interface GenesysServer extends LoopbackServer {
  /** Base URLs in the sense of `genesys.loginUrl` and `genesys.apiUrl`. */
  readonly loginUrl: string;
  readonly apiUrl: string;
}

/**
 * Puts a simulator on the loopback interface. Login and API have a path of their own,
 * as they have hosts of their own in the real world (the official SDK's gateway form): a poller that confuses
 * them gets a 404.
 */
export async function startGenesys(options: { simulator: Simulator; port?: number }): Promise<GenesysServer> {
  const server = createServer((incoming, outgoing) => {
    // A client that breaks off half-way gets no answer; neither does a request that is not HTTP of ours.
    serve(options.simulator, incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  const listening = await listenOnLoopback(server, options.port);
  return { ...listening, loginUrl: `${listening.url}/login`, apiUrl: `${listening.url}/api` };
}

async function serve(simulator: Simulator, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const answer = simulator.handle(await readRequest(incoming));
  switch (answer.trouble?.kind) {
    case 'drop':
      incoming.socket.destroy();
      return;
    case 'hang':
      return;
    case 'torn':
      tear(answer, outgoing);
      return;
    case 'blanks':
      await flood(answer.trouble.bytes, answer, outgoing);
      return;
    case 'delay':
      await delay(answer.trouble.ms, undefined, { ref: false });
      break;
  }
  outgoing.writeHead(answer.status, answer.headers);
  outgoing.end(answer.body);
}

/** Blanks without end, nearly, in a body that is small on the way. */
async function flood(bytes: number, { status, headers }: Answer, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(status, { ...headers, 'content-encoding': 'gzip' });
  const blank = Buffer.alloc(65_536, ' ');
  const blanks = function* () {
    for (let left = bytes; left > 0; left -= blank.length) yield blank.subarray(0, left);
  };
  await pipeline(Readable.from(blanks()), createGzip({ level: 1 }), outgoing);
}

/** Half of the body, though the whole was promised, and then the connection breaks. */
function tear(answer: Answer, outgoing: ServerResponse): void {
  const body = Buffer.from(answer.body);
  outgoing.writeHead(answer.status, { ...answer.headers, 'content-length': String(body.length) });
  outgoing.write(body.subarray(0, body.length / 2), () => outgoing.destroy());
}

async function readRequest(incoming: IncomingMessage): Promise<Request> {
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  return {
    method: incoming.method ?? 'GET',
    path: withoutPrefix(incoming.url ?? '/'),
    headers,
    body: await text(incoming),
  };
}

/** `/login/oauth/…` and `/api/api/…` lose their first part; a path without a prefix is taken as it is. */
function withoutPrefix(path: string): string {
  return path.replace(/^\/login(?=\/oauth\/)|^\/api(?=\/api\/)/, '');
}
