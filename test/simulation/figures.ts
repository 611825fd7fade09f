import { FAULTS, type Fault } from './faults.ts';
import type { Outcome } from './simulation.ts';

/** What many runs add up to. */
export interface Figures {
  runs: number;
  steps: number;
  /** Simulated time, milliseconds. */
  lasted: number;
  readonly stats: Outcome['stats'];
  readonly faults: Record<Fault, number>;
}

export function noFigures(): Figures {
  return {
    runs: 0,
    steps: 0,
    lasted: 0,
    stats: {
      facts: 0,
      published: 0,
      repeated: 0,
      suppressed: 0,
      deadLetters: 0,
      unserved: 0,
      crashes: 0,
      pauses: 0,
      unanswered: 0,
      largestRepeat: 0,
    },
    faults: Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>,
  };
}

export function figuresOf({ steps, lasted, stats, faults }: Outcome): Figures {
  return { runs: 1, steps, lasted, stats, faults };
}

/** Adds to a sum, which it changes. */
export function add(sum: Figures, more: Figures): void {
  sum.runs += more.runs;
  sum.steps += more.steps;
  sum.lasted += more.lasted;
  for (const fault of FAULTS) sum.faults[fault] += more.faults[fault];
  const { stats } = sum;
  const largestRepeat = Math.max(stats.largestRepeat, more.stats.largestRepeat);
  for (const name of Object.keys(stats) as (keyof typeof stats)[]) stats[name] += more.stats[name];
  stats.largestRepeat = largestRepeat;
}

/** The figures for people, after a run without a broken promise. */
export function summary({ runs, steps, lasted, stats, faults }: Figures): string {
  const number = (value: number) => value.toLocaleString('en');
  const rows: readonly (readonly [string, string])[] = [
    ['seeds', number(runs)],
    ['steps', number(steps)],
    ['simulated time', `${number(Math.round(lasted / 3_600_000))} hours`],
    ['events that happened', number(stats.facts)],
    ['copies published', number(stats.published)],
    ['lost', '0'],
    [
      'repeated',
      `${number(stats.repeated)}, each explained by a crash, a pause, an unanswered call or an unrecorded ID`,
    ],
    ['suppressed by the bus', number(stats.suppressed)],
    ['largest repeat after one crash or pause', number(stats.largestRepeat)],
    ['stored as dead letters', number(stats.deadLetters)],
    ['never served by the source (pages shifted)', number(stats.unserved)],
    ['crashes', number(stats.crashes)],
    ['pauses', number(stats.pauses)],
    ['unanswered PutEvents', number(stats.unanswered)],
    ['other faults', FAULTS.map((fault) => `${fault} ${number(faults[fault])}`).join(', ')],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
