import type { Instant } from './instant.ts';
import type { Plan, Position, Window } from './window.ts';

/** How the data lake is read again; all in milliseconds. */
export interface ReconciliationRules {
  /** What is newly guaranteed is read from this long before the watermark on. */
  readonly overlap: number;
  /** How far back from the watermark the lake is read again. */
  readonly horizon: number;
  /** How often the whole horizon is read again: at least `MIN_DUE_MS`, at most the horizon. */
  readonly horizonEvery: number;
}

const DAY = 86_400_000;
/**
 * A part of the horizon is due after this time of the clock, milliseconds. A job takes four requests or more
 * however little it reads, so shorter parts would cost requests and find nothing sooner.
 */
const MIN_DUE_MS = 300_000;
/**
 * What is newly guaranteed waits for a part of the horizon only where it is less than a tenth of the time
 * since the last part. Otherwise what the lake guarantees while a window is read would always come first.
 */
const MUCH_LONGER = 10;

/**
 * Cuts the next window over the data lake, of which everything before `guaranteed` is certain to be there.
 *
 * What is newly guaranteed comes first: from the watermark to `guaranteed`, and never past it; a longer span
 * is read day by day, oldest first. Such a window also has what leaves the horizon because of it (`partsOf`),
 * so that nothing leaves the horizon without a last reading, however long the poller was away.
 *
 * Records change afterwards, for days. So the horizon before the watermark is read again, spread evenly: each
 * time in it is due once in every `horizonEvery`, at a phase that depends on nothing but that time. A cursor
 * moves over the horizon, oldest time first. At the watermark it starts again at the old end. What it has
 * passed since `rereadTo`, a time of the clock, is due. A window has a day of that at most, so that what is
 * newly guaranteed never waits long, and a restart repeats little. Hence a time is read again within
 * `horizonEvery` and the time until the next poll, while the poller runs and its requests suffice. Where they
 * do not, or after an outage, the cursor goes on from where it is, and reaches every time in turn. It skips
 * whole passes as long as one is left.
 *
 * The checkpoint alone shows what is due, since nothing else survives a restart. Where it has no `rereadTo`
 * yet, its last write stands for that. The cursor moves back only with the clock. Undefined while nothing is
 * due. A guarantee that is taken back moves nothing.
 */
export function planReconciliation(
  checkpoint: Position & { readonly updatedAt: Instant },
  now: Instant,
  guaranteed: Instant,
  rules: ReconciliationRules,
): Plan | undefined {
  const { watermark, updatedAt } = checkpoint;
  if (guaranteed < watermark) return undefined;
  const rereadTo = Math.min(checkpoint.rereadTo ?? updatedAt, now);
  const due = partDue({ ...checkpoint, rereadTo }, now, rules);
  if (due && (guaranteed - watermark) * MUCH_LONGER < now - rereadTo) return due;
  if (guaranteed === watermark) return undefined;
  const end = Math.min(guaranteed, watermark + DAY);
  // What is newly guaranteed is one of the parts, so there is one.
  const { start } = spanOf(partsOf({ start: Number.NEGATIVE_INFINITY, end }, checkpoint, rules));
  return { window: { start, end }, rereadTo, caughtUp: end === guaranteed && !due };
}

/**
 * What is read of a window that ends after the watermark, oldest first: what leaves the horizon with it, and
 * what is newly guaranteed, with the overlap before. Nothing before the origin is ever published, so it is
 * not read.
 */
export function partsOf(
  window: Window,
  { watermark, origin }: Position,
  { overlap, horizon }: Omit<ReconciliationRules, 'horizonEvery'>,
): readonly Window[] {
  const start = Math.min(Math.max(watermark - overlap, origin), watermark);
  const leaving = { start: Math.max(watermark - horizon, origin), end: Math.min(window.end - horizon, start) };
  return [leaving, { start, end: window.end }]
    .map((part) => ({ start: Math.max(part.start, window.start), end: part.end }))
    .filter(isNotEmpty);
}

/** The part of the horizon that is due, if any. What the cursor passes before the origin is not read. */
function partDue(
  { watermark, origin, rereadTo }: Position & { readonly rereadTo: Instant },
  now: Instant,
  { horizon, horizonEvery }: ReconciliationRules,
): Plan | undefined {
  const surplus = now - rereadTo - MIN_DUE_MS;
  if (surplus < 0) return undefined;
  const every = Math.max(MIN_DUE_MS, Math.min(horizonEvery, horizon));
  /** How far the cursor moves in a millisecond of the clock, milliseconds. */
  const speed = horizon / every;
  const step = Math.min(every, Math.ceil(DAY / speed));
  const passesToSkip = Math.max(0, Math.floor(surplus / every) - 1);
  const oldest = watermark - horizon;
  for (let from = rereadTo + passesToSkip * every; from < now; from += step) {
    const to = Math.min(from + step, now);
    const cursor = oldest + modulo((from % every) * speed - oldest, horizon);
    const end = cursor + (to - from) * speed;
    const parts = [
      { start: oldest, end: end - horizon },
      { start: cursor, end: Math.min(end, watermark) },
    ]
      .map((part) => ({ start: Math.max(Math.floor(part.start), origin), end: Math.ceil(part.end) }))
      .filter(isNotEmpty);
    if (parts.length === 0) continue;
    return { window: spanOf(parts), parts, rereadTo: to, caughtUp: now - to < MIN_DUE_MS };
  }
  return undefined;
}

/** From the beginning of the first part to the end of the last, of one at least. */
function spanOf(parts: readonly Window[]): Window {
  return {
    start: Math.min(...parts.map(({ start }) => start)),
    end: Math.max(...parts.map(({ end }) => end)),
  };
}

function isNotEmpty({ start, end }: Window): boolean {
  return start < end;
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
