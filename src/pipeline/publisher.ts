import type { Cause } from '../domain/doubt.ts';
import type { SinkEntry } from '../domain/envelope.ts';
import { Failure } from '../domain/failure.ts';
import {
  type ClassifiedResults,
  classifyResults,
  type EntryResult,
  type RefusedEntry,
  type UnclearEntry,
} from '../domain/outcome.ts';
import { RETRIES } from '../domain/retry-policy.ts';
import { retrying } from '../lib/retry.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { Sink } from '../ports/sink.ts';
import { SinkDoubt } from './sink-doubt.ts';

/** An entry that the sink will never accept. */
export interface Refusal extends RefusedEntry<SinkEntry> {
  readonly attempts: number;
}

/**
 * What became of a request's entries. What is in no list is not published, or not known to be; then `failure`
 * says why, and the cycle cannot go on.
 */
export interface Publication {
  readonly accepted: readonly SinkEntry[];
  /** Accepted earlier: the sink itself recognised the repeat. */
  readonly suppressed: readonly SinkEntry[];
  readonly refused: readonly Refusal[];
  /**
   * Refused one by one while the sink itself is suspected. They do not become dead letters; only `redrive`
   * reports them.
   */
  readonly doubted: readonly Refusal[];
  readonly failure?: unknown;
}

/** Begins the reason of an entry that was alone in a request which was refused as a whole. */
const REFUSED = 'RequestRefused';

/** Sends the entries of one request to the sink and reports the result of each. */
export class Publisher {
  readonly sink: Sink;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly doubt: SinkDoubt;

  constructor(options: {
    readonly sink: Sink;
    readonly clock: Clock;
    readonly log: Log;
    /** Shared by all that publish there; absent: this publisher is the only one. */
    readonly doubt?: SinkDoubt;
  }) {
    this.sink = options.sink;
    this.clock = options.clock;
    this.log = options.log;
    this.doubt = options.doubt ?? new SinkDoubt(options.clock);
  }

  /**
   * Sends the entries. Those that were throttled, and those that seem to be at fault, are sent again, alone
   * and after a pause. Never rejects. `assertMayPublish` is asked before each call and throws when this
   * poller no longer may.
   */
  async publish(
    entries: readonly SinkEntry[],
    context: RequestContext,
    assertMayPublish: () => void,
  ): Promise<Publication> {
    const accepted: SinkEntry[] = [];
    const suppressed: SinkEntry[] = [];
    const refused: Refusal[] = [];
    const doubted: Refusal[] = [];
    let waiting = entries;

    const attempt = async (attempts: number) => {
      const mark = this.doubt.mark();
      const sorted = classifyResults(waiting, await this.put(waiting, context, assertMayPublish));
      accepted.push(...sorted.accepted);
      suppressed.push(...sorted.suppressed);
      const { atFault, unproven, bySink } = this.weigh(sorted, mark);
      refused.push(...[...sorted.final, ...atFault].map(({ entry, reason }) => ({ entry, reason, attempts })));
      const sent = waiting.length;
      waiting = [...sorted.open, ...unproven.map(({ entry }) => entry)];
      doubted.push(
        ...bySink
          .filter(({ reason }) => !reason.startsWith(REFUSED))
          .map(({ entry, reason }) => ({ entry, reason, attempts })),
      );
      const [first] = bySink;
      this.reportPartial({
        entries: sent,
        toRetry: sorted.stop || first ? 0 : waiting.length,
        toDeadLetter: sorted.final.length + atFault.length,
        left: sorted.open.length + unproven.length + bySink.length,
        attempt: attempts,
      });
      if (sorted.stop) throw sorted.stop;
      if (first) throw refusedBySink(this.sink, first);
      if (unproven[0]) throw this.unproven(unproven[0].reason);
      if (waiting.length > 0) throw this.busy(waiting.length);
    };

    try {
      await retrying(attempt, isTransient, { ...RETRIES.publish, clock: this.clock, signal: context.signal });
      return { accepted, suppressed, refused, doubted };
    } catch (failure) {
      return { accepted, suppressed, refused, doubted, failure };
    }
  }

  /** Sorts the unclear refusals of an answer by their cause. */
  private weigh({ accepted, suppressed, unclear }: ClassifiedResults<SinkEntry>, mark: number) {
    const idOf = ({ event }: SinkEntry) => event.id;
    const taken = [...accepted, ...suppressed].map(idOf);
    const causes = this.doubt.judge({ taken, unclear: unclear.map(({ entry }) => idOf(entry)) }, mark);
    const causedBy = (cause: Cause) => unclear.filter(({ entry }) => causes.get(idOf(entry)) === cause);
    return { atFault: causedBy('entry'), unproven: causedBy('unproven'), bySink: causedBy('sink') };
  }

  /**
   * One call, or, when the sink refuses the request as a whole, one for each half of it: a single entry at
   * fault must not hold its neighbours back. Results may be fewer than entries; the missing ones are open.
   */
  private async put(
    entries: readonly SinkEntry[],
    context: RequestContext,
    assertMayPublish: () => void,
  ): Promise<readonly EntryResult[]> {
    await this.sink.ready?.(context);
    assertMayPublish();
    try {
      return await this.sink.put(entries, context);
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'bus.rejected')) throw error;
      if (entries.length === 1) {
        return [{ status: 'unclear', reason: `${REFUSED}: ${error.summary}`, remedy: error.remedy }];
      }
    }
    const middle = Math.ceil(entries.length / 2);
    const first = await this.put(entries.slice(0, middle), context, assertMayPublish);
    if (first.length < middle) return first;
    // What the first half achieved must not be forgotten because the second half meets with trouble.
    const second = await this.put(entries.slice(middle), context, assertMayPublish).catch(() => []);
    return [...first, ...second];
  }

  private reportPartial({ left, ...counts }: { left: number } & Partly): void {
    const refused = left + counts.toDeadLetter;
    if (refused === 0) return;
    this.log.warn('publish.partial', `${this.sink.product} refused ${refused} of ${counts.entries} entries`, {
      ...counts,
    });
  }

  private unproven(reason: string): Failure {
    return new Unproven({
      code: 'bus.rejected',
      what: `${this.sink.product} refuses an event for ${this.sink.name} that seems to be at fault itself`,
      why: reason,
      remedy: 'It is tried again, and becomes a dead letter if it is refused again while others are taken',
    });
  }

  private busy(count: number): Failure {
    return new Failure({
      code: 'bus.unavailable',
      what: `${this.sink.product} did not take ${count} entries for ${this.sink.name}`,
      why: 'it throttled them or failed inside, time after time',
      remedy: `Nothing is lost, the next cycle goes on from the checkpoint; if it lasts, ${this.sink.remedyIfBusy}`,
    });
  }
}

/**
 * The sink refuses what it is sent, and takes nothing meanwhile: the sink or the account is taken to be at
 * fault.
 */
export function refusedBySink(
  { product, name }: Pick<Sink, 'product' | 'name'>,
  { reason, remedy }: Omit<UnclearEntry<SinkEntry>, 'entry'>,
): Failure {
  return new Failure({
    code: 'bus.rejected',
    what: `${product} refuses what is sent to ${name}`,
    why: reason,
    remedy: `${remedy}. Nothing is lost, the checkpoint stays`,
  });
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
