import type { Faults } from './faults.ts';
import { aliveIn, type QueryParams } from './query.ts';
import type { View, World } from './world.ts';

/** By how much the lake is behind what the query shows, milliseconds. */
const DELAY = 3_000;
/** How long a job takes at most, milliseconds. */
const MAX_JOB_MS = 4_000;

interface Job {
  readonly query: QueryParams;
  readonly readyAt: number;
  /** Set once its result has been made. */
  result?: { readonly views: readonly View[]; readonly guaranteed: number };
  lost?: 'FAILED' | 'EXPIRED' | 'CANCELLED';
}

/** The data lake behind the jobs: shows everything, later, and says up to when it is complete. */
export class DataLake {
  private readonly world: World;
  private readonly faults: Faults;
  private readonly now: () => number;
  private readonly isEarly: boolean;
  private readonly jobs = new Map<string, Job>();

  /**
   * `now` is true time, epoch milliseconds. `isEarly`: what shows late shows later than the lake guarantees
   * its time.
   */
  constructor(world: World, faults: Faults, now: () => number, isEarly = false) {
    this.world = world;
    this.faults = faults;
    this.now = now;
    this.isEarly = isEarly;
  }

  /**
   * Everything that bears an earlier time is in the lake, unless it shows late; of what is later, nothing is
   * known.
   */
  get guaranteed(): number {
    return this.now() - DELAY - (this.isEarly ? 0 : Math.ceil(this.world.lateness));
  }

  submit(query: QueryParams): string {
    const id = `job-${this.jobs.size + 1}`;
    this.jobs.set(id, { query, readyAt: this.now() + this.faults.pickInt(0, MAX_JOB_MS) });
    return id;
  }

  /** Undefined for a job that there never was. */
  stateOf(id: string): string | undefined {
    const job = this.jobs.get(id);
    if (!job) return undefined;
    if (!job.lost && this.faults.strikes('job lost', 3)) job.lost = this.faults.pickInt(0, 1) ? 'FAILED' : 'EXPIRED';
    if (job.lost) return job.lost;
    if (this.now() < job.readyAt) return 'RUNNING';
    const views = this.world.at(this.now() - DELAY).filter(aliveIn(job.query));
    job.result ??= { views, guaranteed: this.guaranteed };
    return 'FULFILLED';
  }

  resultOf(id: string): Job['result'] {
    return this.jobs.get(id)?.result;
  }

  cancel(id: string): void {
    const job = this.jobs.get(id);
    if (job) job.lost = 'CANCELLED';
  }
}
