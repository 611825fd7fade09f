import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { TimeoutError, withTimeLimit } from '../lib/abort.ts';
import { systemClock } from '../lib/system-clock.ts';
import { endCredentialProcesses, makeCredentialProcessesEndable } from './credential-process.ts';

/** The source of credentials (a role's endpoint, STS, SSO, a helper program) gave no answer. */
export class CredentialsTimeout extends Error {
  override readonly name = 'CredentialsTimeout';

  constructor(limit: number) {
    super(`the source of credentials did not answer within ${limit / 1000} s`);
  }
}

type RequestHandler = NonNullable<DynamoDBClientConfig['requestHandler']>;
type Credentials = Awaited<ReturnType<ReturnType<typeof defaultProvider>>>;

/** Asks for credentials; what the caller's client is like comes with it. */
type Chain = (properties?: Record<string, unknown>) => Promise<Credentials>;

/** A chain of providers; `forget` makes the next call begin it anew, which reads the shared files again. */
interface BoundedCredentials extends Chain {
  forget(): void;
}

/**
 * The SDK's default chain of credential providers, with a deadline, milliseconds. The chain has none: one
 * that hangs is waited for by every later call too. After the deadline its requests and its helper
 * program are ended. After that, as after any other failure, the chain is forgotten.
 */
export function boundedCredentials(
  limit: number,
  requestHandler?: RequestHandler,
  makeChain: () => Chain = () => newChain(requestHandler),
): BoundedCredentials {
  makeCredentialProcessesEndable();
  let chain: Chain | undefined;
  const provide: Chain = async (properties) => {
    chain ??= makeChain();
    const asked = chain;
    try {
      return await withinLimit(() => asked(properties), limit);
    } catch (error) {
      if (chain === asked) chain = undefined;
      throw error;
    }
  };
  const forget = () => {
    chain = undefined;
  };
  return Object.assign(provide, { forget });
}

/**
 * The files are read again by each chain: they may have been replaced since. The clients of STS take their
 * handler from either place, depending on the kind of profile; those of SSO take it from the first.
 */
function newChain(requestHandler?: RequestHandler): Chain {
  const config = requestHandler && { requestHandler };
  return defaultProvider({ ignoreCache: true, ...(config && { clientConfig: config, parentClientConfig: config }) });
}

async function withinLimit<T>(ask: () => Promise<T>, limit: number): Promise<T> {
  const requests = new Set<ClientRequest>();
  asking++;
  try {
    return await withTimeLimit(() => requestsOfChain.run(requests, ask), { clock: systemClock, limit });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    for (const request of requests) request.destroy();
    endCredentialProcesses();
    throw new CredentialsTimeout(limit);
  } finally {
    asking--;
    // Node 20 and 22 follow every promise of the process from the first use of a store until it is disabled.
    // That costs CPU time with every call to AWS.
    if (asking === 0) requestsOfChain.disable();
  }
}

/** Chains that are asked at the moment. */
let asking = 0;

/**
 * Requests that a chain has in flight: its providers make clients of their own, and those have no
 * way to be stopped.
 */
const requestsOfChain = new AsyncLocalStorage<Set<ClientRequest>>();

subscribe('http.client.request.start', (message) => {
  const requests = requestsOfChain.getStore();
  if (!requests) return;
  const { request } = message as { readonly request: ClientRequest };
  requests.add(request);
  request.once('close', () => requests.delete(request));
});
