import type { BusEntry } from '../domain/envelope.ts';
import { Failure } from '../domain/failure.ts';
import { type EntryResult, type Sorted, sortResults } from '../domain/outcome.ts';
import type { Bus } from '../ports/bus.ts';
import type { Call } from '../ports/call.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { retrying } from '../waiting/retrying.ts';

/** An entry that the bus will never accept. */
export interface Refusal {
  readonly entry: BusEntry;
  readonly reason: string;
  readonly attempts: number;
}

/**
 * What became of a request's entries. Whatever is in no list is not on the bus, or not known to be; then `failure` says
 * why, and the cycle cannot go on.
 */
export interface Publication {
  readonly accepted: readonly BusEntry[];
  /** Accepted earlier: the bus itself recognised the repeat. */
  readonly suppressed: readonly BusEntry[];
  readonly refused: readonly Refusal[];
  readonly failure?: unknown;
}

/** Eight tries take about a minute; a bus that is busy for longer is met again by the next cycle. */
const ATTEMPTS = 8;
const BACKOFF = { first: 250, longest: 20_000 };

/** The code of an entry whose request, of which it was all, was refused as a whole. */
const REFUSED = 'RequestRefused';

/**
 * For how long a bus that has never taken anything is the one to blame, milliseconds: time for an operator to see to it. But it
 * may be the event at hand after all, and that must not hold up for ever whatever comes after it.
 */
const DOUBT = 7_200_000;

/** Brings one request's worth of entries to the bus and tells entry by entry what became of them. */
export class Publisher {
  private readonly bus: Bus;
  private readonly clock: Clock;
  private readonly log: Log;
  /** Whether the bus has ever taken an entry: before that, a refusal may be about the bus or the account, not the entry. */
  private proven = false;
  /** When an entry was first refused outright, on the monotonic clock. */
  private doubtedSince: number | undefined;

  constructor(options: { readonly bus: Bus; readonly clock: Clock; readonly log: Log }) {
    this.bus = options.bus;
    this.clock = options.clock;
    this.log = options.log;
  }

  get limits(): Bus['limits'] {
    return this.bus.limits;
  }

  /**
   * Sends the entries; those that were throttled are sent again, alone and after a pause. Never rejects.
   * `mayPublish` is asked before each call and throws when this poller no longer may.
   */
  async publish(entries: readonly BusEntry[], call: Call, mayPublish: () => void): Promise<Publication> {
    const accepted: BusEntry[] = [];
    const suppressed: BusEntry[] = [];
    const refused: Refusal[] = [];
    let waiting = entries;

    const attempt = async (attempts: number) => {
      const sorted = sortResults(waiting, await this.put(waiting, call, mayPublish));
      accepted.push(...sorted.accepted);
      suppressed.push(...sorted.suppressed);
      this.proven ||= sorted.accepted.length + sorted.suppressed.length > 0;
      const doubtful = sorted.final.find(({ reason }) => reason.startsWith(REFUSED));
      if (doubtful && this.isInDoubt()) throw this.refusedOutright(doubtful.reason);
      refused.push(...sorted.final.map((final) => ({ ...final, attempts })));
      const sent = waiting.length;
      waiting = sorted.open;
      if (sorted.final.length + sorted.open.length > 0) this.reportPartial(sent, sorted, attempts);
      if (sorted.stop) throw this.stopped(sorted.stop);
      if (waiting.length > 0) throw this.busy(waiting.length);
    };

    try {
      const patience = { attempts: ATTEMPTS, backoff: BACKOFF, clock: this.clock, signal: call.signal };
      await retrying(attempt, isTransient, patience);
      return { accepted, suppressed, refused };
    } catch (failure) {
      return { accepted, suppressed, refused, failure };
    }
  }

  /**
   * One call, or, when the bus refuses the request as a whole, one for each half of it: a single entry that it does not
   * like must not hold its neighbours back. Once any entry was taken, the one that is refused alone is to blame; until then
   * the request itself may be, and for a while no event becomes a dead letter for that. Results may be fewer than entries; the missing ones are open.
   */
  private async put(entries: readonly BusEntry[], call: Call, mayPublish: () => void): Promise<readonly EntryResult[]> {
    await this.bus.ready?.(call);
    mayPublish();
    try {
      return await this.bus.put(entries, call);
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'bus.rejected')) throw error;
      if (entries.length === 1) return [{ status: 'failed', code: REFUSED, message: error.message }];
    }
    const middle = Math.ceil(entries.length / 2);
    const first = await this.put(entries.slice(0, middle), call, mayPublish);
    if (first.length < middle) return first;
    // What the first half achieved must not be forgotten because the second half meets with trouble.
    const second = await this.put(entries.slice(middle), call, mayPublish).catch(() => []);
    return [...first, ...second];
  }

  /** Whether the bus itself may be to blame for what it refuses. */
  private isInDoubt(): boolean {
    if (this.proven) return false;
    this.doubtedSince ??= this.clock.monotonic();
    return this.clock.monotonic() - this.doubtedSince < DOUBT;
  }

  private reportPartial(sent: number, sorted: Sorted<BusEntry>, attempt: number): void {
    const { open, final, stop } = sorted;
    this.log.warn('publish.partial', `EventBridge refused ${open.length + final.length} of ${sent} entries`, {
      entries: sent,
      toRetry: stop ? 0 : open.length,
      toDeadLetter: final.length,
      attempt,
    });
  }

  private stopped({ verdict, reason }: NonNullable<Sorted<BusEntry>['stop']>): Failure {
    return verdict === 'denied'
      ? new Failure({
          code: 'bus.denied',
          what: `EventBridge does not let the poller publish on ${this.bus.name}`,
          why: reason,
          remedy: `Allow events:PutEvents on the bus ${this.bus.name} in the poller's IAM policy and in the bus's own policy`,
        })
      : new Failure({
          code: 'bus.missing',
          what: `EventBridge has no bus ${this.bus.name}`,
          why: reason,
          remedy: 'Run `genesys-poller setup`, or correct eventBridge.bus or AWS_REGION',
        });
  }

  private refusedOutright(reason: string): Failure {
    return new Failure({
      code: 'bus.rejected',
      what: `EventBridge has refused every request for ${this.bus.name} so far`,
      why: reason,
      remedy: 'Check eventBridge.bus, eventBridge.source and eventBridge.maxRequestBytes, and the account itself',
    });
  }

  private busy(count: number): Failure {
    return new Failure({
      code: 'bus.unavailable',
      what: `EventBridge did not take ${count} entries for ${this.bus.name}`,
      why: 'it throttled them or failed inside, time after time',
      remedy:
        'Nothing is lost, the next cycle goes on from the checkpoint; if it persists, ask for a higher PutEvents quota',
    });
  }
}

function isTransient(error: Error): boolean {
  return error instanceof Failure && error.code === 'bus.unavailable';
}
