import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A request as a stub sees it. */
export interface Asked {
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A body that is a string is JSON; bytes are JSON compressed with gzip. */
export interface Answer {
  readonly status: number;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A service of which the poller sees no more than this, made to answer faster than it can ask. */
export interface Stub {
  answer(asked: Asked): Answer | Promise<Answer>;
  /** What was counted on the wire since the beginning. */
  report(): unknown;
}

/**
 * Serves a stub on the loopback interface in a process of its own, so that what it costs is not taken for a
 * cost of the program. Tells the parent process its URL, and its report whenever it is asked. `latency`:
 * milliseconds before every answer.
 */
export function serve(stub: Stub, latency: number): void {
  const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const { url: path = '/', headers } = request;
      const answer = await stub.answer({ path, headers, body: Buffer.concat(chunks).toString() });
      if (latency > 0) await delay(latency);
      response.writeHead(answer.status, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(answer.body),
        ...(typeof answer.body !== 'string' && { 'Content-Encoding': 'gzip' }),
        ...answer.headers,
      });
      response.end(answer.body);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  });
  process.on('message', () => process.send?.({ report: stub.report() }));
  process.on('disconnect', () => process.exit());
}

/** An answer of an AWS service; `version`: of the protocol by which it is spoken to. */
export function awsJson(version: '1.0' | '1.1', value: object): Answer {
  return {
    status: 200,
    body: JSON.stringify(value),
    headers: { 'Content-Type': `application/x-amz-json-${version}`, 'x-amzn-RequestId': 'bench' },
  };
}

/** What the parent process says to a stub that it starts. */
export function optionsOf<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}
