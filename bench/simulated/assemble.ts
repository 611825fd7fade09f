import { fileURLToPath } from 'node:url';
import type { DerivedEvent } from '../../src/domain/event.ts';
import type { Transport } from '../../src/genesys/transport.ts';
import { FairSemaphore } from '../../src/pipeline/fair-semaphore.ts';
import { SILENT } from '../../src/ports/log.ts';
import type { Sink } from '../../src/ports/sink.ts';
import type { Ticker } from '../../src/ports/ticker.ts';
import type { Program } from '../program.ts';
import { type simulatedDedupTable, simulatedStateTable } from './aws.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Nothing but what has no default. */
const CONFIG = fileURLToPath(new URL('./config.yaml', import.meta.url));

export interface SimulatedOutside {
  readonly clock: VirtualClock;
  readonly transport: Transport;
  readonly bus: Sink;
  readonly table: ReturnType<typeof simulatedDedupTable>;
  readonly ticker: Ticker;
  /** Where the stream begins, epoch milliseconds. */
  readonly startsAt: number;
  /**
   * What is derived is not what is measured here: facts of the usual size, without the work of finding them.
   */
  readonly eventsOf: (record: unknown) => readonly DerivedEvent[];
}

/** The program's own parts, as it puts them together, on simulated ground. */
export async function assemble(program: Program, outside: SimulatedOutside) {
  const { clock, transport, bus, table, ticker, startsAt, eventsOf } = outside;
  const { loadConfig } = await program.load<typeof import('../../src/config/load.ts')>('config/load.ts');
  const { createGenesysClient } = await program.load<typeof import('../../src/genesys/client.ts')>('genesys/client.ts');
  const { ConversationQuery } = await program.load<typeof import('../../src/genesys/conversation-query.ts')>(
    'genesys/conversation-query.ts',
  );
  const { conversationStream } =
    await program.load<typeof import('../../src/streams/conversations.ts')>('streams/conversations.ts');
  const { Deduplicator } =
    await program.load<typeof import('../../src/pipeline/deduplicator.ts')>('pipeline/deduplicator.ts');
  const { LeaseManager } =
    await program.load<typeof import('../../src/lease/lease-manager.ts')>('lease/lease-manager.ts');
  const { Publisher } = await program.load<typeof import('../../src/pipeline/publisher.ts')>('pipeline/publisher.ts');

  const env = { GENESYS_CLIENT_ID: 'bench', GENESYS_CLIENT_SECRET: 'bench' };
  const config = loadConfig({ file: CONFIG, env });
  const { conversations } = config.streams;
  const client = createGenesysClient({ ...config.genesys, clock, log: SILENT, transport });
  const stream = {
    ...conversationStream({
      source: new ConversationQuery({ client, clock, log: SILENT, ...conversations }),
      rules: conversations,
      scope: conversations.scope,
      phoneNumbers: config.privacy.phoneNumbers,
      startsAt: () => startsAt,
    }),
    derive: (record: unknown) => ({ events: eventsOf(record), malformed: [] }),
  };
  const state = simulatedStateTable(clock);
  const time = { now: () => clock.now(), latest: () => clock.now() };
  const history = [{ from: 0, ttl: config.dedup.ttl }];
  const sinkPermits = new FairSemaphore(config.eventBridge.concurrency);
  const cycle = {
    stream,
    state,
    deduplicator: new Deduplicator({ table, clock, time, ttl: config.dedup.ttl, cacheSize: config.dedup.cacheSize }),
    publisher: new Publisher({ sink: bus, clock, log: SILENT }),
    clock,
    time,
    log: SILENT,
    // Earlier builds called `observe`, and `rest`.
    observer: { onCycle() {}, onSign() {}, onStopped() {}, rest() {}, observe() {} },
    poller: config.poller.name,
    eventSource: config.eventBridge.source,
    include: new Set(config.events.include),
    dedupHistoryReader: { current: async () => history },
    sinkPermits,
    // Earlier builds called it `source`, and went by `calls`, or before that by `concurrency`.
    source: config.eventBridge.source,
    calls: sinkPermits,
    concurrency: config.eventBridge.concurrency,
  };
  const durationMs = config.lease.duration;
  const leaseManager = new LeaseManager({
    state,
    stream: stream.name,
    holder: 'bench',
    durationMs,
    clock,
    log: SILENT,
  });
  const worker = {
    cycle,
    leaseManager,
    ticker,
    leaseDurationMs: durationMs,
    allowedMs: () => Number.POSITIVE_INFINITY,
  };
  return { worker, requestsPerMinute: config.genesys.requestsPerMinute };
}
