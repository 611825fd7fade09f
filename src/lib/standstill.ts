import type { Clock } from '../ports/clock.ts';

/**
 * A window that could not be read completely for this long is skipped, milliseconds. A stream must not stand
 * still for ever.
 */
const LONGEST = 3_600_000;
/**
 * After this long without a failure the count starts again, milliseconds: more than two intervals of an
 * hourly schedule.
 */
const FORGOTTEN = 3 * LONGEST;

/**
 * For how long windows have been failing, by their start. A failing window keeps its start, and its end may
 * move on.
 */
export class Standstill {
  private readonly clock: Clock;
  private readonly failing = new Map<number, { readonly since: number; readonly last: number }>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Notes that the window with this start has failed. True if it has been failing for an hour. */
  isOver(start: number): boolean {
    const now = this.clock.monotonic();
    for (const [key, { last }] of this.failing) if (now - last > FORGOTTEN) this.failing.delete(key);
    const since = this.failing.get(start)?.since ?? now;
    this.failing.set(start, { since, last: now });
    return now - since >= LONGEST;
  }
}
