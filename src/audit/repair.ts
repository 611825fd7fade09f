import type { DerivedEvent } from '../domain/event.ts';
import { acquireWithPatience, uncounted, whileHolding } from '../lease/holding.ts';
import type { LeaseKeeper } from '../lease/lease-manager.ts';
import { linkSignals } from '../lib/signals.ts';
import type { CycleOptions, CycleSignals } from '../pipeline/cycle.ts';
import type { Tally } from '../pipeline/cycle-stats.ts';
import { Delivery } from '../pipeline/delivery.ts';
import type { Call } from '../ports/request-context.ts';
import { BACKFILL } from '../streams/backfill-stream.ts';

export interface RepairOptions {
  readonly cycle: Omit<CycleOptions, 'stream' | 'onCycle' | 'pulse'>;
  /** Of the lease of the stream `backfill`. */
  readonly keeper: LeaseKeeper;
  readonly leaseDurationMs: number;
  /** What became of the events; also of those before a failure. */
  readonly tally: Tally;
}

/** Resolves when all of these events are on the bus and recorded, or are stored dead letters. */
export type Publish = (events: readonly DerivedEvent[]) => Promise<void>;

/**
 * Lets `work` publish what it finds missing, on the way of every event: read IDs → publish → record IDs. It is a backfill of
 * single events: under the lease of `backfill`, so that neither a backfill nor another repair works at the same time, and without
 * touching where a backfill stands. Events that the live stream has not passed must not be given to it.
 *
 * `work` is to read under `call`, which ends with a stop; what was given to `publish` is still brought home then.
 */
export async function repairing<T>(
  { cycle, keeper, leaseDurationMs, tally }: RepairOptions,
  signals: CycleSignals,
  work: (publish: Publish, call: Call) => Promise<T>,
): Promise<T> {
  const { state, clock, names, reaches } = cycle;
  const post = { stream: BACKFILL, keeper, leaseDurationMs, clock };
  const appointment = await acquireWithPatience(post, uncounted(signals.stop));
  return whileHolding(keeper, appointment, signals, async () => {
    const { tenure } = appointment;
    const publishing = linkSignals(...tenure.endings, signals.abort);
    const reading = linkSignals(publishing.signal, signals.stop);
    const delivery = new Delivery({
      ...cycle,
      tally,
      stream: BACKFILL,
      storeDeadLetter: (letter, call) => state.putDeadLetter(BACKFILL, letter, call),
      call: uncounted(publishing.signal),
      recordingCall: uncounted(signals.abort),
      mayPublish: tenure.mayPublish,
    });
    names?.prime();
    const publish: Publish = async (events) => {
      // Before the first publication, since its IDs are remembered by this process's dedup.ttl.
      await reaches.under(tenure, uncounted(publishing.signal));
      await delivery.add(events);
      await delivery.finish();
    };
    try {
      return await work(publish, uncounted(reading.signal));
    } finally {
      reading.release();
      publishing.release();
    }
  });
}
