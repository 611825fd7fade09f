import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type AwsClients, createAwsClients } from '../aws/clients.ts';
import { DynamoDedupTable } from '../aws/dedup-store.ts';
import { DynamoPollerState } from '../aws/poller-state.ts';
import { DynamoStateTable } from '../aws/state-store.ts';
import type { Config } from '../config/config.ts';
import { createGenesysClient, type GenesysClient } from '../genesys/client.ts';
import { RequestBudget } from '../genesys/rate-limiter.ts';
import { ServerClock } from '../genesys/server-clock.ts';
import { GenesysTokenOwner } from '../genesys/token-owner.ts';
import { traced } from '../genesys/traced.ts';
import { axiosTransport } from '../genesys/transport.ts';
import { Deduplicator } from '../pipeline/deduplicator.ts';
import { demandOwnership, type Ownership } from '../pipeline/ownership.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { PollerState } from '../ports/poller-state.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { StateTable } from '../ports/state-store.ts';

/**
 * What a process makes once, and keeps when its configuration is reloaded: its name as a holder of leases, the connections to
 * AWS, what it remembers of published events and of requests spent. To begin anew with these would be to repeat events that could
 * not be recorded yet, and to ask Genesys for more than it allows in a minute.
 */
export interface Connections {
  /** Names this process among all that may hold a lease. */
  readonly holder: string;
  readonly aws: AwsClients;
  readonly state: StateTable;
  readonly pollerState: PollerState;
  readonly deduplicator: Deduplicator;
  /** The trusted time of the process, by whatever client Genesys is heard. */
  readonly time: ServerClock;
  /** The client for these settings: the same as before, with its token, unless the connection has changed. */
  genesys(settings: Config['genesys']): GenesysClient;
  /** Whose the poller's name is, and whose these settings are. */
  ownership(settings: Config['genesys']): Ownership;
  /**
   * Demands that the poller's name belongs to the organisation of these settings: asked once, and again for another connection.
   * Rejects with a Failure: `organisation.mismatch`, or that of a dependency.
   */
  claim(settings: Config['genesys'], context: RequestContext): Promise<void>;
  /** Closes connections. */
  close(): void;
}

export function openConnections({ poller, dynamoDb, dedup, genesys }: Config, log: Log, clock: Clock): Connections {
  const aws = createAwsClients();
  const client = aws.dynamoDb;
  const time = new ServerClock(clock, log);
  const stored = { client, table: dynamoDb.stateTable, poller: poller.name, clock };
  const table = new DynamoDedupTable({ client, table: dynamoDb.dedupTable, clock });
  const budget = new RequestBudget(genesys.requestsPerMinute, clock);
  const pollerState = new DynamoPollerState(stored);
  let made: { readonly connection: string; readonly client: GenesysClient } | undefined;
  let claimedFor: GenesysClient | undefined;
  const connections: Connections = {
    holder: `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`,
    aws,
    state: new DynamoStateTable(stored),
    pollerState,
    time,
    deduplicator: new Deduplicator({ table, clock, time, ttl: dedup.ttl, cacheSize: dedup.cacheSize }),
    genesys(settings) {
      const { requestsPerMinute, ...connection } = settings;
      budget.limitTo(requestsPerMinute);
      const described = JSON.stringify(connection);
      if (made?.connection !== described) {
        const transport = traced(axiosTransport({ requestTimeout: settings.requestTimeout }), log, clock);
        made = {
          connection: described,
          client: createGenesysClient({ ...settings, budget, time, clock, log, transport }),
        };
      }
      return made.client;
    },
    ownership(settings) {
      const owner = new GenesysTokenOwner({ ...settings, client: connections.genesys(settings) });
      return { poller: poller.name, owner, item: pollerState.organisation };
    },
    async claim(settings, context) {
      const connected = connections.genesys(settings);
      if (claimedFor === connected) return;
      await demandOwnership(connections.ownership(settings), context);
      claimedFor = connected;
    },
    close: () => aws.close(),
  };
  return connections;
}
