import { WaitQueue } from '../lib/wait-queue.ts';

interface Waiter {
  readonly rank: number;
  readonly weight: number;
}

/** A part of the semaphore that is held. */
export interface Permit {
  /** Changes its weight to the actual one, which may exceed what is free. */
  weigh(weight: number): void;
  /** Releases the permit. Calling it again does nothing. */
  release(): void;
}

/**
 * A semaphore of weighted permits, shared by groups that have a rank. When permits are scarce, the lowest
 * rank comes first. A group without a permit gets one at once all the same, so that it never waits for the
 * groups behind it. Where permits are heavy, only the lowest rank has that right, because each of the others
 * would add its own weight. README.md says why.
 */
export class PrioritySemaphore {
  private readonly size: number;
  /** How many permits each rank holds. */
  private readonly held = new Map<number, number>();
  private taken = 0;
  private readonly line = new WaitQueue<Waiter>();

  constructor(size: number) {
    this.size = size;
  }

  /**
   * Resolves once a permit is free. Rejects with the signal's reason. A weight counts for the whole semaphore
   * at most.
   */
  async acquire(rank: number, signal: AbortSignal, weight = 1): Promise<Permit> {
    signal.throwIfAborted();
    const expected = Math.min(weight, this.size);
    if (this.admits(rank, expected)) this.take(rank, expected);
    else await this.line.wait({ rank, weight: expected }, signal, () => this.free(rank, expected));
    let holds = expected;
    return {
      weigh: (actual) => {
        if (holds === 0) return;
        const next = Math.min(Math.max(1, actual), this.size);
        this.taken += next - holds;
        holds = next;
        this.admitNext();
      },
      release: () => {
        if (holds === 0) return;
        this.free(rank, holds);
        holds = 0;
      },
    };
  }

  private admits(rank: number, weight: number): boolean {
    if (this.taken + weight <= this.size) return true;
    return !this.held.has(rank) && (weight === 1 || this.isLowest(rank));
  }

  private isLowest(rank: number): boolean {
    return [...this.held.keys()].every((other) => other > rank);
  }

  private take(rank: number, weight: number): void {
    this.taken += weight;
    this.held.set(rank, (this.held.get(rank) ?? 0) + 1);
  }

  private free(rank: number, weight: number): void {
    this.taken -= weight;
    const permits = (this.held.get(rank) ?? 0) - 1;
    if (permits > 0) this.held.set(rank, permits);
    else this.held.delete(rank);
    this.admitNext();
  }

  private admitNext(): void {
    const lowest = this.line.first(({ rank }) => rank);
    if (!lowest || !this.admits(lowest.rank, lowest.weight)) return;
    this.take(lowest.rank, lowest.weight);
    this.line.admit(lowest);
    if (this.taken < this.size) this.admitNext();
  }
}
