import { fileURLToPath } from 'node:url';
import type { DerivedEvent } from '../../src/domain/event.ts';
import { FairSemaphore } from '../../src/pipeline/fair-semaphore.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Program } from '../program.ts';
import type { Row } from '../row.ts';
import { simulatedBus, simulatedDedupTable, simulatedStateTable } from '../simulated/aws.ts';
import { EVENTS_EACH, SimulatedGenesys, type SimulatedRecord } from '../simulated/genesys.ts';
import { VirtualClock } from '../simulated/virtual-clock.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Nothing but what has no default. */
const CONFIG = fileURLToPath(new URL('../simulated/config.yaml', import.meta.url));
const NOW = Date.parse('2026-11-23T10:00:00.000Z');

/** How far behind, and how much there is to read. Both are more than two minutes' worth of the default budget. */
const BACKLOGS = [
  { name: 'windows of 300 pages', behind: 8 * HOUR, perHour: 300 },
  { name: 'windows of 2 pages', behind: 140 * HOUR, perHour: 2 },
] as const;
const LATENCIES = [50, 500, 3_000] as const;

/**
 * How much of the request budget reading uses while it is behind, at default settings. In virtual time, so that neither this
 * machine nor its network plays a part: one run is as good as many.
 */
export async function catchUp(program: Program): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const backlog of BACKLOGS) {
    for (const latency of LATENCIES) {
      const { used, wasted } = await shareOfBudget(program, backlog, latency);
      rows.push({
        what: `budget used while behind, ${backlog.name} of ${latency} ms`,
        unit: '%',
        digits: 1,
        runs: [used],
        bound: { atLeast: 95 },
      });
      rows.push({ what: 'of these requests, for nothing', unit: '%', digits: 1, runs: [wasted] });
    }
  }
  return rows;
}

async function shareOfBudget(
  program: Program,
  { behind, perHour }: (typeof BACKLOGS)[number],
  latency: number,
): Promise<{ readonly used: number; readonly wasted: number }> {
  const clock = new VirtualClock(NOW);
  const genesys = new SimulatedGenesys({ clock, latency, from: NOW - behind, to: NOW - HOUR / 2, perHour });
  const bus = simulatedBus(clock);
  const { worker, requestsPerMinute } = await assemble(program, clock, genesys, bus, NOW - behind);
  const { pollOnce } = await program.load<typeof import('../../src/pipeline/worker.ts')>('pipeline/worker.ts');
  const never = new AbortController().signal;
  const { status } = await clock.during(pollOnce(worker, { stop: never, abort: never }));
  if (status !== 'completed' || bus.accepted() !== genesys.events) {
    throw new Error(`${status}: ${genesys.events} events expected, ${bus.accepted()} published`);
  }
  const { sent, useful } = genesys;
  return {
    used: 100 * shareAfterFirstRound(sent, requestsPerMinute, latency),
    wasted: 100 * (1 - useful / sent.length),
  };
}

/**
 * Requests among those that the budget allowed until the last of them; at most 1. The first round of places is left out: a budget that
 * that no request has drawn on allows all of a minute's requests at once, and a part of that burst comes again when the places are free,
 * a minute after the answers have begun.
 */
function shareAfterFirstRound(sentAt: readonly number[], requestsPerMinute: number, latency: number): number {
  const first = Math.min(...sentAt);
  const [from, to] = [first + latency + MINUTE, Math.max(...sentAt)];
  const sent = sentAt.filter((time) => time > from).length;
  return Math.min(1, sent / ((requestsPerMinute * (to - from)) / MINUTE));
}

/** The program's own parts, as it puts them together, on simulated ground. */
async function assemble(
  program: Program,
  clock: VirtualClock,
  transport: SimulatedGenesys,
  bus: ReturnType<typeof simulatedBus>,
  startsAt: number,
) {
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
    derive: (record: unknown) => ({ events: eventsOf(record as SimulatedRecord), malformed: [] }),
  };
  const state = simulatedStateTable(clock);
  const table = simulatedDedupTable(clock);
  const time = { now: () => clock.now(), latest: () => clock.now() };
  const reach = [{ from: 0, ttl: config.dedup.ttl }];
  const cycle = {
    stream,
    state,
    deduplicator: new Deduplicator({ table, clock, time, ttl: config.dedup.ttl, cacheSize: config.dedup.cacheSize }),
    publisher: new Publisher({ sink: bus, clock, log: SILENT }),
    clock,
    time,
    log: SILENT,
    observer: { onCycle() {}, onSign() {}, rest() {} },
    poller: config.poller.name,
    source: config.eventBridge.source,
    include: new Set(config.events.include),
    dedupHistories: { under: async () => reach },
    calls: new FairSemaphore(config.eventBridge.concurrency),
    // What builds before the shared permits went by.
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
  const ticker = { next: () => new Promise<void>(() => {}), due: () => undefined };
  const worker = {
    cycle,
    leaseManager,
    ticker,
    leaseDurationMs: durationMs,
    allowedMs: () => Number.POSITIVE_INFINITY,
  };
  return { worker, requestsPerMinute: config.genesys.requestsPerMinute };
}

/** What is derived is not what is measured here: facts of the usual size, without the work of finding them. */
function eventsOf({ id, at }: SimulatedRecord): readonly DerivedEvent[] {
  const timestamp = new Date(at).toISOString();
  return Array.from({ length: EVENTS_EACH }, (_, number) => ({
    id: `${id}-${number}`.padStart(64, '0'),
    eventType: 'conversationStarted',
    timestamp: at,
    data: { eventType: 'conversationStarted', timestamp, conversationId: String(id) },
  }));
}

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };
