import type { Instant } from '../domain/instant.ts';
import { type Fields, type LogLine, numberOf } from './log-line.ts';
import { absorbPace, createPace, notePace, type Pace } from './pace.ts';

/**
 * What adds up, by the member of a cycle's line, and the metric that also counts the lines that were kept
 * back.
 */
const COUNTED = {
  conversations: 'Conversations',
  derived: 'Derived',
  duplicates: 'Duplicates',
  tooOld: 'TooOld',
  tooLate: 'TooLate',
  published: 'Published',
  suppressed: 'Suppressed',
  deadLettered: 'DeadLettered',
  missed: 'MissedByLive',
  genesysRequests: 'GenesysRequests',
  genesysThrottled: 'GenesysThrottled',
  putEventsCalls: 'PutEventsCalls',
  dynamoCalls: 'DynamoCalls',
  throttledMs: undefined,
} as const;

type Counted = keyof typeof COUNTED;
/**
 * Sums of a bucket. `waitMs` is told by lines about throttling, `toRetry` by those about PutEvents calls that
 * were accepted in part.
 */
export type SumName = Counted | 'completed' | 'failed' | 'interrupted' | 'waitMs' | 'toRetry';
/** What cannot be added up: the largest of a bucket. */
export type PeakName = 'lagSeconds' | 'durationMs' | 'budgetShare';

const COUNTED_NAMES = Object.keys(COUNTED) as Counted[];
export const SUMS: readonly SumName[] = [...COUNTED_NAMES, 'completed', 'failed', 'interrupted', 'waitMs', 'toRetry'];
export const PEAKS: readonly PeakName[] = ['lagSeconds', 'durationMs', 'budgetShare'];

/** What a stream did in a bucket of time. */
export interface Figures {
  readonly sums: Record<SumName, number>;
  readonly peaks: Partial<Record<PeakName, number>>;
  readonly pace: Pace;
}

export function createFigures(): Figures {
  const sums = Object.fromEntries(SUMS.map((name) => [name, 0])) as Record<SumName, number>;
  return { sums, peaks: {}, pace: createPace() };
}

/** Adds what a later bucket holds to an earlier one. */
export function absorbFigures(earlier: Figures, later: Figures): void {
  for (const name of SUMS) earlier.sums[name] += later.sums[name];
  for (const name of PEAKS) notePeak(earlier, name, later.peaks[name]);
  absorbPace(earlier.pace, later.pace);
}

/** How many cycles the line tells of, by how they ended. */
const OUTCOMES: ReadonlyMap<string, 'completed' | 'failed' | 'interrupted'> = new Map([
  ['cycle.completed', 'completed'],
  ['cycle.failed', 'failed'],
  ['cycle.interrupted', 'interrupted'],
]);

export function isCycle({ event }: LogLine): boolean {
  return OUTCOMES.has(event);
}

/**
 * Adds the line of a cycle. The metrics of a line hold the counts of the lines that were kept back before it,
 * which nothing else in the log does; so they are taken where they are present.
 */
export function noteCycle(figures: Figures, { event, time, fields }: LogLine): void {
  const outcome = OUTCOMES.get(event);
  if (!outcome) return;
  const hasMetrics = fields.has('_aws');
  const count = (member: Counted) => {
    const metric = COUNTED[member];
    return (hasMetrics && metric ? numberOf(fields, metric) : undefined) ?? numberOf(fields, member) ?? 0;
  };
  for (const name of COUNTED_NAMES) figures.sums[name] += count(name);
  const failed = (hasMetrics ? numberOf(fields, 'FailedCycles') : undefined) ?? timesOf(fields);
  figures.sums.failed += outcome === 'failed' || hasMetrics ? failed : 0;
  if (outcome !== 'failed') figures.sums[outcome]++;
  for (const name of PEAKS) notePeak(figures, name, numberOf(fields, name));
  if (outcome === 'interrupted') return;
  const code = fields.get('code');
  const isCaughtUp = outcome === 'completed' && fields.get('caughtUp') === true;
  notePace(figures.pace, time, isCaughtUp, outcome === 'failed' ? [String(code), timesOf(fields)] : undefined);
}

/** How often happened what this line tells: it may stand for others that were kept back. */
export function timesOf(fields: Fields): number {
  return 1 + (numberOf(fields, 'repeats') ?? 0);
}

function notePeak(figures: Figures, name: PeakName, value: number | undefined): void {
  if (value !== undefined) figures.peaks[name] = Math.max(value, figures.peaks[name] ?? 0);
}

/**
 * A wait because Genesys throttles is not longer than this, milliseconds; the longest that the poller bears
 * is ten minutes.
 */
const LONGEST_WAIT = 3_600_000;

/** Spreads a wait over the buckets of a timeline that it lasts. */
export function noteWait(at: (time: Instant) => Figures, width: () => number, from: Instant, waitMs: number): void {
  const to = from + Math.min(waitMs, LONGEST_WAIT);
  for (let time = from; time < to; ) {
    const figures = at(time);
    const end = Math.min(to, (Math.floor(time / width()) + 1) * width());
    figures.sums.waitMs += end - time;
    time = end;
  }
}
