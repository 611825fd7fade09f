import { enabledStreams } from '../../app/streams.ts';
import type { Config } from '../../config/config.ts';
import type { Environment } from '../../domain/environment.ts';
import { Failure } from '../../domain/failure.ts';
import { formatInstant } from '../../domain/instant.ts';
import { createGenesysClient, type GenesysClient } from '../../genesys/client.ts';
import { type ConnectivityResult, connectivity } from '../../genesys/connectivity.ts';
import { isRefused } from '../../genesys/names.ts';
import { availabilityOf, type PermissionProbe, permissionProbes, totalHitsOf } from '../../genesys/permissions.ts';
import { axiosTransport } from '../../genesys/transport.ts';
import type { Clock } from '../../ports/clock.ts';
import { SILENT } from '../../ports/log.ts';
import type { RequestContext } from '../../ports/request-context.ts';
import { spoken } from '../terminal.ts';
import type { Probe, ProbeOutcome } from './probe.ts';

/** A test waits no longer for one answer, milliseconds. */
const MAX_WAIT_MS = 10_000;
const HOUR = 3_600_000;
/** Clocks further apart than this are worth setting right, milliseconds. */
const MAX_SKEW_MS = 10_000;

/** What the tests learn of the load, for the test of the request budget. */
export interface Measured {
  conversationsPerHour?: number;
}

/** What the poller needs of Genesys, tested by requests that change nothing and read next to nothing. */
export function genesysProbes(config: Config, clock: Clock, measured: Measured, env: Environment): readonly Probe[] {
  const { loginUrl, apiUrl } = config.genesys;
  const transport = axiosTransport({ requestTimeout: Math.min(MAX_WAIT_MS, config.genesys.requestTimeout), env });
  const client = createGenesysClient({ ...config.genesys, clock, log: SILENT, transport });
  let api: ConnectivityResult | undefined;
  const reached = (url: string, signal: AbortSignal) => connectivity(url, { transport, env, clock, signal });
  return [
    {
      id: 'genesys.loginHost',
      tests: `connection to ${loginUrl}`,
      run: async ({ signal }) => connectionOutcome(await reached(loginUrl, signal)),
    },
    {
      id: 'genesys.apiHost',
      tests: `connection to ${apiUrl}`,
      async run({ signal }) {
        api = await reached(apiUrl, signal);
        return connectionOutcome(api);
      },
    },
    {
      id: 'clock',
      tests: "this host's clock against Genesys's",
      needs: ['genesys.apiHost'],
      run: async () => clockOutcome(api),
    },
    {
      id: 'genesys.login',
      tests: 'the login with client credentials',
      needs: ['genesys.loginHost'],
      async run(context) {
        await client.now(context);
        return { outcome: 'passed', found: 'Genesys gave a token' };
      },
    },
    ...permissionChecks(config, client, clock, measured),
  ];
}

function permissionChecks(config: Config, client: GenesysClient, clock: Clock, measured: Measured): readonly Probe[] {
  const { enrich } = config;
  const { query, scope } = config.streams.conversations;
  const wanted = {
    streams: enabledStreams(config),
    ...enrich,
    query,
    scope,
  };
  const now = clock.now();
  return permissionProbes(wanted, { start: now - HOUR, end: now }).map((test) => ({
    id: `genesys.permission.${test.neededBy}`,
    tests: `${permissionsOf(test)}, for ${test.neededBy}`,
    needs: ['genesys.apiHost', 'genesys.login'],
    async run(context) {
      try {
        const answer = await answerTo(test, client, context);
        return { outcome: 'passed', found: foundIn(test, answer, clock, measured) };
      } catch (error) {
        return deniedOutcome(error, test.neededBy);
      }
    },
  }));
}

function permissionsOf({ request }: PermissionProbe): string {
  const { permission } = request;
  return typeof permission === 'string' ? permission : `one of ${permission.join(', ')}`;
}

async function answerTo(
  { request, fallback }: PermissionProbe,
  client: GenesysClient,
  context: RequestContext,
): Promise<unknown> {
  try {
    return await client.request(request, context);
  } catch (error) {
    if (!fallback || !isRefused(error)) throw error;
    return client.request(fallback, context).catch(() => {
      throw error;
    });
  }
}

/** A missing permission has a second remedy: to do without what needs it. Any other error is passed on. */
function deniedOutcome(error: unknown, neededBy: string): ProbeOutcome {
  if (!(error instanceof Failure) || error.code !== 'genesys.permission') throw error;
  const key = neededBy.startsWith('streams.') ? `${neededBy}.enabled` : neededBy;
  return { outcome: 'failed', found: error.summary, remedy: `${error.remedy}. Or do without: ${key}: false` };
}

/** What the answer to a harmless request happens to show. */
function foundIn({ neededBy }: PermissionProbe, answer: unknown, clock: Clock, measured: Measured): string {
  const hits = neededBy === 'streams.conversations' ? totalHitsOf(answer) : undefined;
  if (hits !== undefined) {
    measured.conversationsPerHour = hits;
    return `granted; about ${hits} conversations in the last hour`;
  }
  const complete = neededBy === 'streams.reconciliation' ? availabilityOf(answer) : undefined;
  if (complete === undefined) return 'granted';
  return `granted; the data lake is complete until ${formatInstant(complete)}, ${spoken(clock.now() - complete)} ago`;
}

function connectionOutcome({ route, addresses, encrypted, status }: ConnectivityResult): ProbeOutcome {
  const name =
    addresses === undefined ? `through the proxy ${route.proxy}` : `direct, ${count(addresses.length, 'address')}`;
  const tls = encrypted ? 'TLS with a certificate this host trusts' : 'not encrypted';
  return { outcome: 'passed', found: `${name}, ${tls}, an answer (HTTP ${status})` };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 'es'}`;
}

function clockOutcome(api: ConnectivityResult | undefined): ProbeOutcome {
  if (api?.clockAhead === undefined) return { outcome: 'skipped', found: 'the response has no Date header' };
  const { clockAhead, uncertainty } = api;
  const seconds = (Math.abs(clockAhead) / 1000).toFixed(1);
  const found = `${seconds} s ${clockAhead < 0 ? 'behind' : 'ahead'}, give or take ${(uncertainty / 1000).toFixed(1)} s`;
  if (Math.abs(clockAhead) - uncertainty <= MAX_SKEW_MS) return { outcome: 'passed', found };
  return {
    outcome: 'failed',
    found,
    remedy: 'Set the clock (NTP: chrony, systemd-timesyncd); AWS refuses requests that are five minutes off',
  };
}
