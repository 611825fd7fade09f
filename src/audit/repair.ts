import type { DerivedEvent } from '../domain/event.ts';
import { BACKFILL } from '../domain/streams.ts';
import type { LeaseManager } from '../lease/lease-manager.ts';
import { withLease } from '../lease/with-lease.ts';
import type { CycleDependencies } from '../pipeline/cycle.ts';
import type { CycleStats } from '../pipeline/cycle-stats.ts';
import { Delivery, deliverAll } from '../pipeline/delivery.ts';
import { deliveryContexts } from '../pipeline/delivery-contexts.ts';
import { flushUnrecorded } from '../pipeline/flush-unrecorded.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { CycleSignals } from '../ports/stream.ts';

export interface RepairOptions {
  readonly cycle: CycleDependencies;
  /** Acquires the lease of the stream `backfill`. */
  readonly leaseManager: LeaseManager;
  /** The outcomes of the events, those before a failure included. */
  readonly stats: CycleStats;
}

/** Resolves when all of these events are on the bus and recorded, or are stored dead letters. */
export type Publish = (events: readonly DerivedEvent[]) => Promise<void>;

/**
 * Lets `work` publish what it finds missing, in the order of every event: read IDs → publish → record IDs. It
 * is a backfill of single events, under the lease of `backfill`, so no backfill and no other repair runs at
 * the same time. The checkpoint of a backfill stays as it is. Events that the live stream has not passed must
 * not be given to it.
 *
 * `work` reads under its context, which ends with a stop. What was given to `publish` is still delivered.
 */
export async function repairing<T>(
  { cycle, leaseManager, stats }: RepairOptions,
  signals: CycleSignals,
  work: (publish: Publish, context: RequestContext) => Promise<T>,
): Promise<T> {
  const { names, dedupHistoryReader } = cycle;
  return withLease({ leaseManager, policy: 'once', signals }, async ({ heldLease }) => {
    const contexts = deliveryContexts(heldLease, signals, stats.count);
    const delivery = new Delivery({
      ...cycle,
      stats,
      stream: BACKFILL,
      contexts,
      assertMayPublish: heldLease.assertMayPublish,
    });
    names?.prime();
    const publish: Publish = async (events) => {
      // Before the first publication, since its IDs are remembered by this process's dedup.ttl.
      await dedupHistoryReader.current(heldLease, contexts.publishing);
      await deliverAll(delivery, () => delivery.add(events));
    };
    try {
      return await work(publish, contexts.reading);
    } finally {
      await flushUnrecorded(cycle, BACKFILL, contexts.recording);
      contexts.release();
    }
  });
}
