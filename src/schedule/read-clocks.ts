import type { Reading } from '../domain/tick.ts';
import type { Clock } from '../ports/clock.ts';

/**
 * A process that is held up for longer than this between two reads has not read them at the same moment,
 * milliseconds.
 */
const AT_ONCE = 50;

/**
 * Reads both clocks at the same moment. A pause of the process in between would look like a step of the wall
 * clock: then again.
 */
export function readClocks(clock: Clock): Reading {
  for (;;) {
    const monotonic = clock.monotonic();
    const wall = clock.now();
    if (clock.monotonic() - monotonic <= AT_ONCE) return { wall, monotonic };
  }
}
