import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';

/** A server on loopback that is gone when the test is over. */
export interface LocalServer {
  readonly port: number;
  readonly url: string;
  /** How many connections were ever made. */
  connections(): number;
  /** Resolves when no connection is open. */
  idle(): Promise<void>;
}

export async function serve(t: ExecutionContext, listener: RequestListener): Promise<LocalServer> {
  return listen(t, createServer({ keepAliveTimeout: 60_000 }, listener));
}

/** Accepts connections and is left alone with them. */
export async function serveTcp(t: ExecutionContext, onConnection: (socket: Socket) => void): Promise<LocalServer> {
  return listen(t, createTcpServer(onConnection));
}

export async function listen(t: ExecutionContext, server: Server): Promise<LocalServer> {
  const open = new Set<Socket>();
  let connections = 0;
  let onIdle = () => {};
  server.on('connection', (socket) => {
    connections++;
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      open.delete(socket);
      if (open.size === 0) onIdle();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    connections: () => connections,
    idle: () =>
      new Promise((resolve) => {
        if (open.size === 0) resolve();
        else onIdle = resolve;
      }),
  };
}

/** The whole body of a request, as text. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
