import type { Derivation } from '../../src/domain/event.ts';
import { ALL_EVENT_TYPES } from '../../src/domain/selection.ts';
import { createGenesysClient } from '../../src/genesys/client.ts';
import { ConversationQuery } from '../../src/genesys/conversation-query.ts';
import type { Transport } from '../../src/genesys/transport.ts';
import { conversationStream } from '../../src/poller/conversation-stream.ts';
import type { Stream } from '../../src/poller/cycle.ts';
import { DedupMemory } from '../../src/poller/dedup-memory.ts';
import { LeaseKeeper } from '../../src/poller/lease-keeper.ts';
import { Publisher } from '../../src/poller/publisher.ts';
import type { Worker } from '../../src/poller/worker.ts';
import type { Bus } from '../../src/ports/bus.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { DedupTable } from '../../src/ports/dedup-table.ts';
import type { Log } from '../../src/ports/log.ts';
import type { StateTable } from '../../src/ports/state-table.ts';
import type { Ticker } from '../../src/ports/ticker.ts';
import type { Scenario } from './scenario.ts';
import { VERSION } from './world.ts';

/** The outside, as one process sees it. */
export interface Outside {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly transport: Transport;
  readonly state: StateTable;
  readonly table: DedupTable;
  readonly bus: Bus;
}

/**
 * Puts parts in the place of the real ones of a process, to see whether that is noticed. From outside, as a careless change of the
 * product would: nothing in the product knows of it.
 */
export type Sabotage = (outside: Outside) => {
  readonly outside?: Outside;
  readonly publisher?: (options: { bus: Bus; clock: Clock; log: Log }, memory: DedupMemory) => Publisher;
  readonly stream?: (stream: Stream) => Stream;
};

const DAY = 86_400_000;
const TTL = 7 * DAY;

/** What has been derived from the versions of a world's records. */
export type Derivations = Map<string, Derivation | undefined>;

/**
 * Windows overlap, so that one version of a record is derived from a dozen times, with one and the same result: deriving is
 * pure, and the dearest part of a run. Once is enough.
 */
function remembering(derive: Stream['derive'], known: Derivations): Stream['derive'] {
  return (record) => {
    const { conversationId, [VERSION]: version } = record as Record<string, unknown>;
    const key = `${conversationId} ${version}`;
    let derivation = known.get(key);
    if (!derivation) {
      derivation = derive(record);
      known.set(key, derivation);
    }
    return derivation;
  };
}

/** The real poller, on simulated ground: whatever decides, retries, waits, remembers or publishes is the product's own. */
export function assemble(
  scenario: Scenario,
  real: Outside,
  sabotage: Sabotage | undefined,
  { derivations, onPlan }: { readonly derivations: Derivations; readonly onPlan: () => void },
): Worker {
  const replaced = sabotage?.(real);
  const outside = replaced?.outside ?? real;
  const { clock, log, state, bus, table, transport, name } = outside;
  const client = createGenesysClient({
    loginUrl: 'https://login.genesys.invalid',
    apiUrl: 'https://api.genesys.invalid',
    clientId: 'client',
    clientSecret: 'secret',
    requestsPerMinute: scenario.requestsPerMinute,
    clock,
    log,
    transport,
  });
  const memory = new DedupMemory({ table, clock, ttl: TTL, cacheSize: scenario.cacheSize });
  const publisher = replaced?.publisher?.({ bus, clock, log }, memory) ?? new Publisher({ bus, clock, log });
  const conversations = conversationStream({
    source: new ConversationQuery({ client, query: scenario.query, scope: 'outbound', lookback: 2 * DAY }),
    rules: scenario.rules,
    scope: 'outbound',
    phoneNumbers: 'mask',
    startsAt: (now: number) => now - scenario.startsBack,
  });
  const watched: Stream = {
    ...conversations,
    derive: remembering(conversations.derive, derivations),
    plan(...question) {
      onPlan();
      return conversations.plan(...question);
    },
  };
  const { leaseDuration: durationMs } = scenario;
  return {
    cycle: {
      stream: replaced?.stream?.(watched) ?? watched,
      state,
      memory,
      publisher,
      clock,
      log,
      poller: 'simulated',
      source: 'com.genesys.cloud.outbound',
      include: ALL_EVENT_TYPES,
      dedupTtl: TTL,
      concurrency: scenario.concurrency,
    },
    keeper: new LeaseKeeper({ state, stream: conversations.name, holder: name, durationMs, clock, log }),
    ticker: tickerOf(clock, scenario.schedule),
    leaseDurationMs: durationMs,
  };
}

/** Ticks by the wall clock, as cron does. */
function tickerOf(clock: Clock, every: number): Ticker {
  return { next: (signal) => clock.sleep(every - (clock.now() % every), signal) };
}
