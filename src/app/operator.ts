import { targetBus } from '../aws/sink.ts';
import type { Config } from '../config/config.ts';
import type { StreamName } from '../domain/streams.ts';
import { type AcquiredLease, LeaseManager } from '../lease/lease-manager.ts';
import { withLease } from '../lease/with-lease.ts';
import { Deduplicator } from '../pipeline/deduplicator.ts';
import { Publisher } from '../pipeline/publisher.ts';
import type { RedriveOptions } from '../pipeline/redrive.ts';
import type { Clock } from '../ports/clock.ts';
import { SILENT } from '../ports/log.ts';
import { contextOf, type RequestContext } from '../ports/request-context.ts';
import { beforeAllExpiry } from '../ports/trusted-time.ts';
import { holderId, openTables, type Tables } from './tables.ts';

/** What the command of an operator works with: the tables, and no Genesys. */
export interface OperatorAccess extends Omit<Tables, 'aws'> {
  readonly config: Config;
  readonly clock: Clock;
  /** Ends with an interruption. */
  readonly context: RequestContext;
  /** Works on a stream while no poller does. Rejects with a Failure (`lease.held`) if one is alive. */
  whileHolding<T>(stream: StreamName, work: (acquired: AcquiredLease) => Promise<T>): Promise<T>;
  /** What a redrive publishes with. */
  composeRedrive(): Omit<RedriveOptions, 'mayPublish'>;
  /** Closes the connections. */
  close(): void;
}

/** Opens the tables for an operator. `signal` ends every call. */
export function openOperatorAccess(config: Config, clock: Clock, signal: AbortSignal): OperatorAccess {
  const { aws, ...tables } = openTables(config, clock);
  const { state, published } = tables;
  const holder = holderId('operator');
  return {
    ...tables,
    config,
    clock,
    context: contextOf(signal),
    whileHolding(stream, work) {
      const durationMs = config.lease.duration;
      const leaseManager = new LeaseManager({ state, stream, holder, durationMs, clock, log: SILENT });
      // An interrupted command leaves the lease free too: its interruption does not end the release.
      const signals = { stop: signal, abort: new AbortController().signal };
      return withLease({ leaseManager, policy: 'exclusive', signals }, work);
    },
    composeRedrive() {
      const { bus: sink } = targetBus(config.eventBridge, aws, clock);
      const time = beforeAllExpiry(clock);
      // Each ID is asked for once, so a cache is of no use.
      const deduplicator = new Deduplicator({ table: published, clock, time, ttl: config.dedup.ttl, cacheSize: 1 });
      const publisher = new Publisher({ sink, clock, log: SILENT });
      return { deduplicator, publisher, state, clock, source: config.eventBridge.source };
    },
    close: () => aws.close(),
  };
}
