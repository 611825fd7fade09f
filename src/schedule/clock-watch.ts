import { stepBetween } from '../domain/tick.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { readClocks } from './read-clocks.ts';

/** How often to look, milliseconds. */
const LOOK_EVERY = 1_000;

interface ClockWatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called after each step: what was computed in wall time has to be computed again. */
  readonly onStep?: () => void;
}

/**
 * Reports every step of the wall clock, until the signal aborts. A host that was suspended sees a step ahead,
 * too.
 */
export async function watchClock({ clock, log, signal, onStep }: ClockWatchOptions): Promise<void> {
  let before = readClocks(clock);
  while (!signal.aborted) {
    await clock.sleep(LOOK_EVERY, signal).catch(() => undefined);
    const now = readClocks(clock);
    const step = stepBetween(before, now);
    before = now;
    if (signal.aborted || step === 0) continue;
    const stepSeconds = Math.round(step / 100) / 10;
    const direction = step > 0 ? 'ahead' : 'back';
    log.warn(
      'clock.stepped',
      `The wall clock of this host was set ${direction} by ${Math.abs(stepSeconds)} s; the next time of the schedule is computed again`,
      { stepSeconds },
    );
    onStep?.();
  }
}
