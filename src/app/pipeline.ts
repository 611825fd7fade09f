import type { Config } from '../config/config.ts';
import type { CycleReport } from '../domain/cycle-report.ts';
import { BACKFILL, CONVERSATIONS, type PolledStream, STREAMS, type StreamName } from '../domain/streams.ts';
import { LeaseManager } from '../lease/lease-manager.ts';
import type { CycleDependencies, CycleOptions } from '../pipeline/cycle.ts';
import { type DedupHistoryReader, DedupHistoryStore } from '../pipeline/dedup-history-store.ts';
import type { Deduplicator } from '../pipeline/deduplicator.ts';
import { FairSemaphore } from '../pipeline/fair-semaphore.ts';
import { Publisher } from '../pipeline/publisher.ts';
import { SinkDoubt } from '../pipeline/sink-doubt.ts';
import type { Worker } from '../pipeline/worker.ts';
import type { Clock } from '../ports/clock.ts';
import { type Log, withFields } from '../ports/log.ts';
import type { Names } from '../ports/names.ts';
import type { RequestBudgetUse } from '../ports/request-budget.ts';
import type { Sink } from '../ports/sink.ts';
import type { CycleStateStore } from '../ports/state-store.ts';
import { everyObserver, type StreamObserver } from '../ports/stream-observer.ts';
import type { TrustedTime } from '../ports/trusted-time.ts';
import { cronTicker } from '../schedule/cron-ticker.ts';
import type { Connections } from './connections.ts';
import { freshForOf } from './liveness.ts';
import { enabledStreams, namesOf, type StreamDependencies, scheduleOf, streamOf } from './streams.ts';

/** A poller, composed as the configuration says; nothing has been called yet. */
export interface Pipeline {
  readonly workers: readonly Worker[];
  /** Ends what goes on in the background. */
  close(): void;
}

export interface PipelineOptions {
  readonly config: Config;
  readonly connections: Connections;
  readonly log: Log;
  readonly clock: Clock;
  /** Of this program, for operators. */
  readonly version?: string | undefined;
  /** Hears of the cycles of all streams, and of their signs of life. */
  readonly observer: StreamObserver;
  /** Whether the lease of a stream, once its worker ends, stays with this process for the next pipeline. */
  readonly keepsLease?: (stream: PolledStream) => boolean;
  /** Whether an earlier pipeline of this process may have left leases to this one. */
  readonly isReload?: boolean;
}

/** Everything that the daemon polls. */
export function composePipeline(options: PipelineOptions): Pipeline {
  const { config, connections, log, clock, version: programVersion, observer, keepsLease, isReload } = options;
  const { state, holder, stallTrackers } = connections;
  const ending = new AbortController();
  const dependencies: StreamDependencies = {
    config,
    genesys: connections.genesys(config.genesys),
    state,
    clock,
    log,
    stallTrackers,
  };
  const names = namesOf(dependencies, ending.signal);
  const dependenciesOf = composeCycles({ config, ends: endsOf(config, connections), log, clock, names, observer });
  const freshFor = freshForOf(config);
  const enabled = enabledStreams(config);
  let liveUpTo: number | undefined;
  const noteLive = {
    onCycle({ figures }: CycleReport) {
      liveUpTo = figures?.watermark ?? liveUpTo;
    },
  };

  const workerOf = (name: PolledStream): Worker => {
    const leaseManager = new LeaseManager({
      state,
      standbys: state,
      stream: name,
      holder,
      programVersion,
      durationMs: config.lease.duration,
      clock,
      log,
      keepsLease: () => keepsLease?.(name) ?? false,
      mayBeInherited: isReload,
    });
    const cycle: CycleOptions = {
      ...dependenciesOf(name),
      stream: streamOf(name, dependencies, () => liveUpTo),
      ...(name === CONVERSATIONS && { observer: everyObserver(noteLive, observer) }),
    };
    const companion = companionOf(name, enabled);
    return {
      cycle,
      leaseManager,
      ticker: cronTicker(scheduleOf(config, name), clock),
      allowedMs: () => freshFor(name),
      ...(companion && { companion: workerOf(companion) }),
    };
  };

  const accompanying = new Set(enabled.map((name) => companionOf(name, enabled)));
  const workers = enabled.filter((name) => !accompanying.has(name)).map(workerOf);
  return { workers, close: () => ending.abort(new Error('this pipeline ends')) };
}

/** The stream that works under the lease of this one, if both are polled. */
function companionOf(name: PolledStream, enabled: readonly PolledStream[]): PolledStream | undefined {
  return enabled.find((other) => other === STREAMS[name].companion);
}

/** What publishes events of a past period, under the lease of the stream `backfill`. */
export interface PastPublication {
  readonly cycle: CycleDependencies;
  readonly leaseManager: LeaseManager;
}

/** What a backfill and the repair of an audit publish with. `signal` ends what goes on in the background. */
export function composePastPublication(
  { config, connections, log, clock, observer }: Omit<PipelineOptions, 'keepsLease'>,
  signal: AbortSignal,
): PastPublication {
  const { state, holder } = connections;
  const names = namesOf({ config, genesys: connections.genesys(config.genesys), state, clock, log }, signal);
  return {
    cycle: composeCycles({ config, ends: endsOf(config, connections), log, clock, names, observer })(BACKFILL),
    leaseManager: new LeaseManager({ state, stream: BACKFILL, holder, durationMs: config.lease.duration, clock, log }),
  };
}

/** Where a pipeline keeps what it knows, and where it publishes. */
export interface PipelineEnds {
  readonly state: CycleStateStore;
  readonly deduplicator: Deduplicator;
  readonly dedupHistoryReader: DedupHistoryReader;
  readonly time: TrustedTime;
  readonly budget: RequestBudgetUse;
  readonly sink: Sink;
}

function endsOf(config: Config, { state, deduplicator, time, budget, sink }: Connections): PipelineEnds {
  const { ttl } = config.dedup;
  deduplicator.setTtl(ttl);
  const dedupHistoryReader = new DedupHistoryStore({ item: state.dedupHistory, ttl, time });
  return { state, deduplicator, dedupHistoryReader, time, budget, sink: sink(config.eventBridge) };
}

export interface CyclesOptions extends Pick<PipelineOptions, 'config' | 'log' | 'clock' | 'observer'> {
  readonly ends: PipelineEnds;
  readonly names: Names;
}

/**
 * What the cycles of a stream need besides the stream itself, by its name. All of them share one judgement of
 * the bus, and the PutEvents calls in flight.
 */
export function composeCycles({
  config,
  ends: { sink, ...ends },
  log,
  clock,
  names,
  observer,
}: CyclesOptions): (stream: StreamName) => CycleDependencies {
  const doubt = new SinkDoubt(clock);
  const sinkPermits = new FairSemaphore(config.eventBridge.concurrency);
  return (stream) => ({
    ...ends,
    publisher: new Publisher({ sink, clock, doubt, log: withFields(log, { stream }) }),
    clock,
    log,
    observer,
    poller: config.poller.name,
    eventSource: config.eventBridge.source,
    include: new Set(config.events.include),
    sinkPermits,
    ...(STREAMS[stream].isEnriched && { names }),
  });
}
