import type { HeldLease } from '../lease/held-lease.ts';
import { linkSignals } from '../lib/abort.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { CycleSignals } from '../ports/stream.ts';

/** The contexts of the calls under a held lease, in the order in which they end. */
export interface DeliveryContexts {
  /** For reading the source: ends with a stop, too. */
  readonly reading: RequestContext;
  /** For reading IDs and publishing: ends with the right to publish. */
  readonly publishing: RequestContext;
  /**
   * For recording what was accepted: outlives the right to publish, since what is on the bus is on the bus.
   */
  readonly recording: RequestContext;
  /** Takes the listeners off the lease and the signals; to be called when all calls are over. */
  release(): void;
}

export function deliveryContexts(
  { lossSignals }: Pick<HeldLease, 'lossSignals'>,
  { stop, abort }: CycleSignals,
  count: RequestContext['count'],
): DeliveryContexts {
  const recording = linkSignals(abort);
  const publishing = linkSignals(...lossSignals, abort);
  const reading = linkSignals(publishing.signal, stop);
  return {
    reading: { signal: reading.signal, count },
    publishing: { signal: publishing.signal, count },
    recording: { signal: recording.signal, count },
    release() {
      for (const linked of [reading, publishing, recording]) linked.release();
    },
  };
}
