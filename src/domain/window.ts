import type { Instant } from './instant.ts';

/** A span of the source's time: from `start` up to `end`. */
export interface Window {
  readonly start: Instant;
  readonly end: Instant;
}

/** How far a stream has come. */
export interface Position {
  /**
   * Everything up to it is dealt with: published, stored as a dead letter, left out on purpose (by
   * `events.include`, or too old), or reported as a gap.
   */
  readonly watermark: Instant;
  /** Where publishing begins. */
  readonly origin: Instant;
  /**
   * Live stream: the end of its last full window. Reconciliation: the time of the clock up to which due parts
   * of the horizon were read. Absent where that is not known. It is stored with the watermark, so that a
   * restart or another host goes on from there.
   */
  readonly rereadTo?: Instant;
}

/** How windows are cut; all in milliseconds. */
export interface WindowRules {
  /** The window ends this long before now: records younger than that are still being written by Genesys. */
  readonly settle: number;
  /** What appears this long after it has settled is found by reading again. */
  readonly overlap: number;
  /** A window is never longer; must exceed `overlap`, or nothing would advance. */
  readonly maxWindow: number;
}

/** The next window, and whether reading it leaves nothing more to read for now. */
export interface Plan {
  readonly window: Window;
  /** What of the window is read, oldest first; absent: what the stream reads of any window. */
  readonly parts?: readonly Window[];
  readonly caughtUp: boolean;
  /** How far reading again comes with this window; absent: no further. */
  readonly rereadTo?: Instant;
}

/** The position of a stream once a window has been delivered. The watermark never moves back. */
export function advanced<P extends Position>(position: P, { window, rereadTo }: Plan): P {
  const watermark = Math.max(position.watermark, window.end);
  return { ...position, watermark, ...(rereadTo !== undefined && { rereadTo }) };
}

/**
 * Cuts the next window of a live stream.
 *
 * A stream is a line of time with a watermark on it: everything up to it is dealt with. The next window
 * reaches from a little before the watermark (but never before the origin, where publishing begins) to a
 * little before now (`settle`). If that is longer than `maxWindow`, only the oldest slice is cut and the
 * stream is not caught up.
 *
 * There are two overlaps. Most windows begin only `settle` before the watermark. One window in every
 * `overlap` is a full one: it begins `overlap` before the end of the full window before it (`rereadTo`). So a
 * record that appears within `settle` + `overlap` of its time is found by the first full window that is read
 * afterwards: when the full window before that was read, the time of the record was at most `overlap` before
 * its end. Full windows begin to be due after one `overlap`, so nothing is found later than `settle` + 2 ×
 * `overlap`. With the defaults and 30 seconds between polls, a time is read about five times; if every window
 * were a full one, it would be eleven. Where `rereadTo` is not known, the window is a full one and begins
 * `overlap` before the watermark.
 *
 * While the stream is behind, every window is a full one, and begins `overlap` before the watermark. Where
 * `maxWindow` leaves little beside the overlap, full windows come more often, so that each of them advances
 * by half of the rest at least.
 *
 * The watermark never moves back: when the clock was set back, or the last poll was only just now, there is
 * nothing between the watermark and `now - settle`, and the answer is undefined: nothing to read yet.
 */
export function planWindow(
  { watermark, origin, rereadTo }: Position,
  now: Instant,
  { settle, overlap, maxWindow }: WindowRules,
): Plan | undefined {
  const target = now - settle;
  if (target <= watermark) return undefined;
  const every = Math.min(overlap, Math.floor((maxWindow - overlap) / 2));
  // An operator may have moved the watermark to either side of it.
  const lastFull = Math.min(Math.max(rereadTo ?? watermark, watermark - every), watermark);
  const isFull = rereadTo === undefined || target - lastFull >= every;
  const reach = isFull ? lastFull - overlap : watermark - Math.min(settle, overlap);
  const start = Math.min(Math.max(reach, origin), watermark);
  const end = Math.min(target, start + maxWindow);
  return { window: { start, end }, caughtUp: end === target, rereadTo: isFull ? end : lastFull };
}

export function isSameWindow(a: Window, b: Window): boolean {
  return a.start === b.start && a.end === b.end;
}

/** The two halves of a window that holds too much; undefined when it cannot usefully be halved any more. */
export function halve(window: Window): readonly [Window, Window] | undefined {
  const middle = Math.floor((window.start + window.end) / 2);
  if (window.end - window.start < 2_000) return undefined;
  return [
    { start: window.start, end: middle },
    { start: middle, end: window.end },
  ];
}
