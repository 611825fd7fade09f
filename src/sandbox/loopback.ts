import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that only this machine can reach. */
export interface LoopbackServer {
  readonly url: string;
  /** Ends all connections, also those left hanging by a fault. Closing it again does nothing. */
  close(): Promise<void>;
}

/**
 * Longer than any client keeps an idle connection, milliseconds: a request on a connection that the server
 * ends at that moment fails, and not every client sends it again.
 */
const KEEP_ALIVE = 120_000;

/** Makes a server listen on 127.0.0.1, at a free port unless one is given. Rejects if the port is taken. */
export async function listenOnLoopback(server: Server, port = 0): Promise<LoopbackServer> {
  server.keepAliveTimeout = KEEP_ALIVE;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
