import { resultOfError } from '../../src/aws/entry-result.ts';
import { entryBytes } from '../../src/aws/entry-size.ts';
import type { SinkEntry } from '../../src/domain/envelope.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { EntryResult, Sink } from '../../src/ports/sink.ts';
import { undocumented } from '../support/documented.ts';
import type { Faults } from './faults.ts';
import type { Judge } from './judge.ts';
import type { PollerProcess } from './poller-process.ts';
import type { Scheduler } from './scheduler.ts';
import type { Writers } from './writers.ts';

export interface BusOptions {
  readonly faults: Faults;
  readonly judge: Judge;
  readonly writers: Writers;
  readonly scheduler: Scheduler;
  readonly entriesPerPut: number;
  /** A bus that suppresses what it has taken within the last five minutes. */
  readonly suppresses: boolean;
  /**
   * IDs of entries that it never takes, and how it says so: for the entry alone, or for the whole request.
   */
  readonly poison: ReadonlyMap<string, 'entry' | 'request'>;
  readonly origin: () => number;
}

/** How long a v2 bus knows an entry again, milliseconds. */
const KNOWN_FOR = 300_000;

/** An event bus that keeps a record of every copy it has taken. */
export class SimulatedBus {
  private readonly options: BusOptions;
  private readonly taken = new Map<string, number>();

  constructor(options: BusOptions) {
    this.options = options;
  }

  busFor(process: PollerProcess): Sink {
    const { faults, judge, writers, entriesPerPut } = this.options;
    return {
      name: 'simulated',
      product: 'EventBridge',
      remedyIfBusy: 'wait',
      sizeOf: entryBytes,
      limits: { entries: entriesPerPut, bytes: 262_144 },
      put: async (entries, context) => {
        context.count('putEventsCalls');
        const ids = entries.map((entry) => entry.event.id);
        if (ids.length === 0 || ids.length > entriesPerPut) judge.breach('limits', `a call of ${ids.length} entries`);
        const stream = streamOf(entries);
        writers.putIssued(process, stream);
        const put = judge.putIssued(process, ids);
        try {
          return await process.exchange(
            {
              port: 'bus.put',
              outcome: faults.outcome('bus', false),
              asks: () =>
                `puts ${entries.length} entries of ${stream} under fence ${process.fences.get(stream)}: ${ids.map((id) => judge.ledger.nameOf(id)).join(', ')}`,
              tells: (answers) =>
                answers.map((answer) => ('reason' in answer ? answer.reason.split(':')[0] : answer.status)).join(', '),
              effect: () => {
                put.arrived = true;
                return this.answer(entries, {
                  accept: (entry) => judge.accepted(put, entry.event.id, factOf(entry), this.options.origin()),
                  suppress: (entry) => judge.suppressed(put, entry.event.id, factOf(entry)),
                });
              },
              unanswered: unavailable,
              onUnanswered: () => judge.putUnanswered(put),
            },
            context.signal,
          );
        } finally {
          judge.putEnded(put);
        }
      },
    };
  }

  private answer(
    entries: readonly SinkEntry[],
    { accept, suppress }: Readonly<Record<'accept' | 'suppress', (entry: SinkEntry) => void>>,
  ): readonly EntryResult[] {
    const { faults, poison } = this.options;
    const refusal = faults.refusal();
    if (refusal !== undefined && refusal !== 'request') return entries.map(() => failed(refusal));
    if (refusal === 'request' || entries.some((entry) => poison.get(entry.event.id) === 'request')) {
      throw new Failure({ code: 'bus.rejected', what: 'The request was refused', why: 'simulated', remedy: 'None' });
    }
    if (faults.strikes('denied', 0.3)) {
      return entries.map(() => failed('AccessDeniedException'));
    }
    const partial = faults.strikes('partial', 2);
    return entries.map((entry) => {
      if (poison.has(entry.event.id)) return failed('MalformedDetail');
      if (partial && faults.pickInt(0, 1) === 0)
        return failed(faults.pickInt(0, 1) ? 'ThrottlingException' : 'InternalFailure');
      if (this.knows(entry)) {
        suppress(entry);
        return { status: 'suppressed' };
      }
      this.judgeForm(entry);
      accept(entry);
      return { status: 'accepted' };
    });
  }

  /** The first copy of each event has to be as documented: further ones have the same data. */
  private judgeForm({ event, detail }: SinkEntry): void {
    const { judge } = this.options;
    if (judge.ledger.of(event.id)?.copies !== 0) return;
    for (const problem of undocumented({ detailType: event.eventType, detail })) judge.breach('documented', problem);
  }

  private knows(entry: SinkEntry): boolean {
    const { suppresses, scheduler } = this.options;
    if (!suppresses) return false;
    const before = this.taken.get(entry.event.id);
    if (before !== undefined && scheduler.now - before < KNOWN_FOR) return true;
    this.taken.set(entry.event.id, scheduler.now);
    return false;
  }
}

/** The stream that an entry says it was found by. */
function streamOf([entry]: readonly SinkEntry[]): string {
  return /"stream":"([a-z-]+)"/.exec(entry?.detail ?? '')?.[1] ?? 'none';
}

/** The fact as it stands in the envelope, byte for byte. */
function factOf({ detail }: SinkEntry): string {
  return detail.slice(detail.indexOf(',"data":') + 8);
}

function failed(code: string): EntryResult {
  return resultOfError({ code, message: 'simulated' }, 'simulated');
}

function unavailable(): Failure {
  return new Failure({ code: 'bus.unavailable', what: 'EventBridge did not answer', why: 'simulated', remedy: 'Wait' });
}
