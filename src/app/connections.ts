import { targetBus } from '../aws/sink.ts';
import type { Config } from '../config/config.ts';
import type { GenesysClient } from '../genesys/client.ts';
import { GenesysTokenOwner } from '../genesys/token-owner.ts';
import { Deduplicator } from '../pipeline/deduplicator.ts';
import { assertOwnership, type Ownership } from '../pipeline/ownership.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { Sink } from '../ports/sink.ts';
import { connectGenesys, type GenesysConnection } from './genesys.ts';
import { type StallTrackers, stallTrackersOf } from './streams.ts';
import { holderId, openTables, type Tables } from './tables.ts';

/**
 * What a process makes once, and keeps when its configuration is reloaded: its name as a holder of leases,
 * the connections to AWS and Genesys, the IDs it knows to be published, the requests it has spent, and since
 * when its streams stand still. Making them anew would repeat events that could not be recorded yet, would
 * ask Genesys for more than it allows in a minute, and would prolong each stall.
 */
export interface Connections extends Tables, GenesysConnection {
  /** Names this process among all that may hold a lease. */
  readonly holder: string;
  readonly deduplicator: Deduplicator;
  readonly stallTrackers: StallTrackers;
  /** The sink that these settings name. */
  sink(settings: Config['eventBridge']): Sink;
  /** Which organisation the poller's name belongs to, and which one these settings belong to. */
  ownership(settings: Config['genesys']): Ownership;
  /**
   * Demands that the poller's name belongs to the organisation of these settings: asked once, and again for
   * another connection. Rejects with a Failure: `organisation.mismatch`,
   * `organisation.unknown`, or that of a dependency.
   */
  assertOwnership(settings: Config['genesys'], context: RequestContext): Promise<void>;
  /** Closes the connections to AWS. */
  close(): void;
}

export function openConnections(config: Config, log: Log, clock: Clock): Connections {
  const { poller, dedup } = config;
  const tables = openTables(config, clock);
  const { aws, state } = tables;
  const connection = connectGenesys(config.genesys, log, clock);
  const { time } = connection;
  let ownedBy: GenesysClient | undefined;
  const ownership = (settings: Config['genesys']): Ownership => {
    const owner = new GenesysTokenOwner({ ...settings, client: connection.genesys(settings) });
    return { poller: poller.name, owner, item: state.organisation };
  };
  return {
    ...tables,
    ...connection,
    holder: holderId(),
    deduplicator: new Deduplicator({ table: tables.dedup, clock, time, ttl: dedup.ttl, cacheSize: dedup.cacheSize }),
    stallTrackers: stallTrackersOf(clock),
    sink: (settings) => targetBus(settings, aws, clock).bus,
    ownership,
    async assertOwnership(settings, context) {
      const client = connection.genesys(settings);
      if (ownedBy === client) return;
      await assertOwnership(ownership(settings), context);
      ownedBy = client;
    },
    close: () => aws.close(),
  };
}
