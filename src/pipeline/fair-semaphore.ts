import { WaitQueue } from '../lib/wait-queue.ts';

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
  private readonly line = new WaitQueue<{ readonly group: string }>();

  constructor(size: number) {
    this.size = size;
  }

  /** Resolves, once a permit is free, to the function that releases it. Rejects with the signal's reason. */
  async acquire(group: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.taken < this.size) this.take(group);
    else await this.line.wait({ group }, signal, () => this.free(group));
    return () => this.free(group);
  }

  private take(group: string): void {
    this.taken++;
    this.held.set(group, this.heldBy(group) + 1);
  }

  private free(group: string): void {
    this.taken--;
    this.held.set(group, this.heldBy(group) - 1);
    const next = this.line.first((waiter) => this.heldBy(waiter.group));
    if (!next) return;
    this.take(next.group);
    this.line.admit(next);
  }

  private heldBy(group: string): number {
    return this.held.get(group) ?? 0;
  }
}
