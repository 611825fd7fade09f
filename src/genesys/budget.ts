import { type Budget, budgetWait, freshBudget, pause, relimit, spend } from '../domain/budget.ts';
import type { Clock } from '../ports/clock.ts';
import { abortable } from '../waiting/abortable.ts';

/**
 * The gate that every request to Genesys passes, whichever stream it is for. First come, first served: a stream with much
 * to read cannot push another one back by more than one request for each of its own that waits.
 */
export class RequestBudget {
  private budget: Budget;
  private readonly clock: Clock;
  /** Resolves when everybody who came so far has been served or has left. */
  private queue: Promise<void> = Promise.resolve();

  constructor(requestsPerMinute: number, clock: Clock) {
    this.budget = freshBudget(requestsPerMinute);
    this.clock = clock;
  }

  /** From now on so many requests in any 60 seconds. */
  limitTo(requestsPerMinute: number): void {
    this.budget = relimit(this.budget, requestsPerMinute);
  }

  /** Resolves when one request may be sent, which is then to be sent at once. Rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const before = this.queue;
    let leave = () => {};
    const served = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.queue = before.then(() => served);
    try {
      await abortable(before, signal);
      await this.awaitGrant(signal);
    } finally {
      leave();
    }
  }

  /**
   * Holds everybody back until `until` on the monotonic clock, including those who wait already. True if no pause was in
   * force: then this is a new one, and worth a line in the log.
   */
  pauseUntil(until: number): boolean {
    const isNew = this.budget.pausedUntil <= this.clock.monotonic();
    this.budget = pause(this.budget, until);
    return isNew;
  }

  private async awaitGrant(signal: AbortSignal): Promise<void> {
    for (;;) {
      // A pause may have begun while we slept: asked again after every sleep.
      const wait = budgetWait(this.budget, this.clock.monotonic());
      if (wait === 0) break;
      await this.clock.sleep(wait, signal);
    }
    this.budget = spend(this.budget, this.clock.monotonic());
  }
}
