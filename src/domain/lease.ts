import type { Instant } from './instant.ts';

/**
 * One active poller for each stream, by a lease that needs no common clock.
 *
 * The holder writes the lease again and again, each time with a higher version. It may publish for
 * `durationMs`, less a margin, from the moment *before* it sent its last successful write, by its own
 * monotonic clock. A standby reads the lease and remembers since when, by *its* own monotonic clock and
 * counted from *after* the read, the version has stood still. Once that is `durationMs`, the holder's time is
 * over, wherever it is: its count began earlier and ends sooner. No two hosts ever compare their clocks; they
 * only have to run at about the same speed.
 *
 * A holder that was paused cannot know that its time is over until it looks: that is what the fence is for.
 * Each takeover raises it, and a checkpoint never accepts a lower one than it has.
 */
export interface Lease {
  /** Who holds it; empty after a clean release. */
  readonly holder: string;
  /** Raised by every write. */
  readonly version: number;
  /** The fencing token: raised at every takeover, so that an earlier holder's writes are refused. */
  readonly fence: number;
  /** For how long after its last write the holder counts as alive, milliseconds. */
  readonly durationMs: number;
  /** Which version of this program holds it, for operators. */
  readonly programVersion?: string | undefined;
}

/**
 * A lease as a standby has watched it. `since` is the monotonic time at which this version was first seen.
 */
export interface Sighting {
  readonly lease: Lease;
  readonly since: number;
}

/** What a standby has seen after another read; a version seen before keeps the time it was first seen. */
export function sight(previous: Sighting | undefined, lease: Lease, readAt: number): Sighting {
  const same = previous?.lease.version === lease.version && previous.lease.holder === lease.holder;
  return same ? previous : { lease, since: readAt };
}

/**
 * Whether the lease may be taken: it was released, or its holder has given no sign of life for its whole
 * duration.
 */
export function mayTake({ lease, since }: Sighting, now: number): boolean {
  return lease.holder === '' || now - since >= lease.durationMs;
}

/**
 * The lease that a new holder writes over the stored one, if any. Its fence exceeds the checkpoint's too: a
 * lease that was deleted, or restored from a backup, must not leave a poller behind the fence it is to raise.
 */
export function takeOver(
  stored: Lease | undefined,
  checkpointFence: number | undefined,
  holder: string,
  durationMs: number,
): Lease {
  const fence = Math.max(stored?.fence ?? 0, checkpointFence ?? 0) + 1;
  return { holder, version: (stored?.version ?? 0) + 1, fence, durationMs };
}

/** The lease that its holder writes to go on holding it. */
export function renewal(held: Lease): Lease {
  return { ...held, version: held.version + 1 };
}

/** The lease that its holder leaves behind for the next one. */
export function release(held: Lease): Lease {
  return { ...held, holder: '', version: held.version + 1 };
}

/**
 * Until when, on the monotonic clock, the holder of a lease written at `sentAt` may publish. The last sixth
 * of the duration is left for calls that are then on the wire.
 */
export function mayPublishUntil(sentAt: number, durationMs: number): number {
  return sentAt + (durationMs * 5) / 6;
}

/** How long to wait between renewals, milliseconds. */
export function renewalInterval(durationMs: number): number {
  return durationMs / 3;
}

/**
 * How long a standby waits between looks, milliseconds: short, so that a clean release is taken up at once.
 */
export function watchInterval(durationMs: number): number {
  return durationMs / 10;
}

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

/** Whether a standby has ended and left its note: it has missed a note, and another hour has passed. */
export function isGone({ at }: Standby, now: Instant): boolean {
  return now - at >= 2 * STANDBY_NOTE_EVERY;
}
