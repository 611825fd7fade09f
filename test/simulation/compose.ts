import { EVENT_TYPES } from '../../src/domain/catalogue.ts';
import type { Derivation } from '../../src/domain/event.ts';
import { allowedReconciliation } from '../../src/domain/streams.ts';
import type { Window, WindowRules } from '../../src/domain/window.ts';
import { createGenesysClient, type GenesysClient } from '../../src/genesys/client.ts';
import { GenesysJobs } from '../../src/genesys/conversation-jobs.ts';
import { ConversationQuery } from '../../src/genesys/conversation-query.ts';
import { ServerClock } from '../../src/genesys/server-clock.ts';
import { GenesysTokenOwner } from '../../src/genesys/token-owner.ts';
import type { Transport } from '../../src/genesys/transport.ts';
import { LeaseManager } from '../../src/lease/lease-manager.ts';
import { CycleLog } from '../../src/observability/cycle-log.ts';
import { type DedupHistoryReader, DedupHistoryStore } from '../../src/pipeline/dedup-history-store.ts';
import { Deduplicator } from '../../src/pipeline/deduplicator.ts';
import { FairSemaphore } from '../../src/pipeline/fair-semaphore.ts';
import { assertOwnership } from '../../src/pipeline/ownership.ts';
import { Publisher } from '../../src/pipeline/publisher.ts';
import type { Worker } from '../../src/pipeline/worker.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { DedupStore } from '../../src/ports/dedup-store.ts';
import type { Log } from '../../src/ports/log.ts';
import type { RequestContext } from '../../src/ports/request-context.ts';
import type { Sink } from '../../src/ports/sink.ts';
import type { CycleStateStore, StateStore } from '../../src/ports/state-store.ts';
import type { Stream } from '../../src/ports/stream.ts';
import { calendarTicker } from '../../src/schedule/cron-ticker.ts';
import { conversationStream } from '../../src/streams/conversations.ts';
import { JobReader } from '../../src/streams/job-reader.ts';
import { reconciliationStream } from '../../src/streams/reconciliation.ts';
import type { Retention, Scenario } from './scenario.ts';
import { VERSION } from './world.ts';

/** The outside, as one process sees it. */
export interface Outside {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly transport: Transport;
  readonly state: CycleStateStore;
  readonly pollerState: Pick<StateStore, 'dedupHistory' | 'organisation'>;
  readonly table: DedupStore;
  readonly bus: Sink;
}

/**
 * Puts parts in the place of the real ones of a process, to see whether that is noticed. From outside, as a
 * careless change of the product would: nothing in the product knows of it.
 */
export type Sabotage = (outside: Outside) => {
  readonly outside?: Outside;
  readonly publisher?: (options: { sink: Sink; clock: Clock; log: Log }, deduplicator: Deduplicator) => Publisher;
  readonly stream?: (stream: Stream, rules: WindowRules) => Stream;
  readonly time?: ServerClock;
  readonly dedupHistoryReader?: (ttl: number) => DedupHistoryReader;
  readonly assertOwnership?: () => Promise<void>;
  readonly calls?: (stream: Stream, concurrency: number) => FairSemaphore;
};

/** What runs in a process. */
export interface Composition {
  /** Demands the name of the poller for its organisation; comes before any work. */
  readonly assertOwnership: (context: RequestContext) => Promise<void>;
  readonly worker: Worker;
}

const DAY = 86_400_000;
const POLLER = 'simulated';
const API = 'https://api.genesys.invalid';
const CLIENT = 'client';

/** What has been derived from the versions of a world's records. */
export type Derivations = Map<string, Derivation | undefined>;

/**
 * Windows overlap, so that one version of a record is derived from a dozen times, with one and the same
 * result: deriving is pure, and the dearest part of a run. Once is enough.
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

/** Reports what the stream makes of each version of a record. */
function reporting(stream: Stream, onDerived: Hooks['onDerived']): Stream {
  return {
    ...stream,
    derive(record) {
      const derivation = stream.derive(record);
      const { conversationId, [VERSION]: version } = record as Record<string, unknown>;
      for (const { id, data } of derivation?.events ?? []) {
        onDerived(`${conversationId} ${Number.parseInt(String(version), 10)}`, id, JSON.stringify(data));
      }
      return derivation;
    },
  };
}

/** Hears of the streams of a process, and keeps what they share. */
export interface Hooks {
  /** What the configuration says now. */
  readonly retention: Retention;
  readonly derivations: Derivations;
  /** Hears what is derived from a version of a record, where two sources may differ. */
  readonly onDerived: (version: string, id: string, data: string) => void;
  readonly onPlan: (stream: string) => void;
  /** Called when the reading of a window begins. */
  readonly onRead: (stream: string, window: Window) => void;
}

/**
 * The real poller, on simulated ground: everything that decides, retries, waits, remembers or publishes is
 * the product's own.
 */
export function compose(
  scenario: Scenario,
  real: Outside,
  sabotage: Sabotage | undefined,
  { retention, derivations, onDerived, onPlan, onRead }: Hooks,
): Composition {
  const replaced = sabotage?.(real);
  const outside = replaced?.outside ?? real;
  const { clock, log, state, pollerState, bus, table, name } = outside;
  const time = replaced?.time ?? new ServerClock(clock, log);
  const client = clientOf(scenario, outside, time);
  const { ttl } = retention;
  const deduplicator = new Deduplicator({ table, clock, time, ttl, cacheSize: scenario.cacheSize });
  const publisher =
    replaced?.publisher?.({ sink: bus, clock, log }, deduplicator) ?? new Publisher({ sink: bus, clock, log });
  const item = pollerState.dedupHistory;
  const dedupHistoryReader = replaced?.dedupHistoryReader?.(ttl) ?? new DedupHistoryStore({ item, ttl, time });

  const calls = new FairSemaphore(scenario.concurrency);
  const callsOf = (stream: Stream) => replaced?.calls?.(stream, scenario.concurrency) ?? calls;

  const workerOf = (stream: Stream, every: number, companion?: Worker): Worker => {
    const { leaseDuration: durationMs } = scenario;
    const watched: Stream = {
      ...stream,
      derive: remembering(stream.derive, derivations),
      plan(...args) {
        onPlan(stream.name);
        return stream.plan(...args);
      },
      read(window, context) {
        onRead(stream.name, window);
        return stream.read(window, context);
      },
    };
    const poller = replaced?.stream?.(watched, scenario.rules) ?? watched;
    const hasTwoSources = scenario.renames && scenario.second !== undefined;
    return {
      cycle: {
        stream: hasTwoSources ? reporting(poller, onDerived) : poller,
        state,
        deduplicator,
        publisher,
        clock,
        time,
        log,
        observer: new CycleLog({ log, clock }),
        poller: POLLER,
        eventSource: 'com.genesys.cloud.outbound',
        include: new Set(EVENT_TYPES),
        dedupHistoryReader,
        sinkPermits: callsOf(stream),
      },
      leaseManager: new LeaseManager({ state, stream: stream.name, holder: name, durationMs, clock, log }),
      ticker: calendarTicker({ next: () => [clock.now() + every - (clock.now() % every)] }, clock),
      allowedMs: () =>
        3 * every + allowedReconciliation(scenario.requestsPerMinute, scenario.second ? retention.horizon : 0),
      ...(companion && { companion }),
    };
  };
  const { live, second } = streamsOf(scenario, outside, client, retention);
  const owner = new GenesysTokenOwner({ client, apiUrl: API, clientId: CLIENT });
  const ownership = { poller: POLLER, owner, item: pollerState.organisation };
  return {
    assertOwnership: replaced?.assertOwnership ?? ((context) => assertOwnership(ownership, context)),
    worker: workerOf(live, scenario.schedule, scenario.second && workerOf(second, scenario.second.schedule)),
  };
}

function clientOf(scenario: Scenario, { clock, log, transport }: Outside, time: ServerClock): GenesysClient {
  return createGenesysClient({
    loginUrl: 'https://login.genesys.invalid',
    apiUrl: API,
    clientId: CLIENT,
    clientSecret: 'secret',
    requestsPerMinute: scenario.requestsPerMinute,
    time,
    clock,
    log,
    transport,
  });
}

function streamsOf(
  scenario: Scenario,
  { clock, log, state }: Outside,
  client: GenesysClient,
  { horizon, horizonEvery }: Retention,
): { live: Stream; second: Stream } {
  const { rules, query, startsBack, partSize, maxCheckpointLag } = scenario;
  const common = {
    scope: 'outbound' as const,
    phoneNumbers: 'mask' as const,
    startsAt: (now: number) => now - startsBack,
  };
  const jobs = new GenesysJobs({ client, clock, scope: 'outbound' });
  return {
    live: conversationStream({
      ...common,
      source: new ConversationQuery({
        // Answers that take so long let every query be split into parts that are read side by side.
        client: { ...client, answerTime: () => 3_000 },
        ...{ clock, log, query, scope: 'outbound', lookback: 2 * DAY },
        partSize,
      }),
      rules,
      maxCheckpointLag,
    }),
    second: reconciliationStream({
      ...common,
      jobs,
      reader: new JobReader({ jobs, clock, log, stream: 'reconciliation' }),
      state,
      rules: { overlap: rules.overlap, horizon, horizonEvery },
      clock,
      requestsPerMinute: scenario.requestsPerMinute,
      isLiveEnabled: true,
    }),
  };
}
