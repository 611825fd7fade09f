import type { Instant } from '../domain/instant.ts';

/** Whether a stream kept up in a bucket of time, as exactly as the times of its cycles say. */
export interface Pace {
  firstAt?: Instant;
  lastAt?: Instant;
  /** The first cycle that left the stream caught up. */
  firstCaughtUpAt?: Instant;
  /** The first and the last cycle that did not: it failed, or there is more to read. */
  firstBehindAt?: Instant;
  lastBehindAt?: Instant;
  /** The first cycle after the last one of these that left the stream caught up. */
  recoveredAt?: Instant;
  /** How many cycles failed, by code. */
  readonly codes: Map<string, number>;
}

/** Codes of a bucket; the program has about thirty. */
const MAX_CODES = 40;

export function createPace(): Pace {
  return { codes: new Map() };
}

/** Adds a cycle that ended; `failure` is its code, and for how many failures it stands. */
export function notePace(
  pace: Pace,
  time: Instant,
  isCaughtUp: boolean,
  failure?: readonly [code: string, times: number],
): void {
  pace.firstAt = Math.min(time, pace.firstAt ?? time);
  pace.lastAt = Math.max(time, pace.lastAt ?? time);
  if (isCaughtUp) {
    pace.firstCaughtUpAt = Math.min(time, pace.firstCaughtUpAt ?? time);
    if (pace.lastBehindAt !== undefined && time >= pace.lastBehindAt) pace.recoveredAt ??= time;
  } else {
    pace.firstBehindAt = Math.min(time, pace.firstBehindAt ?? time);
    pace.lastBehindAt = Math.max(time, pace.lastBehindAt ?? time);
    delete pace.recoveredAt;
  }
  if (failure) count(pace.codes, ...failure);
}

/** Adds the pace of a later bucket. */
export function absorbPace(earlier: Pace, later: Pace): void {
  const recoveredAt =
    later.lastBehindAt === undefined && earlier.lastBehindAt !== undefined
      ? (earlier.recoveredAt ?? later.firstCaughtUpAt)
      : later.recoveredAt;
  const merged: Pace = { ...later, ...earlier };
  if (later.lastAt !== undefined) merged.lastAt = later.lastAt;
  if (later.lastBehindAt !== undefined) merged.lastBehindAt = later.lastBehindAt;
  delete merged.recoveredAt;
  Object.assign(earlier, merged, recoveredAt !== undefined && { recoveredAt });
  if (recoveredAt === undefined) delete earlier.recoveredAt;
  for (const [code, times] of later.codes) count(earlier.codes, code, times);
}

function count(codes: Map<string, number>, code: string, times: number): void {
  if (codes.has(code) || codes.size < MAX_CODES) codes.set(code, (codes.get(code) ?? 0) + times);
}

/** A time in which a stream was behind. */
export interface Behind {
  readonly from: Instant;
  /** When it had caught up; undefined where the log ends before that. */
  readonly until: Instant | undefined;
  /** Failed cycles by code. */
  readonly codes: ReadonlyMap<string, number>;
  /** Milliseconds in which no cycle ended at all. */
  readonly silentMs: number;
}

/** No cycle for so many times the usual interval is silence: no poller was running. */
const SILENT_INTERVALS = 8;
const MIN_SILENCE_MS = 5 * 60_000;

/**
 * The times in which a stream was behind, oldest first: from a cycle that failed or left more to read, or
 * from the last cycle before a silence, to the next one that left it caught up. A stream that is behind more
 * than once within a bucket was behind once.
 */
export function timesBehind(paces: readonly Pace[], width: number): readonly Behind[] {
  const cycles = paces.filter(({ lastAt }) => lastAt !== undefined);
  const silence = shortestSilence(cycles, width);
  const found: Behind[] = [];
  let open: { from: Instant; codes: Map<string, number>; silentMs: number } | undefined;
  let before: Instant | undefined;
  for (const pace of cycles) {
    const { firstAt = 0, lastAt = 0, firstBehindAt, firstCaughtUpAt, recoveredAt, codes } = pace;
    const pause = before === undefined ? 0 : firstAt - before;
    if (pause > silence) {
      open ??= { from: firstAt - pause, codes: new Map(), silentMs: 0 };
      open.silentMs += pause;
    }
    if (firstBehindAt !== undefined) open ??= { from: firstBehindAt, codes: new Map(), silentMs: 0 };
    if (open) {
      for (const [code, times] of codes) count(open.codes, code, times);
      const until = firstBehindAt === undefined ? firstCaughtUpAt : recoveredAt;
      if (until !== undefined) {
        found.push({ ...open, until });
        open = undefined;
      }
    }
    before = lastAt;
  }
  return open ? [...found, { ...open, until: undefined }] : found;
}

function shortestSilence(cycles: readonly Pace[], width: number): number {
  const pauses = cycles.slice(1).map(({ firstAt = 0 }, n) => firstAt - (cycles[n]?.lastAt ?? 0));
  const usual = pauses.toSorted((a, b) => a - b)[pauses.length >> 1] ?? 0;
  return Math.max(MIN_SILENCE_MS, SILENT_INTERVALS * usual, 2 * width);
}
