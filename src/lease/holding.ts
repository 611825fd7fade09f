import { Failure } from '../domain/failure.ts';
import type { CycleSignals } from '../pipeline/cycle.ts';
import type { Clock } from '../ports/clock.ts';
import type { Call } from '../ports/request-context.ts';
import type { Tenure } from './held-lease.ts';
import type { Appointment, LeaseKeeper } from './lease-manager.ts';

/** The lease of a stream, and who keeps it. */
export interface Post {
  readonly stream: string;
  readonly keeper: LeaseKeeper;
  readonly leaseDurationMs: number;
  readonly clock: Clock;
}

/**
 * Takes the lease. Waits for it for as long as a crashed poller could still hold it; rejects with a Failure when another goes on
 * renewing it.
 */
export async function acquireWithPatience(post: Post, call: Call, under?: Tenure): Promise<Appointment> {
  const { stream, keeper, leaseDurationMs, clock } = post;
  const until = clock.monotonic() + leaseDurationMs * 1.5;
  for (;;) {
    const appointment = await keeper.tryAcquire(call, under);
    if (appointment) return appointment;
    if (clock.monotonic() >= until) {
      throw new Failure({
        code: 'lease.held',
        what: `Another poller is at work on the stream ${stream}`,
        why: 'it goes on renewing its lease',
        remedy:
          'Stop that poller first, or let it do the work; `poller.name` tells pollers of different organisations apart',
      });
    }
    await clock.sleep(leaseDurationMs / 10, call.signal);
  }
}

/** Works under the lease, which is renewed meanwhile, and gives it back afterwards. */
export async function whileHolding<T>(
  keeper: LeaseKeeper,
  { tenure }: Appointment,
  signals: CycleSignals,
  work: () => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const holding = keeper.hold(tenure, uncounted(done.signal));
  try {
    return await work();
  } finally {
    done.abort();
    await holding;
    await keeper.giveBack(uncounted(signals.abort), tenure);
  }
}

/** A call that belongs to no cycle, as lease traffic does, and is counted nowhere. */
export function uncounted(signal: AbortSignal): Call {
  return { signal, count: () => undefined };
}
