import { formatInstant, futureProblem, type Instant } from './instant.ts';
import type { Plan, Window } from './window.ts';

const HOUR = 3_600_000;
/** What one job over the data lake usually reads: a run that is killed loses no more work than that. */
const MAX_WINDOW_MS = 6 * HOUR;
/**
 * How far outside of a conversation's life its events are looked for. A conversation is found by its life,
 * and its events are published by their own times. Work that follows a call may end after the conversation,
 * and a segment may begin shortly before it.
 */
const MARGIN_MS = HOUR;
/** Requests a minute that Genesys allows a client-credentials token. */
const PLATFORM_LIMIT = 300;
const MIN_BUDGET = 30;

/** What is wrong with a period as it was asked for at `now`, in words; undefined if nothing is. */
export function periodProblem({ start, end }: Window, now: Instant): string | undefined {
  const problem = futureProblem('--to', end, now);
  if (problem !== undefined || start < end) return problem;
  return `--from ${formatInstant(start)} must be earlier than --to ${formatInstant(end)}`;
}

/**
 * The next window of a run that has read up to `watermark`, oldest first; undefined at the end of the run.
 */
export function planBackfill({ start: from, end: to }: Window, watermark: Instant): Plan | undefined {
  if (watermark >= to) return undefined;
  const start = watermark === from ? from - MARGIN_MS : watermark;
  const end = Math.min(start + MAX_WINDOW_MS, to);
  return { window: { start, end }, caughtUp: end === to };
}

/**
 * The time range of events that a process resuming at `watermark` still has to publish. What is earlier
 * was published with the windows before, except for the margin of the conversations that began after the
 * watermark.
 */
export function remainder({ start, end }: Window, watermark: Instant): Window {
  return { start: Math.max(start, watermark - MARGIN_MS), end };
}

/**
 * The same times as these periods, in order and apart from one another: what of them ends by `since` is left
 * out.
 */
export function mergedPeriods(periods: readonly Window[], since: Instant): readonly Window[] {
  const merged: Window[] = [];
  for (const period of periods.filter(({ end }) => end > since).sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && period.start <= last.end) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, period.end) };
    } else merged.push(period);
  }
  return merged;
}

/**
 * The request budget of a backfill beside a daemon that has this one: what is left of the platform's limit.
 */
export function remainingBudget(requestsPerMinute: number): number {
  return Math.max(MIN_BUDGET, PLATFORM_LIMIT - requestsPerMinute);
}

/** How far a run has come, and how fast this process goes on. */
interface ProgressEstimate {
  /** Of the period, 0 to 1. */
  readonly fraction: number;
  /** How long the rest takes at the pace so far, milliseconds; undefined before there is one. */
  readonly remainingMs: number | undefined;
}

/**
 * The pace of a process that took a run over at `begunAt` and has read up to `watermark` within `elapsedMs`.
 */
export function estimateProgress(
  { start, end }: Window,
  begunAt: Instant,
  watermark: Instant,
  elapsedMs: number,
): ProgressEstimate {
  const done = watermark - begunAt;
  return {
    fraction: (watermark - start) / (end - start),
    remainingMs: done > 0 ? Math.round((elapsedMs * (end - watermark)) / done) : undefined,
  };
}
