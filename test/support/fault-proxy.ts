import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to one request on its way. */
export type ProxyFault =
  /** It never arrives, and no answer comes: a host that died with the connection open. */
  | { readonly kind: 'silence' }
  /** It never arrives; the connection breaks. */
  | { readonly kind: 'reset' }
  /** It arrives and is carried out; the connection breaks before the answer. */
  | { readonly kind: 'loseAnswer' }
  /** It arrives and is carried out; no answer ever comes. */
  | { readonly kind: 'swallowAnswer' }
  /** It arrives; of the answer only the headers and the first byte come through. */
  | { readonly kind: 'stall' }
  /** It never arrives; this comes instead, in AWS's form of an error. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly type: string;
      readonly message?: string;
      /** What the service takes for the time. */
      readonly date?: Date;
    }
  /** It never arrives; this comes instead, from something that is not AWS. */
  | { readonly kind: 'answer'; readonly status: number; readonly text: string }
  /** It arrives; its answer is changed on the way back. */
  | { readonly kind: 'change'; readonly change: (answer: Record<string, unknown>) => Record<string, unknown> }
  /** It waits for this to happen first. */
  | { readonly kind: 'after'; readonly first: () => Promise<unknown> };

/** A request that came by. */
export interface Passing {
  /** `BatchGetItem`, `PutEvents`, … */
  readonly operation: string;
  readonly body: Record<string, unknown>;
}

export interface FaultProxy {
  readonly url: string;
  /** Every request so far. */
  readonly passed: readonly Passing[];
  /** The next requests suffer these, one each; undefined lets one pass. */
  next(...faults: readonly (ProxyFault | undefined)[]): void;
  /** From now on every request of this operation suffers this, if nothing else. */
  whenever(operation: string, fault: ProxyFault): void;
  close(): Promise<void>;
}

/** An HTTP proxy on 127.0.0.1 in front of an AWS endpoint, with faults on demand. Without a target, nothing may pass. */
export async function startFaultProxy(target = 'http://127.0.0.1:9'): Promise<FaultProxy> {
  const queue: (ProxyFault | undefined)[] = [];
  const standing = new Map<string, ProxyFault>();
  const passed: Passing[] = [];
  const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const operation = String(request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
    passed.push({ operation, body: JSON.parse(body.toString('utf8')) });
    try {
      await pass(queue.shift() ?? standing.get(operation), response, () => forward(target, request.headers, body));
    } catch {
      // The target broke the connection, and so does the proxy.
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    next: (...faults) => void queue.push(...faults),
    whenever: (operation, fault) => void standing.set(operation, fault),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function pass(
  fault: ProxyFault | undefined,
  response: ServerResponse,
  forwarded: () => Promise<Answer>,
): Promise<void> {
  switch (fault?.kind) {
    case 'silence':
      return;
    case 'reset':
      response.destroy();
      return;
    case 'loseAnswer':
      await forwarded();
      response.destroy();
      return;
    case 'swallowAnswer':
      await forwarded();
      return;
    case 'stall': {
      const { status, text } = await forwarded();
      response.writeHead(status, { ...TYPE, 'content-length': Buffer.byteLength(text) }).write(text.slice(0, 1));
      return;
    }
    case 'error': {
      const { status, type, message = '', date = new Date() } = fault;
      response.setHeader('date', date.toUTCString());
      reply(response, { status, text: JSON.stringify({ __type: type, message }) });
      return;
    }
    case 'answer':
      response.writeHead(fault.status, { 'content-type': 'text/html' }).end(fault.text);
      return;
    case 'change': {
      const { status, text } = await forwarded();
      reply(response, { status, text: JSON.stringify(fault.change(JSON.parse(text))) });
      return;
    }
    case 'after':
      await fault.first();
  }
  reply(response, await forwarded());
}

const TYPE = { 'content-type': 'application/x-amz-json-1.0' };

function reply(response: ServerResponse, { status, text }: Answer): void {
  response.writeHead(status, { ...TYPE, 'x-amzn-requestid': 'REQUEST-OF-THE-PROXY' }).end(text);
}

async function forward(target: string, headers: IncomingHttpHeaders, body: Buffer): Promise<Answer> {
  const names = ['content-type', 'x-amz-target', 'x-amz-date', 'authorization'];
  const kept = names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]]));
  const answer = await fetch(target, { method: 'POST', headers: Object.fromEntries(kept), body: new Uint8Array(body) });
  return { status: answer.status, text: await answer.text() };
}
