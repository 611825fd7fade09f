import { type CycleCounts, NO_COUNTS } from '../domain/cycle-report.ts';
import type { Instant } from '../domain/instant.ts';
import { type Fields, type LogLine, numberOf } from './log-line.ts';
import { absorbPace, createPace, notePace, type Pace } from './pace.ts';

/** What adds up, by the member of a cycle's line. */
type Counted = keyof CycleCounts | 'throttledMs';
const COUNTED: readonly Counted[] = [...(Object.keys(NO_COUNTS) as (keyof CycleCounts)[]), 'missed', 'throttledMs'];

/**
 * Sums of a bucket. `waitMs` comes from lines about throttling, `toRetry` from those about PutEvents calls
 * that were accepted in part.
 */
export type SumName = Counted | 'completed' | 'failed' | 'interrupted' | 'waitMs' | 'toRetry';
/** What cannot be added up: the largest of a bucket. */
export type PeakName = 'lagSeconds' | 'durationMs' | 'budgetShare';

export const SUMS: readonly SumName[] = [...COUNTED, 'completed', 'failed', 'interrupted', 'waitMs', 'toRetry'];
export const PEAKS: readonly PeakName[] = ['lagSeconds', 'durationMs', 'budgetShare'];

/** What a stream did in a bucket of time. */
export interface BucketFigures {
  readonly sums: Record<SumName, number>;
  readonly peaks: Partial<Record<PeakName, number>>;
  readonly pace: Pace;
}

export function createFigures(): BucketFigures {
  const sums = Object.fromEntries(SUMS.map((name) => [name, 0])) as Record<SumName, number>;
  return { sums, peaks: {}, pace: createPace() };
}

/** Adds what a later bucket holds to an earlier one. */
export function absorbFigures(earlier: BucketFigures, later: BucketFigures): void {
  for (const name of SUMS) earlier.sums[name] += later.sums[name];
  for (const name of PEAKS) notePeak(earlier, name, later.peaks[name]);
  absorbPace(earlier.pace, later.pace);
}

/**
 * Lines of cycles, by how these ended. `cycle.recovered` has what was kept back of the failed ones before it.
 */
const OUTCOMES: ReadonlyMap<string, 'completed' | 'failed' | 'interrupted' | 'recovered'> = new Map([
  ['cycle.completed', 'completed'],
  ['cycle.failed', 'failed'],
  ['cycle.interrupted', 'interrupted'],
  ['cycle.recovered', 'recovered'],
]);

export function isCycle({ event }: LogLine): boolean {
  return OUTCOMES.has(event);
}

/**
 * Adds the line of a cycle. Its counts are those of the cycles too whose lines were kept back before it
 * (`repeats`).
 */
export function noteCycle(figures: BucketFigures, { event, time, fields }: LogLine): void {
  const outcome = OUTCOMES.get(event);
  if (!outcome) return;
  for (const name of COUNTED) figures.sums[name] += numberOf(fields, name) ?? 0;
  if (outcome === 'recovered') {
    figures.sums.failed += numberOf(fields, 'repeats') ?? 0;
    return;
  }
  figures.sums[outcome] += outcome === 'failed' ? timesOf(fields) : 1;
  for (const name of PEAKS) notePeak(figures, name, numberOf(fields, name));
  if (outcome === 'interrupted') return;
  const code = fields.get('code');
  const isCaughtUp = outcome === 'completed' && fields.get('caughtUp') === true;
  notePace(figures.pace, time, isCaughtUp, outcome === 'failed' ? [String(code), timesOf(fields)] : undefined);
}

/** How many occurrences this line stands for: its own, and those that were kept back before it. */
export function timesOf(fields: Fields): number {
  return 1 + (numberOf(fields, 'repeats') ?? 0);
}

function notePeak(figures: BucketFigures, name: PeakName, value: number | undefined): void {
  if (value !== undefined) figures.peaks[name] = Math.max(value, figures.peaks[name] ?? 0);
}

/**
 * A wait because Genesys throttles is not longer than this, milliseconds; the longest that the poller bears
 * is ten minutes.
 */
const MAX_WAIT_MS = 3_600_000;

/** Spreads a wait over the buckets of a timeline that it lasts. */
export function noteWait(
  at: (time: Instant) => BucketFigures,
  width: () => number,
  from: Instant,
  waitMs: number,
): void {
  const to = from + Math.min(waitMs, MAX_WAIT_MS);
  for (let time = from; time < to; ) {
    const figures = at(time);
    const end = Math.min(to, (Math.floor(time / width()) + 1) * width());
    figures.sums.waitMs += end - time;
    time = end;
  }
}
