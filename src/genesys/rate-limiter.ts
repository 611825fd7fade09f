import { perMinute, smallShareOf } from '../domain/budget.ts';
import type { Clock } from '../ports/clock.ts';
import { Gate, type Place } from './gate.ts';

export type { Place } from './gate.ts';

/**
 * What a request is for. Without names events are published all the same; the other way round it would make
 * no sense.
 */
export type Purpose = 'events' | 'names';

/**
 * The gate that every request to Genesys passes, whichever stream it is for. First come, first served: a
 * stream with much to read cannot push another one back by more than one request for each of its own that
 * waits.
 *
 * Look-ups of names pass a gate of their own before. It lets a twentieth of the budget through, so that an
 * endless list of names costs the events no more than that. Names also keep to pauses of their own: being
 * throttled, they hold up no event.
 */
export class RequestBudget {
  private readonly all: Gate;
  private readonly names: Gate;

  constructor(requestsPerMinute: number, clock: Clock) {
    this.all = new Gate(perMinute(requestsPerMinute), clock);
    this.names = new Gate(smallShareOf(requestsPerMinute), clock);
  }

  /** From now on so many requests in any 60 seconds. */
  limitTo(requestsPerMinute: number): void {
    this.all.allow(perMinute(requestsPerMinute));
    this.names.allow(smallShareOf(requestsPerMinute));
  }

  /**
   * Resolves when one request may be sent, which is then to be sent at once. Its place has to be settled in
   * any case, or it is lost. Rejects with the signal's reason.
   */
  async take(signal: AbortSignal, purpose: Purpose = 'events'): Promise<Place> {
    if (purpose === 'events') return this.all.enter(signal);
    const share = await this.names.enter(signal);
    try {
      return both(share, await this.all.enter(signal));
    } catch (error) {
      share.refund();
      throw error;
    }
  }

  /**
   * Holds all requests of this purpose back for `ms`, including those that wait already. How long an earlier
   * pause would have held them back, milliseconds; 0 if there is none.
   */
  pause(ms: number, purpose: Purpose = 'events'): number {
    return (purpose === 'names' ? this.names : this.all).pause(ms);
  }
}

function both(one: Place, other: Place): Place {
  return {
    settle() {
      one.settle();
      other.settle();
    },
    refund() {
      one.refund();
      other.refund();
    },
  };
}
