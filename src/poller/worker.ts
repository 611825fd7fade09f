import { Failure } from '../domain/failure.ts';
import type { Call } from '../ports/call.ts';
import type { Ticker } from '../ports/ticker.ts';
import type { CycleOptions, CycleOutcome, CycleSignals } from './cycle.ts';
import { factsOf, messageOf } from './failure-report.ts';
import type { Appointment, LeaseKeeper } from './lease-keeper.ts';
import { linkSignals } from './signals.ts';
import { StreamRunner } from './stream-runner.ts';

/** All that one stream needs to be polled. */
export interface Worker {
  readonly cycle: CycleOptions;
  readonly keeper: LeaseKeeper;
  readonly ticker: Ticker;
  readonly leaseDurationMs: number;
}

/**
 * Polls a stream until told to stop: stands by until the lease is ours, polls at once and then with every tick, and
 * stands by again when the lease is lost. Resolves when what was read has been brought to its end and the lease is given
 * back. No failure of a dependency ends it.
 */
export async function serve(worker: Worker, signals: CycleSignals): Promise<void> {
  const { stop } = signals;
  while (!stop.aborted) {
    const appointment = await unlessStopped(stop, () => worker.keeper.acquire(uncounted(stop)));
    if (!appointment) break;
    await whileHolding(worker, appointment, signals, async (runner) => {
      const { tenure } = appointment;
      const waiting = linkSignals(stop, tenure.signal);
      while (!waiting.signal.aborted) {
        await runner.poll(signals);
        await unlessStopped(waiting.signal, () => worker.ticker.next(waiting.signal));
      }
      waiting.release();
    });
  }
}

/**
 * Polls a stream until it is caught up, once. Waits for the lease for as long as a crashed poller could still hold it;
 * when another goes on renewing it, the outcome is a failure.
 */
export async function pollOnce(worker: Worker, signals: CycleSignals): Promise<CycleOutcome> {
  try {
    const appointment = await acquireWithPatience(worker, uncounted(signals.stop));
    return await whileHolding(worker, appointment, signals, (runner) => runner.poll(signals));
  } catch (failure) {
    if (signals.stop.aborted) return { status: 'interrupted' };
    const { log, stream } = worker.cycle;
    log.error('cycle.failed', messageOf(failure), { stream: stream.name, ...factsOf(failure) });
    return { status: 'failed', failure };
  }
}

/** Works under the lease, which is renewed meanwhile, and gives it back afterwards. */
async function whileHolding<T>(
  { keeper, cycle }: Worker,
  appointment: Appointment,
  signals: CycleSignals,
  work: (runner: StreamRunner) => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const holding = keeper.hold(appointment.tenure, uncounted(done.signal));
  try {
    return await work(new StreamRunner(cycle, appointment));
  } finally {
    done.abort();
    await holding;
    await keeper.giveBack(uncounted(signals.abort));
  }
}

async function acquireWithPatience({ keeper, cycle, leaseDurationMs }: Worker, call: Call): Promise<Appointment> {
  const until = cycle.clock.monotonic() + leaseDurationMs * 1.5;
  for (;;) {
    const appointment = await keeper.tryAcquire(call);
    if (appointment) return appointment;
    if (cycle.clock.monotonic() >= until) {
      throw new Failure({
        code: 'lease.held',
        what: `Another poller is at work on the stream ${cycle.stream.name}`,
        why: 'it goes on renewing its lease',
        remedy:
          'Stop that poller first, or let it do the work; `poller.name` tells pollers of different organisations apart',
      });
    }
    await cycle.clock.sleep(leaseDurationMs / 10, call.signal);
  }
}

/** Lease traffic belongs to no cycle, and is counted nowhere. */
function uncounted(signal: AbortSignal): Call {
  return { signal, count: () => undefined };
}

/** Undefined if the signal aborted first; any other rejection is passed on. */
async function unlessStopped<T>(signal: AbortSignal, wait: () => Promise<T>): Promise<T | undefined> {
  try {
    return await wait();
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
