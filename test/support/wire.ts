import { resultOfError } from '../../src/aws/entry-result.ts';
import type { DeadLetter } from '../../src/domain/dead-letter.ts';
import type { SinkEntry } from '../../src/domain/envelope.ts';
import { Failure, type FailureCode } from '../../src/domain/failure.ts';
import type { EntryResult } from '../../src/domain/outcome.ts';
import type { Window } from '../../src/domain/window.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { KnownId } from '../../src/ports/dedup-store.ts';
import type { Counter, RequestContext } from '../../src/ports/request-context.ts';
import type { Checkpoint, Lease, StoredJob, WriteOutcome } from '../../src/ports/state-store.ts';

/** Every call that leaves the poller: what goes out, and what comes back. */
export interface Calls {
  'source.page': [Window, readonly unknown[]];
  'ids.read': [readonly string[], { readonly found: readonly KnownId[]; readonly unprocessed: readonly string[] }];
  'ids.write': [readonly KnownId[], { readonly unprocessed: readonly string[] }];
  'bus.put': [readonly SinkEntry[], readonly EntryResult[]];
  'checkpoint.read': [string, Checkpoint | undefined];
  'checkpoint.write': [Checkpoint, WriteOutcome<Checkpoint>];
  'checkpoint.fence': [number, { outcome: 'fenced'; checkpoint: Checkpoint | undefined } | { outcome: 'refused' }];
  'lease.read': [string, Lease | undefined];
  'lease.write': [Lease, WriteOutcome<Lease>];
  'job.read': [string, StoredJob | undefined];
  'job.write': [StoredJob, undefined];
  'deadLetter.put': [DeadLetter, undefined];
  'item.read': [undefined, undefined];
  'item.write': [object, 'written' | 'refused'];
  'ticker.next': [undefined, undefined];
}

type Name = keyof Calls;
type Sent<N extends Name> = Calls[N][0];
type Answer<N extends Name> = Calls[N][1];

/** What happens to a call instead of, before or after its work. */
export type Fault<I, O> = (work: (input: I) => O | Promise<O>, input: I, context: RequestContext) => O | Promise<O>;

/**
 * The way of all calls to the fakes: keeps a journal of them in the order in which they went out, and lets
 * some go wrong.
 */
export class Wire {
  readonly journal: { readonly [N in Name]: { readonly name: N; readonly sent: Sent<N> } }[Name][] = [];
  private readonly next = new Map<Name, unknown[]>();
  private readonly lasting = new Map<Name, unknown>();

  /** The next calls of this name meet these faults, one each; undefined lets one through. */
  script<N extends Name>(name: N, ...faults: readonly (Fault<Sent<N>, Answer<N>> | undefined)[]): void {
    this.next.set(name, [...(this.next.get(name) ?? []), ...faults]);
  }

  /**
   * Every call of this name meets this fault from now on, those with a script of their own excepted;
   * undefined heals.
   */
  always<N extends Name>(name: N, fault: Fault<Sent<N>, Answer<N>> | undefined): void {
    this.lasting.set(name, fault);
  }

  /** The names of the calls, in order. */
  get names(): readonly Name[] {
    return this.journal.map(({ name }) => name);
  }

  /** What went out in the calls of this name, in order. */
  sent<N extends Name>(name: N): readonly Sent<N>[] {
    return this.journal.flatMap((entry) => (entry.name === name ? [entry.sent as Sent<N>] : []));
  }

  async carry<N extends Name>(
    name: N,
    sent: Sent<N>,
    context: RequestContext,
    work: (input: Sent<N>) => Answer<N> | Promise<Answer<N>>,
    traffic?: Counter,
  ): Promise<Answer<N>> {
    context.signal.throwIfAborted();
    this.journal.push({ name, sent } as (typeof this.journal)[number]);
    if (traffic) context.count(traffic);
    const script = this.next.get(name);
    const fault = script && script.length > 0 ? script.shift() : this.lasting.get(name);
    return fault ? (fault as Fault<Sent<N>, Answer<N>>)(work, sent, context) : work(sent);
  }
}

/** The call fails and has done nothing. */
export function fails(error: Error): () => never {
  return () => {
    throw error;
  };
}

/** The call has taken effect, and its answer is lost. */
export function answerLost(error: Error) {
  return async <I, O>(work: (input: I) => O | Promise<O>, input: I): Promise<O> => {
    await work(input);
    throw error;
  };
}

/** The call does nothing until its signal ends it. */
export function hangs<I, O>(_work: (input: I) => O | Promise<O>, _input: I, { signal }: RequestContext): Promise<O> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** The call takes so many milliseconds, then does its work. */
export function takes(ms: number, clock: Clock) {
  return async <I, O>(work: (input: I) => O | Promise<O>, input: I, context: RequestContext): Promise<O> => {
    await clock.sleep(ms, context.signal);
    return work(input);
  };
}

/** The call does its work while `meanwhile` happens. */
export function during(meanwhile: () => void) {
  return <I, O>(work: (input: I) => O | Promise<O>, input: I): O | Promise<O> => {
    meanwhile();
    return work(input);
  };
}

/** DynamoDB gets to all but the last `count` IDs. */
export function leavesUnread(count: number): Fault<Sent<'ids.read'>, Answer<'ids.read'>> {
  return async (work, ids) => ({ ...(await work(ids.slice(0, -count))), unprocessed: ids.slice(-count) });
}

/** DynamoDB gets to all but the last `count` items. */
export function leavesUnwritten(count: number): Fault<Sent<'ids.write'>, Answer<'ids.write'>> {
  return async (work, items) => {
    await work(items.slice(0, -count));
    return { unprocessed: items.slice(-count).map(({ id }) => id) };
  };
}

/** The bus answers with this error code for those entries, and accepts the others. */
export function refuses(code: string, which: (entry: SinkEntry) => boolean): Fault<Sent<'bus.put'>, Answer<'bus.put'>> {
  return async (work, entries) => {
    const accepted = [...(await work(entries.filter((entry) => !which(entry))))];
    return entries.map((entry) =>
      which(entry) ? resultOfError({ code, message: 'as scripted' }, 'test-bus') : (accepted.shift() as EntryResult),
    );
  };
}

/** An operator's failure of this code. */
export function trouble(code: FailureCode): Failure {
  return new Failure({ code, what: 'It did not work', why: 'the test says so', remedy: 'Read the test' });
}
