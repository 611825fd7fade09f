import { targetBus } from '../aws/sink.ts';
import type { Config } from '../config/config.ts';
import { oldestPublishable } from '../domain/dedup-history.ts';
import type { StreamName } from '../domain/streams.ts';
import { type AcquiredLease, LeaseManager } from '../lease/lease-manager.ts';
import { withLease } from '../lease/with-lease.ts';
import { readDedupHistory } from '../pipeline/dedup-history-store.ts';
import { Deduplicator } from '../pipeline/deduplicator.ts';
import { Publisher } from '../pipeline/publisher.ts';
import type { RedriveOptions } from '../pipeline/redrive.ts';
import type { Clock } from '../ports/clock.ts';
import { type Log, SILENT } from '../ports/log.ts';
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
  withExclusiveLease<T>(stream: StreamName, work: (acquired: AcquiredLease) => Promise<T>): Promise<T>;
  /**
   * What a redrive publishes with. `allowRepeats`: also events of which it is no longer remembered whether they
   * were published. Rejects with a Failure (`table.*`).
   */
  composeRedrive(allowRepeats: boolean): Promise<Omit<RedriveOptions, 'assertMayPublish'>>;
  /** Closes the connections. */
  close(): void;
}

/**
 * Opens the tables for an operator. `signal` ends every call. `log` gets what a command waits for: a lease
 * that a crashed poller has left, for one.
 */
export function openOperatorAccess(config: Config, clock: Clock, signal: AbortSignal, log: Log): OperatorAccess {
  const { aws, ...tables } = openTables(config, clock);
  const { state, dedup } = tables;
  const holder = holderId('operator');
  return {
    ...tables,
    config,
    clock,
    context: contextOf(signal),
    withExclusiveLease(stream, work) {
      const durationMs = config.lease.duration;
      const leaseManager = new LeaseManager({ state, stream, holder, durationMs, clock, log });
      // An interrupted command leaves the lease free too: its interruption does not end the release.
      const signals = { stop: signal, abort: new AbortController().signal };
      return withLease({ leaseManager, policy: 'exclusive', signals }, work);
    },
    async composeRedrive(allowRepeats) {
      const { bus: sink } = targetBus(config.eventBridge, aws, clock);
      const now = clock.now();
      const history = await readDedupHistory(state.dedupHistory, config.dedup.ttl, now, contextOf(signal));
      // The pollers count on every ID for as long as the longest of these: an operator's host may have another
      // setting.
      const ttl = Math.max(config.dedup.ttl, ...history.map((era) => era.ttl));
      // Each ID is asked for once, so a cache is of no use.
      const deduplicator = new Deduplicator({
        table: dedup,
        clock,
        time: beforeAllExpiry(clock),
        ttl,
        cacheSize: 1,
      });
      return {
        deduplicator,
        publisher: new Publisher({ sink, clock, log: SILENT }),
        state,
        clock,
        eventSource: config.eventBridge.source,
        oldest: allowRepeats ? Number.NEGATIVE_INFINITY : oldestPublishable(Number.NEGATIVE_INFINITY, now, history),
      };
    },
    close: () => aws.close(),
  };
}
