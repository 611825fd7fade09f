import { abortable } from './abortable.ts';

interface Guest {
  readonly rank: number;
  readonly admit: () => void;
}

/**
 * Room for a number of things at a time, shared by groups that have a rank: when it is scarce, the lowest rank comes
 * first. A group that holds nothing is let in at once all the same, so that none waits for those behind it for ever.
 */
export class Room {
  private readonly size: number;
  /** What each rank holds. */
  private readonly held = new Map<number, number>();
  private taken = 0;
  private waiting: Guest[] = [];

  constructor(size: number) {
    this.size = size;
  }

  /** Resolves, once there is room, to a function that gives it back. Rejects with the signal's reason once it aborts. */
  async enter(rank: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.taken >= this.size && this.held.has(rank)) await this.turn(rank, signal);
    else this.take(rank);
    let isGivenBack = false;
    return () => {
      if (isGivenBack) return;
      isGivenBack = true;
      this.leave(rank);
    };
  }

  private async turn(rank: number, signal: AbortSignal): Promise<void> {
    let isAdmitted = false;
    let guest: Guest | undefined;
    const admitted = new Promise<void>((resolve) => {
      guest = {
        rank,
        admit: () => {
          isAdmitted = true;
          this.take(rank);
          resolve();
        },
      };
      this.waiting.push(guest);
    });
    try {
      await abortable(admitted, signal);
    } catch (reason) {
      this.waiting = this.waiting.filter((other) => other !== guest);
      if (isAdmitted) this.leave(rank);
      throw reason;
    }
  }

  private take(rank: number): void {
    this.taken++;
    this.held.set(rank, (this.held.get(rank) ?? 0) + 1);
  }

  private leave(rank: number): void {
    this.taken--;
    const left = (this.held.get(rank) ?? 0) - 1;
    if (left > 0) this.held.set(rank, left);
    else this.held.delete(rank);
    this.admitNext();
  }

  private admitNext(): void {
    if (this.waiting.length === 0) return;
    const lowest = this.waiting.reduce((first, guest) => (guest.rank < first.rank ? guest : first));
    if (this.taken >= this.size && this.held.has(lowest.rank)) return;
    this.waiting = this.waiting.filter((guest) => guest !== lowest);
    lowest.admit();
  }
}
