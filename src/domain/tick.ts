import type { Instant } from './instant.ts';

/**
 * When to tick, on a host whose wall clock may step.
 *
 * A schedule is written in wall time: `at` is its next time, looked up once, when the waiting began. Waiting
 * by the wall clock alone fails. An operator or NTP may set it back by a day, and then `at` is a day away; it
 * may jump a month ahead, and then thousands of times have passed, none of which must be made up for. Waiting
 * by the monotonic clock alone fails too: over a week it parts from a wall clock that NTP slews, and the tick
 * comes at another time than the schedule says.
 *
 * So a tick is due as soon as *one* of the two says so. By the wall clock it is due at `at`. By the monotonic
 * clock it is due once the wait has taken as long as it was to take, and a little more. Without a step the
 * wall clock decides, to the millisecond. After a step ahead the tick comes early, and once, however many
 * times of the schedule were jumped over. After a step back the monotonic clock decides. The next wait is
 * computed from what the wall clock says by then.
 *
 * This gives two promises: a wait never takes longer than it was to take, plus the allowance; and each step
 * brings at most one tick more than the schedule has.
 */
export interface Wait {
  /** The next time of the schedule. */
  readonly at: Instant;
  /** Both clocks when that was looked up. */
  readonly since: ClockReading;
}

/** The two clocks of this host, read at the same moment. */
export interface ClockReading {
  readonly wall: Instant;
  readonly monotonic: number;
}

/**
 * A wait is divided into sleeps of at most this length, milliseconds. A step of the wall clock is noticed no
 * later than that. It is also far below the 24.8 days that a timer of Node can count.
 */
const MAX_SLEEP_MS = 1_000;
/**
 * How much later than the wall clock the monotonic clock takes a tick for due: a second, milliseconds, and a
 * thousandth of the wait, since NTP slews a wall clock by up to a two-thousandth.
 */
const ALLOWANCE = 1_000;
const SLEW = 1_000;
/** How far the clocks may part between two looks, milliseconds, before that counts as a step. */
const MAX_DRIFT_MS = 1_000;

/** How long to wait before the next look, milliseconds; 0 if the tick is due. */
export function untilTick({ at, since }: Wait, now: ClockReading): number {
  const wanted = Math.max(0, at - since.wall);
  const left = since.monotonic + wanted + wanted / SLEW + ALLOWANCE - now.monotonic;
  return Math.max(0, Math.min(MAX_SLEEP_MS, at - now.wall, left));
}

/**
 * By how much the wall clock was set between two readings, milliseconds, negative for back; 0 if it was not.
 */
export function stepBetween(before: ClockReading, after: ClockReading): number {
  const parted = after.wall - before.wall - (after.monotonic - before.monotonic);
  return Math.abs(parted) > MAX_DRIFT_MS ? parted : 0;
}
