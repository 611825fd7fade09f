import type { ClockReading } from '../domain/tick.ts';
import type { Clock } from '../ports/clock.ts';

/** If more than this passes between the two reads, they do not belong together, milliseconds. */
const AT_ONCE = 50;

/**
 * Reads both clocks at the same time. A pause in between would look like a step of the wall clock, so the
 * clocks are then read again.
 */
export function readClocks(clock: Clock): ClockReading {
  for (;;) {
    const monotonic = clock.monotonic();
    const wall = clock.now();
    if (clock.monotonic() - monotonic <= AT_ONCE) return { wall, monotonic };
  }
}
