import { FAULTS, type Fault } from './faults.ts';
import type { Outcome } from './simulation.ts';

/** What many runs add up to. */
export interface Figures {
  runs: number;
  steps: number;
  /** Simulated time, milliseconds. */
  lasted: number;
  readonly tally: Outcome['tally'];
  readonly faults: Record<Fault, number>;
}

export function noFigures(): Figures {
  return {
    runs: 0,
    steps: 0,
    lasted: 0,
    tally: {
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

export function figuresOf({ steps, lasted, tally, faults }: Outcome): Figures {
  return { runs: 1, steps, lasted, tally, faults };
}

/** Adds to a sum, which it changes. */
export function add(sum: Figures, more: Figures): void {
  sum.runs += more.runs;
  sum.steps += more.steps;
  sum.lasted += more.lasted;
  for (const fault of FAULTS) sum.faults[fault] += more.faults[fault];
  const { tally } = sum;
  const largestRepeat = Math.max(tally.largestRepeat, more.tally.largestRepeat);
  for (const name of Object.keys(tally) as (keyof typeof tally)[]) tally[name] += more.tally[name];
  tally.largestRepeat = largestRepeat;
}

/** The figures for people, after a run without a broken promise. */
export function summary({ runs, steps, lasted, tally, faults }: Figures): string {
  const number = (value: number) => value.toLocaleString('en');
  const rows: readonly (readonly [string, string])[] = [
    ['seeds', number(runs)],
    ['steps', number(steps)],
    ['simulated time', `${number(Math.round(lasted / 3_600_000))} hours`],
    ['events that happened', number(tally.facts)],
    ['copies published', number(tally.published)],
    ['lost', '0'],
    ['repeated', `${number(tally.repeated)}, each explained by a crash, a pause or an unanswered call`],
    ['suppressed by the bus', number(tally.suppressed)],
    ['largest repeat after one crash or pause', number(tally.largestRepeat)],
    ['set aside as dead letters', number(tally.deadLetters)],
    ['never served by the source (pages shifted)', number(tally.unserved)],
    ['crashes', number(tally.crashes)],
    ['pauses', number(tally.pauses)],
    ['unanswered PutEvents', number(tally.unanswered)],
    ['other faults', FAULTS.map((fault) => `${fault} ${number(faults[fault])}`).join(', ')],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
