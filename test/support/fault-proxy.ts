import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cbor } from '@smithy/core/cbor';

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
  readonly authorization: string;
}

export interface FaultProxy {
  readonly url: string;
  /** Every request so far. */
  readonly passed: readonly Passing[];
  /** The next requests suffer these, one each; undefined lets one pass. */
  next(...faults: readonly (ProxyFault | undefined)[]): void;
  /** From now on every request of this operation suffers this, if nothing else. */
  whenever(operation: string, fault: ProxyFault): void;
  /** From now on each request suffers what this says of it, if nothing else. */
  each(faultOf: (request: Passing) => ProxyFault | undefined): void;
  close(): Promise<void>;
}

/**
 * An HTTP proxy on 127.0.0.1 in front of an AWS endpoint, with faults on demand. Without a target, nothing
 * may pass.
 */
export async function startFaultProxy(target = 'http://127.0.0.1:9'): Promise<FaultProxy> {
  const queue: (ProxyFault | undefined)[] = [];
  const standing = new Map<string, ProxyFault>();
  const passed: Passing[] = [];
  let ofEach: (request: Passing) => ProxyFault | undefined = () => undefined;
  const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const form = isV2(request) ? CBOR : JSON_1;
    const operation = form.operationOf(request);
    const authorization = String(request.headers.authorization);
    const passing = { operation, body: form.decode(body), authorization };
    passed.push(passing);
    const forwarded = () => forward(`${target}${request.url}`, request.headers, body);
    try {
      await pass(queue.shift() ?? standing.get(operation) ?? ofEach(passing), response, form, forwarded);
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
    each: (faultOf) => {
      ofEach = faultOf;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** One of the two protocols that AWS speaks here. */
interface Form {
  readonly headers: Readonly<Record<string, string>>;
  operationOf(request: IncomingMessage): string;
  decode(body: Uint8Array): Record<string, unknown>;
  encode(body: object): Uint8Array;
}

const JSON_1: Form = {
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  operationOf: ({ headers }) => String(headers['x-amz-target'] ?? '').replace(/^.*\./, ''),
  decode: (body) => JSON.parse(Buffer.from(body).toString('utf8')),
  encode: (body) => Buffer.from(JSON.stringify(body)),
};

const CBOR: Form = {
  headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
  operationOf: ({ url }) => String(url).replace(/^.*\//, ''),
  decode: (body) => cbor.deserialize(body),
  encode: (body) => cbor.serialize(body),
};

function isV2({ headers }: IncomingMessage): boolean {
  return headers['smithy-protocol'] === 'rpc-v2-cbor';
}

async function pass(
  fault: ProxyFault | undefined,
  response: ServerResponse,
  form: Form,
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
      const { status, body } = await forwarded();
      response.writeHead(status, { ...form.headers, 'content-length': body.length }).write(body.slice(0, 1));
      return;
    }
    case 'error': {
      const { status, type, message = '', date = new Date() } = fault;
      response.setHeader('date', date.toUTCString());
      reply(response, form, { status, body: form.encode({ __type: type, message }) });
      return;
    }
    case 'answer':
      response.writeHead(fault.status, { 'content-type': 'text/html' }).end(fault.text);
      return;
    case 'change': {
      const { status, body } = await forwarded();
      reply(response, form, { status, body: form.encode(fault.change(form.decode(body))) });
      return;
    }
    case 'after':
      await fault.first();
  }
  reply(response, form, await forwarded());
}

function reply(response: ServerResponse, form: Form, { status, body }: Answer): void {
  response.writeHead(status, { ...form.headers, 'x-amzn-requestid': 'REQUEST-OF-THE-PROXY' }).end(body);
}

async function forward(target: string, headers: IncomingHttpHeaders, body: Buffer): Promise<Answer> {
  const names = ['content-type', 'x-amz-target', 'smithy-protocol', 'x-amz-date', 'authorization'];
  const kept = names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]]));
  const answer = await fetch(target, { method: 'POST', headers: Object.fromEntries(kept), body: new Uint8Array(body) });
  return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
}
