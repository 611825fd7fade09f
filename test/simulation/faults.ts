import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/**
 * The calls a poller makes, as far as they are distinguished. Everything else it does, it does between two of
 * these.
 */
export const PORTS = [
  'lease.read',
  'lease.write',
  'checkpoint.read',
  'checkpoint.write',
  'checkpoint.fence',
  'job.read',
  'job.write',
  'deadLetter.put',
  'ids.read',
  'ids.write',
  'item.read',
  'item.write',
  'bus.put',
  'genesys.login',
  'genesys.query',
  'genesys.jobs',
  'sleep',
] as const;
export type Port = (typeof PORTS)[number];

export type Service = 'tables' | 'bus' | 'genesys';

/** Everything that can go wrong with a call; the names are those of the summary. */
export const FAULTS = [
  'unsent',
  'unanswered',
  'late',
  'repeated',
  'slow',
  'outage',
  'unprocessed',
  'partial',
  'denied',
  'refusing',
  '401',
  '429',
  '5xx',
  'broken',
  'torn',
  'junk',
  'shifted',
  'duplicate',
  'job lost',
] as const;
export type Fault = (typeof FAULTS)[number];

/** What becomes of one request; milliseconds from when it is made. */
export interface RequestOutcome {
  /** When it arrives and takes effect; undefined: never. */
  readonly arrives: number | undefined;
  /** When it arrives once more, because the answer to the first was lost and the adapter sent it again. */
  readonly again?: number;
  /** When the caller hears the answer, or gives up waiting for it. */
  readonly ends: number;
  readonly answered: boolean;
  /** Whether all went as usual. */
  readonly prompt: boolean;
}

/** Trouble for a whole service, for a while. */
export interface Outage {
  readonly service: Service;
  readonly from: number;
  readonly until: number;
}

/**
 * How a bus or an account that is not in order refuses: each entry with a code that blames no entry, or the
 * request.
 */
export const REFUSALS = [
  'KMSDisabledException',
  'InvalidAccountIdException',
  'SomethingNewException',
  'request',
] as const;

/** A time in which the bus takes nothing, and says why. */
export interface Refusing {
  readonly how: (typeof REFUSALS)[number];
  readonly from: number;
  readonly until: number;
}

export interface FaultPlan {
  /** How likely it is for a call to meet with a fault of one kind or another. */
  readonly rate: number;
  /** Nothing goes wrong any more after this, milliseconds since the beginning. */
  readonly until: number;
  readonly outages: readonly Outage[];
  readonly refusing: readonly Refusing[];
  /** How long an adapter waits for an answer, milliseconds. */
  readonly timeout: number;
  /** What becomes of the requests that a crash overtakes on the wire. */
  readonly overtaken: 'arrive' | 'perish' | 'by chance';
}

/** Decides, call by call, what goes wrong. */
export class Faults {
  readonly counts = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>;
  private readonly random: Random;
  private readonly plan: FaultPlan;
  private readonly scheduler: Scheduler;

  constructor(plan: FaultPlan, random: Random, scheduler: Scheduler) {
    this.plan = plan;
    this.random = random;
    this.scheduler = scheduler;
  }

  /** Whether this fault befalls a call; `weight` says how much likelier than others it is. */
  strikes(fault: Fault, weight = 1): boolean {
    if (this.plan.rate === 0 || this.scheduler.now >= this.plan.until) return false;
    if (!this.random.chance(this.plan.rate * weight)) return false;
    this.counts[fault]++;
    return true;
  }

  /** Whether a service is out of order altogether. */
  isOut(service: Service): boolean {
    const { now } = this.scheduler;
    const out = this.plan.outages.some(
      (outage) => outage.service === service && outage.from <= now && now < outage.until,
    );
    if (out) this.counts.outage++;
    return out;
  }

  /** How the bus refuses everything now; undefined while it does not. */
  refusal(): Refusing['how'] | undefined {
    const { now } = this.scheduler;
    const refusing = this.plan.refusing.find(({ from, until }) => from <= now && now < until);
    if (refusing) this.counts.refusing++;
    return refusing?.how;
  }

  /** Whether what a dead process had on the wire still arrives. */
  survives(): boolean {
    const { overtaken } = this.plan;
    return overtaken === 'by chance' ? this.random.chance(0.5) : overtaken === 'arrive';
  }

  pickInt(least: number, most: number): number {
    return this.random.int(least, most);
  }

  /** The outcome of a call to a table or the bus. `repeats`: whether its adapter sends it again by itself. */
  outcome(service: Service, repeats: boolean): RequestOutcome {
    const { random, plan } = this;
    if (plan.rate === 0) return { arrives: 4, ends: 8, answered: true, prompt: true };
    const arrives = 1 + random.next() * 30;
    const { timeout } = plan;
    const never = { arrives: undefined, answered: false, prompt: false };
    if (this.isOut(service) || this.strikes('unsent'))
      return { ...never, ends: random.chance(0.5) ? timeout : arrives };
    if (this.strikes('unanswered')) return { arrives, ends: timeout, answered: false, prompt: false };
    if (this.strikes('late')) {
      return { arrives: timeout + random.next() * 3 * timeout, ends: timeout, answered: false, prompt: false };
    }
    if (this.strikes('slow')) return { arrives: random.next() * timeout, ends: timeout, answered: true, prompt: false };
    if (repeats && this.strikes('repeated')) {
      const again = arrives + random.next() * timeout;
      return { arrives, again, ends: again + 5, answered: true, prompt: false };
    }
    return { arrives, ends: arrives + 1 + random.next() * 30, answered: true, prompt: true };
  }
}
