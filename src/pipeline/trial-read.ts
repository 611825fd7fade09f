import { failedCycle } from '../domain/cycle-report.ts';
import { Failure } from '../domain/failure.ts';
import { backoffDelay, PAUSES } from '../domain/retry-policy.ts';
import { contextOf, type RequestContext } from '../ports/request-context.ts';
import type { CycleSignals } from '../ports/stream.ts';
import type { CycleOptions } from './cycle.ts';
import { stuckFailure, watched } from './watchdog.ts';

/**
 * How long a trial read may take, milliseconds: a page of the source and an item of the table, throttled now
 * and then.
 */
const ALLOWED = 300_000;

/**
 * Resolves once the source and the state table have both answered, or when stopped. A poller that released
 * its lease because its cycles did not end takes it again only after this. It first waits for a whole
 * duration of the lease, in which a standby looks ten times. Rejects with a Failure if a trial read hangs and
 * cannot be cancelled.
 */
export async function untilReadable(
  cycle: CycleOptions,
  leaseDurationMs: number,
  { stop, abort }: CycleSignals,
): Promise<void> {
  const { clock, time, stream, observer } = cycle;
  let pause = leaseDurationMs;
  for (let failures = 1; ; failures++) {
    await clock.sleep(pause, stop).catch(() => undefined);
    if (stop.aborted) return;
    const ending = new AbortController();
    const cancel = () => ending.abort(unanswered(stream.name));
    stop.addEventListener('abort', cancel, { once: true, signal: ending.signal });
    try {
      await watched(() => readTrial(cycle, contextOf(ending.signal)), {
        clock,
        abort,
        cancel,
        allowed: () => ALLOWED,
        stuck: () => stuckFailure(stream.name),
      });
      return;
    } catch (failure) {
      if (failure instanceof Failure && failure.code === 'poller.stuck') throw failure;
      if (stop.aborted) return;
      observer.onCycle(failedCycle(stream.name, time.now(), failure));
      pause = backoffDelay(failures, PAUSES.trialRead, clock.random());
    } finally {
      ending.abort();
    }
  }
}

function unanswered(stream: string): Failure {
  return new Failure({
    code: 'lease.released',
    what: `A trial read of the stream ${stream} was not answered`,
    why: `it took longer than ${ALLOWED / 1_000} s`,
    remedy: 'The lease stays released, and the trial is repeated',
  });
}

/**
 * Reads the checkpoint, and as much of the source as shows that it answers. Publishes nothing and writes
 * nothing.
 */
async function readTrial({ stream, state, clock }: CycleOptions, context: RequestContext): Promise<void> {
  const checkpoint = await state.readCheckpoint(stream.name, context);
  const now = (await stream.now?.(context)) ?? clock.now();
  if (stream.probe) return stream.probe(context);
  const plan = checkpoint && (await stream.plan(checkpoint, now, context));
  if (!plan) return;
  for await (const _page of stream.read(plan.window, context)) return;
}
