import { abortable } from '../lib/abort.ts';

interface Waiter {
  readonly group: string;
  readonly admit: () => void;
}

/**
 * A semaphore that several groups share fairly. A group that works alone may hold every permit. Where several
 * groups wait, a free permit goes to the one that holds the fewest, and among equals to the one that has
 * waited longest. So a group that comes later has its share as soon as that many permits have been released.
 */
export class FairSemaphore {
  /** Permits in all. */
  readonly size: number;
  private readonly held = new Map<string, number>();
  private taken = 0;
  private waiting: Waiter[] = [];

  constructor(size: number) {
    this.size = size;
  }

  /** Resolves, once a permit is free, to what gives it back. Rejects with the signal's reason. */
  async acquire(group: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.taken < this.size) this.take(group);
    else await this.wait(group, signal);
    return () => this.free(group);
  }

  private async wait(group: string, signal: AbortSignal): Promise<void> {
    let isAdmitted = false;
    let waiter: Waiter | undefined;
    const admitted = new Promise<void>((resolve) => {
      waiter = {
        group,
        admit: () => {
          isAdmitted = true;
          this.take(group);
          resolve();
        },
      };
      this.waiting.push(waiter);
    });
    try {
      await abortable(admitted, signal);
    } catch (reason) {
      this.waiting = this.waiting.filter((other) => other !== waiter);
      // The permit and the abort may come at the same moment.
      if (isAdmitted) this.free(group);
      throw reason;
    }
  }

  private take(group: string): void {
    this.taken++;
    this.held.set(group, this.heldBy(group) + 1);
  }

  private free(group: string): void {
    this.taken--;
    this.held.set(group, this.heldBy(group) - 1);
    const [first, ...others] = this.waiting;
    if (!first) return;
    const next = others.reduce(
      (fewest, waiter) => (this.heldBy(waiter.group) < this.heldBy(fewest.group) ? waiter : fewest),
      first,
    );
    this.waiting = this.waiting.filter((waiter) => waiter !== next);
    next.admit();
  }

  private heldBy(group: string): number {
    return this.held.get(group) ?? 0;
  }
}
