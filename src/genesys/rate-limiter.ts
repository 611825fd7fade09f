import {
  type Allowance,
  allow,
  answered,
  type Budget,
  budgetWait,
  freshBudget,
  pause,
  pausedSoFar,
  refund,
  shareTaken,
  spend,
} from '../domain/budget.ts';
import { abortable } from '../lib/abort.ts';
import type { Clock } from '../ports/clock.ts';

/** The right to send one request, out of a budget. The first call counts; later calls do nothing. */
export interface BudgetPermit {
  /** The answer has begun, or the request was abandoned. */
  answered(): void;
  /** The request is not sent. */
  refund(): void;
}

/** Grants requests in the order in which they come, as one budget allows. */
export class RateLimiter {
  private budget: Budget;
  private readonly clock: Clock;
  /** Resolves when every waiter so far has been served or has left. */
  private queue: Promise<void> = Promise.resolve();
  /** Wakes the waiter when a permit is released. */
  private changed: () => void = () => undefined;

  constructor(allowance: Allowance, clock: Clock) {
    this.budget = freshBudget(allowance);
    this.clock = clock;
  }

  /** Applies to the current waiters, too. */
  allow(allowance: Allowance): void {
    this.change(allow(this.budget, allowance));
  }

  /** Resolves when one request may be sent. Send it at once. Rejects with the signal's reason. */
  async acquire(signal: AbortSignal): Promise<BudgetPermit> {
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
    return this.permit();
  }

  /**
   * Holds all requests back for `ms`. Returns how long an earlier pause would still have held them back,
   * milliseconds; 0 if there is none.
   */
  pause(ms: number): number {
    const now = this.clock.monotonic();
    const { pausedUntil } = this.budget;
    this.budget = pause(this.budget, now, now + ms);
    return Math.max(0, pausedUntil - now);
  }

  /** The share of the budget, 0 to 1, that is taken. */
  share(): number {
    return shareTaken(this.budget, this.clock.monotonic());
  }

  /** How long pauses have held requests back up to now, milliseconds. */
  pausedMs(): number {
    return pausedSoFar(this.budget, this.clock.monotonic());
  }

  private async awaitGrant(signal: AbortSignal): Promise<void> {
    for (;;) {
      // A pause may have begun meanwhile, so ask again after every wait.
      const wait = budgetWait(this.budget, this.clock.monotonic());
      if (wait === 0) break;
      if (wait === Number.POSITIVE_INFINITY) await abortable(this.nextChange(), signal);
      else await this.clock.sleep(wait, signal);
    }
    this.budget = spend(this.budget);
  }

  private permit(): BudgetPermit {
    let isHeld = true;
    const giveUp = (after: (budget: Budget) => Budget) => {
      if (isHeld) this.change(after(this.budget));
      isHeld = false;
    };
    return {
      answered: () => giveUp((budget) => answered(budget, this.clock.monotonic())),
      refund: () => giveUp(refund),
    };
  }

  private nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.changed = resolve;
    });
  }

  private change(budget: Budget): void {
    this.budget = budget;
    this.changed();
  }
}
