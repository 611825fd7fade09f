import { perMinute, smallShareOf } from '../domain/budget.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestBudgetUse } from '../ports/request-budget.ts';
import { type BudgetPermit, RateLimiter } from './rate-limiter.ts';

export type { BudgetPermit } from './rate-limiter.ts';

/** What a request is for. Events come first: they are published without names if need be. */
export type Purpose = 'events' | 'names';

/**
 * The gate that every request to Genesys passes, for all streams. First come, first served: a busy stream
 * delays another one by no more than its own waiting requests.
 *
 * Look-ups of names first pass a gate of their own. It lets a twentieth of the budget through, so an endless
 * list of names costs the events no more than that. Names also have pauses of their own: throttled look-ups
 * delay no event.
 */
export class RequestBudget implements RequestBudgetUse {
  private readonly all: RateLimiter;
  private readonly names: RateLimiter;

  constructor(requestsPerMinute: number, clock: Clock) {
    this.all = new RateLimiter(perMinute(requestsPerMinute), clock);
    this.names = new RateLimiter(smallShareOf(requestsPerMinute), clock);
  }

  /** From now on so many requests in any 60 seconds. */
  limitTo(requestsPerMinute: number): void {
    this.all.allow(perMinute(requestsPerMinute));
    this.names.allow(smallShareOf(requestsPerMinute));
  }

  /**
   * Resolves when one request may be sent. Send it at once. Call one of the permit's functions in any case, or
   * the permit is lost. Rejects with the signal's reason.
   */
  async acquire(signal: AbortSignal, purpose: Purpose = 'events'): Promise<BudgetPermit> {
    if (purpose === 'events') return this.all.acquire(signal);
    const share = await this.names.acquire(signal);
    try {
      return both(share, await this.all.acquire(signal));
    } catch (error) {
      share.refund();
      throw error;
    }
  }

  /**
   * Holds all requests of this purpose back for `ms`, including those that wait already. Returns how long an
   * earlier pause would still have held them back, milliseconds; 0 if there is none.
   */
  pause(ms: number, purpose: Purpose = 'events'): number {
    return (purpose === 'names' ? this.names : this.all).pause(ms);
  }

  share(): number {
    return this.all.share();
  }

  /** Pauses of look-ups of names are left out: they delay no event. */
  throttledMs(): number {
    return this.all.pausedMs();
  }
}

function both(one: BudgetPermit, other: BudgetPermit): BudgetPermit {
  return {
    answered() {
      one.answered();
      other.answered();
    },
    refund() {
      one.refund();
      other.refund();
    },
  };
}
