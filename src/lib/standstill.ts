import type { Clock } from '../ports/clock.ts';

/**
 * A window that could not be read completely for so long is passed, milliseconds: a stream must not stand
 * still for ever.
 */
const LONGEST = 3_600_000;
/** What has not failed for so long fails anew, milliseconds: more than two times of an hourly schedule. */
const FORGOTTEN = 3 * LONGEST;

/**
 * For how long windows have been failing, by where they begin. A window that fails keeps its beginning and
 * may grow at its end.
 */
export class Standstill {
  private readonly clock: Clock;
  private readonly failing = new Map<number, { readonly since: number; readonly last: number }>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Takes note that the window that begins there has failed; true if it has been failing for an hour. */
  isOver(start: number): boolean {
    const now = this.clock.monotonic();
    for (const [key, { last }] of this.failing) if (now - last > FORGOTTEN) this.failing.delete(key);
    const since = this.failing.get(start)?.since ?? now;
    this.failing.set(start, { since, last: now });
    return now - since >= LONGEST;
  }
}
