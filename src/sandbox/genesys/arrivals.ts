import { createRandom, type Random } from './random.ts';
import type { StoryKind } from './stories.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** When conversations begin. Times in epoch milliseconds, rates per minute. */
export interface ArrivalPlan {
  readonly seed: number;
  /** The past begins here, with `pastRate`. */
  readonly from: number;
  /** The present begins here, with `rate`. */
  readonly startAt: number;
  readonly pastRate: number;
  readonly rate: number;
  readonly mix: Readonly<Record<StoryKind, number>>;
  readonly pace: number;
}

/** A conversation that begins: its time, its kind, and a chance of its own. `index` is its number. */
export interface Arrival {
  readonly index: number;
  readonly at: number;
  readonly kind: StoryKind;
  /** The time at which an e-mail out of the past is to be finished. */
  readonly emailEnd?: number;
}

/** One arrival after the other, in the order of time, without end. `next` is what `take` will give. */
export interface Arrivals {
  readonly next: Arrival;
  take(): Arrival;
}

/**
 * Calls arrive by chance, at a rate for the past and one for the present. Beside them come those that chance
 * might leave out: at each UTC midnight two calls that begin just before and end after, and, if there is a
 * past, an e-mail from its very beginning that is answered only in the present.
 */
export function createArrivals(plan: ArrivalPlan): Arrivals {
  const random = createRandom(plan.seed, 'arrivals');
  const calls = byChance(plan, random);
  const crossings = overMidnight(plan, random);
  let index = 0;
  let call = calls.next().value;
  let crossing = crossings.next().value;

  const upcoming = (): Arrival => {
    if (index === 0 && plan.from < plan.startAt) {
      return { index, at: plan.from, kind: 'email', emailEnd: plan.startAt + 10 * MINUTE * plan.pace };
    }
    if (crossing <= call) {
      const arrival: Arrival = { index, at: crossing, kind: 'answered' };
      crossing = crossings.next().value;
      return arrival;
    }
    const arrival: Arrival = { index, at: call, kind: random.weighted(plan.mix) };
    call = calls.next().value;
    return arrival;
  };
  let next = upcoming();
  return {
    get next() {
      return next;
    },
    take() {
      const taken = next;
      index++;
      next = upcoming();
      return taken;
    },
  };
}

function* byChance(plan: ArrivalPlan, random: Random): Generator<number, never> {
  let at = plan.from;
  for (;;) {
    const past = at < plan.startAt;
    const gap = (-Math.log(1 - random.next()) * MINUTE) / (past ? plan.pastRate : plan.rate);
    // The past's rate ends with the past.
    if (past && !(at + gap < plan.startAt)) {
      at = plan.startAt;
      continue;
    }
    at += gap;
    yield Math.floor(at);
  }
}

function* overMidnight(plan: ArrivalPlan, random: Random): Generator<number, never> {
  for (let midnight = Math.ceil(plan.from / DAY) * DAY; ; midnight += DAY) {
    const past = midnight < plan.startAt;
    if (!past && plan.rate === 0) for (;;) yield Number.POSITIVE_INFINITY;
    if (past && plan.pastRate === 0) continue;
    const starts = [1, 2].map(() => midnight - random.between([1_000, 40_000]) * Math.min(1, plan.pace));
    for (const start of starts.sort((a, b) => a - b)) if (start >= plan.from) yield Math.floor(start);
  }
}
