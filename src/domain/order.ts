/**
 * The order of a list of times. `open`: the times do not tell. `mixed`: they are in neither order.
 */
export type Order = 'open' | 'ascending' | 'descending' | 'mixed';

/** What consecutive times of a list tell of its order. */
export interface TimeRun {
  /** Infinity if there are no times. */
  readonly lowest: number;
  /** -Infinity if there are no times. */
  readonly highest: number;
  /** The most by which a time exceeds any time before it, 0 if none does. */
  readonly rise: number;
  /** The most by which a time falls short of any time before it, 0 if none does. */
  readonly fall: number;
}

export const NO_TIMES: TimeRun = {
  lowest: Number.POSITIVE_INFINITY,
  highest: Number.NEGATIVE_INFINITY,
  rise: 0,
  fall: 0,
};

export function runOf(times: readonly number[]): TimeRun {
  const single = (time: number): TimeRun => ({ lowest: time, highest: time, rise: 0, fall: 0 });
  return times.reduce((run, time) => joined(run, single(time)), NO_TIMES);
}

/** Two runs of one list. All of `first` comes before all of `second`, with or without others in between. */
export function joined(first: TimeRun, second: TimeRun): TimeRun {
  return {
    lowest: Math.min(first.lowest, second.lowest),
    highest: Math.max(first.highest, second.highest),
    rise: Math.max(first.rise, second.rise, second.highest - first.lowest),
    fall: Math.max(first.fall, second.fall, first.highest - second.lowest),
  };
}

/**
 * The order of a list of which this is known, if a list in order may contain steps the other way of up to
 * `tolerance`. Only a larger step shows a direction: a smaller one may be such a step in a list of the other
 * order. Single steps do not count but their sum, so many small ones in one direction show it too.
 */
export function orderOf({ rise, fall }: TimeRun, tolerance: number): Order {
  if (rise > tolerance && fall > tolerance) return 'mixed';
  return rise > tolerance ? 'ascending' : fall > tolerance ? 'descending' : 'open';
}
