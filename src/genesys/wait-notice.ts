import type { Failure } from '../domain/failure.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** A longer wait is logged, milliseconds. A shorter one is over before an operator could notice. */
export const WORTH_LOGGING = 5_000;

/** Logs that Genesys has asked to come back later. Concurrent requests make one line, not one each. */
export class WaitNotice {
  private readonly clock: Clock;
  private readonly log: Log;
  /** The end of the wait that was logged last, monotonic. */
  private loggedUntil = Number.NEGATIVE_INFINITY;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.clock = clock;
    this.log = log;
  }

  /** `failure` is why a request is tried again after `wait`, milliseconds. */
  note(failure: Failure, wait: number): void {
    const until = this.clock.monotonic() + wait;
    if (wait <= WORTH_LOGGING || until <= this.loggedUntil + WORTH_LOGGING) return;
    this.loggedUntil = until;
    this.log.warn(
      'genesys.waiting',
      `${failure.summary}. Genesys asks to come back later: tried again in ${wait / 1_000} s`,
      {
        waitMs: wait,
        code: failure.code,
        ...failure.fields,
      },
    );
  }
}
