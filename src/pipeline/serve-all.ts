import { Failure } from '../domain/failure.ts';
import type { CycleSignals } from './stream.ts';
import { serve, type Worker } from './worker.ts';

/**
 * Serves all workers until they are stopped. Resolves to whether the work of one is stuck: `onStuck` is
 * called at once and has to stop the others. Stuck work cannot be ended here, so the process has to end.
 */
export async function serveAll(
  workers: readonly Worker[],
  signals: CycleSignals,
  onStuck: (failure: Failure) => void,
): Promise<{ readonly isStuck: boolean }> {
  let isStuck = false;
  const serving = workers.map(async (worker) => {
    try {
      await serve(worker, signals);
    } catch (failure) {
      if (!(failure instanceof Failure) || failure.code !== 'poller.stuck') throw failure;
      isStuck = true;
      onStuck(failure);
    }
  });
  await Promise.all(serving);
  return { isStuck };
}
