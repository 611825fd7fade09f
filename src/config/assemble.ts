import { parseBaseUrl } from './base-url.ts';
import type { Config } from './config.ts';
import { parseDuration } from './duration.ts';
import { domainOf } from './regions.ts';
import type { Settings } from './settings.ts';
import { parseStartFrom } from './start-from.ts';

/** Turns valid settings that keep all rules into the configuration: durations to milliseconds, the region to URLs. */
export function assemble(settings: Settings): Config {
  const { poller, genesys, streams } = settings;
  return {
    ...settings,
    poller: {
      name: poller.name,
      schedule: poller.schedule,
      shutdownTimeout: parseDuration(poller.shutdownTimeout),
      watchConfig: poller.watchConfig,
      ...(poller.heartbeatFile !== null && { heartbeatFile: poller.heartbeatFile }),
    },
    genesys: {
      loginUrl:
        genesys.loginUrl === null ? `https://login.${domainOf(genesys.region)}` : parseBaseUrl(genesys.loginUrl),
      apiUrl: genesys.apiUrl === null ? `https://api.${domainOf(genesys.region)}` : parseBaseUrl(genesys.apiUrl),
      clientId: String(genesys.clientId),
      clientSecret: String(genesys.clientSecret),
      requestsPerMinute: genesys.requestsPerMinute,
      requestTimeout: parseDuration(genesys.requestTimeout),
    },
    streams: {
      conversations: {
        ...streams.conversations,
        startFrom: parseStartFrom(streams.conversations.startFrom),
        settle: parseDuration(streams.conversations.settle),
        overlap: parseDuration(streams.conversations.overlap),
        lookback: parseDuration(streams.conversations.lookback),
        maxWindow: parseDuration(streams.conversations.maxWindow),
      },
      reconciliation: {
        ...streams.reconciliation,
        horizon: parseDuration(streams.reconciliation.horizon),
      },
      eventLog: streams.eventLog,
    },
    dedup: { ttl: parseDuration(settings.dedup.ttl), cacheSize: settings.dedup.cacheSize },
    lease: { duration: parseDuration(settings.lease.duration) },
  };
}
