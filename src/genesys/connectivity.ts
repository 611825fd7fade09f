import { lookup } from 'node:dns/promises';
import type { Environment } from '../domain/environment.ts';
import { abortable } from '../lib/abort.ts';
import { codeOf, proxyRules, type Route } from '../lib/proxy.ts';
import type { Clock } from '../ports/clock.ts';
import { unreachable } from './failures.ts';
import { type Transport, TransportError } from './transport.ts';

/** What was found on the way to a host. */
export interface ConnectivityResult {
  /** How the request left this machine. */
  readonly route: Route;
  /** Its addresses; undefined where a proxy looks them up. */
  readonly addresses: readonly string[] | undefined;
  readonly encrypted: boolean;
  /** The status of its answer. Any status proves the connection. */
  readonly status: number;
  /**
   * How far our clock is ahead of the host's (negative: behind), milliseconds, ± `uncertainty`; undefined
   * without a Date.
   */
  readonly clockAhead: number | undefined;
  readonly uncertainty: number;
}

/** `Date` names a second: on average, half of it has passed. */
const HALF_A_SECOND = 500;

/**
 * Tries the way to a host as the poller uses it, proxy included: name resolution, connection, TLS, an answer
 * of any status. Sends no credentials. Rejects with a Failure (genesys.unreachable) that says where it ended,
 * or with the signal's reason.
 */
export async function connectivity(
  baseUrl: string,
  options: {
    readonly transport: Transport;
    readonly env: Environment;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<ConnectivityResult> {
  const { transport, env, clock, signal } = options;
  const { hostname, protocol } = new URL(baseUrl);
  const asked = `GET ${baseUrl}`;
  try {
    const route = proxyRules(env).routeTo(baseUrl);
    const addresses = route.proxy === undefined ? await addressesOf(hostname, route, signal) : undefined;
    const sentAt = clock.now();
    const startedAt = clock.monotonic();
    const { status, headers } = await transport.send({ method: 'GET', url: baseUrl, headers: {} }, signal);
    const took = clock.monotonic() - startedAt;
    const date = Date.parse(headers.date ?? '');
    return {
      route,
      addresses,
      encrypted: protocol === 'https:',
      status,
      clockAhead: Number.isNaN(date) ? undefined : sentAt + took / 2 - (date + HALF_A_SECOND),
      uncertainty: HALF_A_SECOND + took / 2,
    };
  } catch (error) {
    throw error instanceof TransportError ? unreachable(error, asked) : error;
  }
}

async function addressesOf(hostname: string, { advice }: Route, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const found = await abortable(lookup(hostname.replace(/^\[(.*)\]$/, '$1'), { all: true }), signal);
    return found.map(({ address }) => address);
  } catch (error) {
    signal.throwIfAborted();
    const code = codeOf(error) ?? 'unknown';
    throw new TransportError(code, `the name ${hostname} cannot be resolved (${code})`, advice);
  }
}
