import type { Cause } from '../domain/doubt.ts';
import type { BusEntry } from '../domain/envelope.ts';
import { Failure } from '../domain/failure.ts';
import { type EntryResult, type Sorted, sortResults } from '../domain/outcome.ts';
import { retrying } from '../lib/retry.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { Bus } from '../ports/sink.ts';
import { BusDoubt } from './bus-doubt.ts';
import { deniedByBus, missingBus, refusedByBus } from './bus-refusals.ts';

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
  /** Refused each for itself, while it is the bus that is doubted: no dead letters, but `redrive` tells of them one by one. */
  readonly doubted: readonly Refusal[];
  readonly failure?: unknown;
}

/** Eight tries take about a minute; a bus that is busy for longer is met again by the next cycle. */
const ATTEMPTS = 8;
const BACKOFF = { first: 250, longest: 20_000 };

/** The code of an entry whose request, of which it was all, was refused as a whole. */
const REFUSED = 'RequestRefused';

/** Brings one request's worth of entries to the bus and tells entry by entry what became of them. */
export class Publisher {
  private readonly bus: Bus;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly doubt: BusDoubt;

  constructor(options: {
    readonly bus: Bus;
    readonly clock: Clock;
    readonly log: Log;
    /** Shared by all that publish on the same bus; absent: this publisher is the only one. */
    readonly doubt?: BusDoubt;
  }) {
    this.bus = options.bus;
    this.clock = options.clock;
    this.log = options.log;
    this.doubt = options.doubt ?? new BusDoubt(options.clock);
  }

  get limits(): Bus['limits'] {
    return this.bus.limits;
  }

  /**
   * Sends the entries; those that were throttled, or seem to be at fault and are to be proven so, are sent again, alone and after a
   * pause. Never rejects.
   * `mayPublish` is asked before each call and throws when this poller no longer may.
   */
  async publish(entries: readonly BusEntry[], context: RequestContext, mayPublish: () => void): Promise<Publication> {
    const accepted: BusEntry[] = [];
    const suppressed: BusEntry[] = [];
    const refused: Refusal[] = [];
    const doubted: Refusal[] = [];
    let waiting = entries;

    const attempt = async (attempts: number) => {
      const mark = this.doubt.mark();
      const sorted = sortResults(waiting, await this.put(waiting, context, mayPublish));
      accepted.push(...sorted.accepted);
      suppressed.push(...sorted.suppressed);
      const { atFault, unproven, bus } = this.weigh(sorted, mark);
      refused.push(...[...sorted.final, ...atFault].map((one) => ({ ...one, attempts })));
      const sent = waiting.length;
      waiting = [...sorted.open, ...unproven.map(({ entry }) => entry)];
      doubted.push(...bus.filter(({ reason }) => !reason.startsWith(REFUSED)).map((one) => ({ ...one, attempts })));
      const [first] = bus;
      this.reportPartial({
        entries: sent,
        toRetry: sorted.stop || first ? 0 : waiting.length,
        toDeadLetter: sorted.final.length + atFault.length,
        left: sorted.open.length + unproven.length + bus.length,
        attempt: attempts,
      });
      if (sorted.stop) throw this.stopped(sorted.stop);
      if (first) throw refusedByBus(this.bus.name, first.reason);
      if (unproven[0]) throw this.unproven(unproven[0].reason);
      if (waiting.length > 0) throw this.busy(waiting.length);
    };

    try {
      const retryPolicy = { attempts: ATTEMPTS, backoff: BACKOFF, clock: this.clock, signal: context.signal };
      await retrying(attempt, isTransient, retryPolicy);
      return { accepted, suppressed, refused, doubted };
    } catch (failure) {
      return { accepted, suppressed, refused, doubted, failure };
    }
  }

  /** Sorts the unclear refusals of an answer by who is to blame. */
  private weigh({ accepted, suppressed, unclear }: Sorted<BusEntry>, mark: number) {
    const idOf = ({ event }: BusEntry) => event.id;
    const taken = [...accepted, ...suppressed].map(idOf);
    const causes = this.doubt.judge({ taken, unclear: unclear.map(({ entry }) => idOf(entry)) }, mark);
    const blaming = (culprit: Cause) => unclear.filter(({ entry }) => causes.get(idOf(entry)) === culprit);
    return { atFault: blaming('entry'), unproven: blaming('unproven'), bus: blaming('bus') };
  }

  /**
   * One call, or, when the bus refuses the request as a whole, one for each half of it: a single entry that it does not like must not
   * hold its neighbours back. Results may be fewer than entries; the missing ones are open.
   */
  private async put(
    entries: readonly BusEntry[],
    context: RequestContext,
    mayPublish: () => void,
  ): Promise<readonly EntryResult[]> {
    await this.bus.ready?.(context);
    mayPublish();
    try {
      return await this.bus.put(entries, context);
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'bus.rejected')) throw error;
      if (entries.length === 1) return [{ status: 'failed', code: REFUSED, message: error.message }];
    }
    const middle = Math.ceil(entries.length / 2);
    const first = await this.put(entries.slice(0, middle), context, mayPublish);
    if (first.length < middle) return first;
    // What the first half achieved must not be forgotten because the second half meets with trouble.
    const second = await this.put(entries.slice(middle), context, mayPublish).catch(() => []);
    return [...first, ...second];
  }

  private reportPartial({ left, ...counts }: { left: number } & Partly): void {
    const refused = left + counts.toDeadLetter;
    if (refused === 0) return;
    this.log.warn('publish.partial', `EventBridge refused ${refused} of ${counts.entries} entries`, { ...counts });
  }

  private stopped({ verdict, reason }: NonNullable<Sorted<BusEntry>['stop']>): Failure {
    const { name } = this.bus;
    return verdict === 'denied' ? deniedByBus(name, reason) : missingBus(name, reason);
  }

  private unproven(reason: string): Failure {
    return new Unproven({
      code: 'bus.rejected',
      what: `EventBridge refuses an event for ${this.bus.name} that seems to be at fault itself`,
      why: reason,
      remedy: 'It is tried again, and becomes a dead letter if it is refused again while others are taken',
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

/** One answer of a request, as its log line tells it. */
interface Partly {
  readonly entries: number;
  readonly toRetry: number;
  readonly toDeadLetter: number;
  readonly attempt: number;
}

class Unproven extends Failure {}

function isTransient(error: Error): boolean {
  return error instanceof Unproven || (error instanceof Failure && error.code === 'bus.unavailable');
}
