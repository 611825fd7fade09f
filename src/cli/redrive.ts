import { DynamoDedupTable } from '../aws/dedup-store.ts';
import { targetBus } from '../aws/sink.ts';
import type { StreamName } from '../domain/event.ts';
import { underLease } from '../lease/with-lease.ts';
import { DedupMemory } from '../pipeline/deduplicator.ts';
import { Publisher } from '../pipeline/publisher.ts';
import { type Redelivered, redeliver } from '../pipeline/redrive.ts';
import { beforeAllExpiry } from '../ports/trusted-time.ts';
import { byId, described, type Found, lettersOf } from './dead-letters.ts';
import { atWork, SILENT, type Workplace } from './operator.ts';
import { confirmed, print, remark } from './terminal.ts';

interface Options {
  readonly config?: string | undefined;
  readonly stream?: StreamName | undefined;
  /** IDs or their beginnings; none: every event among the dead letters. */
  readonly ids: readonly string[];
  readonly whilePolling?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

type Outcome = Redelivered['outcome'];

/**
 * Publishes dead letters after all. Resolves to the exit code: 0 if every letter that was meant is on the bus now.
 *
 * It works under the lease of the streams that could meet the same events, so that no poller publishes one of them at the same
 * moment: on a classic bus that would be a repeat.
 */
export function redrive(options: Options): Promise<number> {
  return atWork(options, async (workplace) => {
    const letters = await meant(workplace, options);
    if (!letters) return 1;
    const events = letters.filter(({ letter }) => letter.kind === 'event');
    for (const one of letters) if (one.letter.kind === 'record') explainRecord(one);
    if (events.length === 0) {
      remark('There is no event to publish among the dead letters');
      return options.ids.length > 0 ? 1 : 0;
    }
    const { bus } = workplace.config.eventBridge;
    const what = events.length === 1 ? '1 event' : `${events.length} events`;
    if (!(await confirmed(`${what} will be published on the bus ${bus}. Publish?`, options.yes ?? false))) {
      remark('Nothing was published');
      return 1;
    }
    const tally = new Map<Outcome, number>();
    const work = (mayPublish: () => void) => redeliverAll(workplace, events, tally, mayPublish);
    try {
      await (options.whilePolling ? work(() => undefined) : underLeases(leasesFor(events), workplace, work));
    } finally {
      summarise(tally, events.length);
    }
    const done = (tally.get('published') ?? 0) + (tally.get('known') ?? 0);
    const asked = options.ids.length > 0 ? letters.length : events.length;
    return done === asked ? 0 : 1;
  });
}

async function meant(workplace: Workplace, options: Options): Promise<readonly Found[] | undefined> {
  if (options.ids.length > 0) return byId(workplace, options);
  const all: Found[] = [];
  for await (const one of lettersOf(workplace, options.stream)) all.push(one);
  return all;
}

function explainRecord({ stream, letter }: Found): void {
  remark(described(stream, letter));
  remark(
    '  is a record in which no event could be identified, so there is none to publish. Once this program can read it, setting ' +
      'the checkpoint back, or a backfill, derives its events; until then the letter stays',
  );
}

/** Whoever may meet the same facts: all but the dialer's log read conversations. */
function leasesFor(events: readonly Found[]): readonly StreamName[] {
  const ofLog = events.some(({ stream }) => stream === 'event-log');
  const ofConversations = events.some(({ stream }) => stream !== 'event-log');
  return [...(ofConversations ? READERS_OF_CONVERSATIONS : []), ...(ofLog ? ['event-log' as const] : [])];
}

const READERS_OF_CONVERSATIONS = ['conversations', 'reconciliation', 'backfill'] as const;

async function underLeases(
  streams: readonly StreamName[],
  workplace: Workplace,
  work: (mayPublish: () => void) => Promise<void>,
): Promise<void> {
  const [stream, ...others] = streams;
  if (stream === undefined) return work(() => undefined);
  await underLease(stream, workplace.borrowing, workplace.call, ({ tenure }) =>
    underLeases(others, workplace, (mayPublish) =>
      work(() => {
        tenure.mayPublish();
        mayPublish();
      }),
    ),
  );
}

async function redeliverAll(
  { aws, config, state, operator, clock, call }: Workplace,
  events: readonly Found[],
  tally: Map<Outcome, number>,
  mayPublish: () => void,
): Promise<void> {
  const { source } = config.eventBridge;
  const table = new DynamoDedupTable({ client: aws.dynamoDb, table: config.dynamoDb.dedupTable, clock });
  const memory = new DedupMemory({ table, clock, time: beforeAllExpiry(clock), ttl: config.dedup.ttl, cacheSize: 1 });
  const { bus } = targetBus(config.eventBridge, aws, clock);
  const publisher = new Publisher({ bus, clock, log: SILENT });
  const parts = { memory, publisher, state, operator, clock, source, mayPublish };
  for (const { stream, letter } of events) {
    call.signal.throwIfAborted();
    const result = await redeliver(stream, letter, parts, call);
    tally.set(result.outcome, (tally.get(result.outcome) ?? 0) + 1);
    print(`${letter.id} ${told(result)}`);
  }
}

function told(result: Redelivered): string {
  switch (result.outcome) {
    case 'published':
      return 'published, and no dead letter any more';
    case 'known':
      return 'was published before; not published again, and no dead letter any more';
    case 'refused':
      return `refused again, and still a dead letter: ${result.reason}`;
    case 'unpublishable':
      return 'still a dead letter: its content is no event that this version knows';
  }
}

function summarise(tally: ReadonlyMap<Outcome, number>, asked: number): void {
  const of = (outcome: Outcome) => tally.get(outcome) ?? 0;
  const done = of('published') + of('known');
  remark(`${of('published')} published, ${of('known')} known already, ${asked - done} left`);
}
