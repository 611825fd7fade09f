import type { Instant } from './instant.ts';

/** A process that stands by for a stream, as it last wrote down for operators. Nothing else depends on it. */
export interface Standby {
  /** Names the process as a holder of leases. */
  readonly holder: string;
  /** When it wrote this, by its own clock. */
  readonly at: Instant;
  readonly programVersion?: string | undefined;
}

/** How long a standby waits before it writes again, milliseconds: 24 writes a day cost nothing noticeable. */
export const STANDBY_NOTE_EVERY = 3_600_000;

/** Whether a standby has ended without a word: it has missed a note, and most of another hour has passed. */
export function isGone({ at }: Standby, now: Instant): boolean {
  return now - at >= 2 * STANDBY_NOTE_EVERY;
}
