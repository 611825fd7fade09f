import { abortable } from '../lib/abortable.ts';

interface Waiter {
  readonly rank: number;
  readonly weight: number;
  readonly admit: () => void;
}

/** What is held of a room. */
export interface Place {
  /** It takes so much after all, which may be more than there is room for. */
  weigh(weight: number): void;
  /** Gives it back; once is enough. */
  leave(): void;
}

/**
 * Room for things of some weight, shared by groups that have a rank: when it is scarce, the lowest rank comes first. A group that
 * holds nothing is let in at once all the same, so that none waits for those behind it for ever; where things
 * are heavy, that is the lowest group only, since each of the others would add its own weight.
 */
export class PrioritySemaphore {
  private readonly size: number;
  /** How many places each rank holds. */
  private readonly held = new Map<number, number>();
  private taken = 0;
  private waiting: Waiter[] = [];

  constructor(size: number) {
    this.size = size;
  }

  /** Resolves once there is room. Rejects with the signal's reason once it aborts. Nothing is heavier than the room is large. */
  async enter(rank: number, signal: AbortSignal, weight = 1): Promise<Place> {
    signal.throwIfAborted();
    const expected = Math.min(weight, this.size);
    if (this.hasRoomFor(rank, expected)) this.take(rank, expected);
    else await this.turn(rank, signal, expected);
    let holds = expected;
    return {
      weigh: (actual) => {
        if (holds === 0) return;
        const next = Math.min(Math.max(1, actual), this.size);
        this.taken += next - holds;
        holds = next;
        this.admitNext();
      },
      leave: () => {
        if (holds === 0) return;
        this.leave(rank, holds);
        holds = 0;
      },
    };
  }

  private hasRoomFor(rank: number, weight: number): boolean {
    if (this.taken + weight <= this.size) return true;
    return !this.held.has(rank) && (weight === 1 || this.isLowest(rank));
  }

  private isLowest(rank: number): boolean {
    return [...this.held.keys()].every((other) => other > rank);
  }

  private async turn(rank: number, signal: AbortSignal, weight: number): Promise<void> {
    let isAdmitted = false;
    let waiter: Waiter | undefined;
    const admitted = new Promise<void>((resolve) => {
      waiter = {
        rank,
        weight,
        admit: () => {
          isAdmitted = true;
          this.take(rank, weight);
          resolve();
        },
      };
      this.waiting.push(waiter);
    });
    try {
      await abortable(admitted, signal);
    } catch (reason) {
      this.waiting = this.waiting.filter((other) => other !== waiter);
      if (isAdmitted) this.leave(rank, weight);
      throw reason;
    }
  }

  private take(rank: number, weight: number): void {
    this.taken += weight;
    this.held.set(rank, (this.held.get(rank) ?? 0) + 1);
  }

  private leave(rank: number, weight: number): void {
    this.taken -= weight;
    const places = (this.held.get(rank) ?? 0) - 1;
    if (places > 0) this.held.set(rank, places);
    else this.held.delete(rank);
    this.admitNext();
  }

  private admitNext(): void {
    const [first, ...others] = this.waiting;
    if (!first) return;
    const lowest = others.reduce((lower, waiter) => (waiter.rank < lower.rank ? waiter : lower), first);
    if (!this.hasRoomFor(lowest.rank, lowest.weight)) return;
    this.waiting = this.waiting.filter((waiter) => waiter !== lowest);
    lowest.admit();
    if (this.taken < this.size) this.admitNext();
  }
}
