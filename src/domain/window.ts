import type { Instant } from './instant.ts';

/** A span of the source's time: from `start` up to `end`. */
export interface Window {
  readonly start: Instant;
  readonly end: Instant;
}

/** How windows are cut; all in milliseconds. */
export interface WindowRules {
  /** The window ends this long before now: records younger than that are still being written by Genesys. */
  readonly settle: number;
  /** The window begins this long before the checkpoint: what appeared late is read again. */
  readonly overlap: number;
  /** A window is never longer; must exceed `overlap`, or nothing would advance. */
  readonly maxWindow: number;
}

/** The next window, and whether reading it leaves nothing more to read for now. */
export interface Plan {
  readonly window: Window;
  readonly caughtUp: boolean;
}

/**
 * Cuts the next window of a stream.
 *
 * A stream is a line of time with a watermark on it: everything up to it has been published. The next window
 * reaches from a little before the watermark (`overlap`, but never before the origin, where publishing
 * begins) to a little before now (`settle`). If that is longer than `maxWindow`, only the oldest slice is cut
 * and the stream is not caught up.
 *
 * The watermark never moves back: when the clock was set back, or the last poll was only just now, there is
 * nothing between the watermark and `now - settle`, and the answer is undefined: nothing to read yet.
 */
export function planWindow(
  checkpoint: { readonly watermark: Instant; readonly origin: Instant },
  now: Instant,
  rules: WindowRules,
): Plan | undefined {
  const target = now - rules.settle;
  if (target <= checkpoint.watermark) return undefined;
  const start = Math.min(Math.max(checkpoint.watermark - rules.overlap, checkpoint.origin), checkpoint.watermark);
  const end = Math.min(target, start + rules.maxWindow);
  return { window: { start, end }, caughtUp: end === target };
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
