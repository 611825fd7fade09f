import { targetBus } from '../aws/sink.ts';
import type { Config } from '../config/config.ts';
import type { StreamName } from '../domain/event.ts';
import { CONVERSATIONS, type PolledStream, STREAMS } from '../domain/streams.ts';
import { LeaseManager } from '../lease/lease-manager.ts';
import { withFields } from '../observability/fields-log.ts';
import type { CycleOptions } from '../pipeline/cycle.ts';
import { StoredDedupReaches } from '../pipeline/dedup-histories.ts';
import { Publisher } from '../pipeline/publisher.ts';
import { SinkDoubt } from '../pipeline/sink-doubt.ts';
import type { Worker } from '../pipeline/worker.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { StreamObserver } from '../ports/stream-observer.ts';
import { cronTicker } from '../schedule/cron-ticker.ts';
import type { Connections } from './connections.ts';
import { freshForOf } from './liveness.ts';
import { enabledStreams, namesOf, type Parts, scheduleOf, streamOf } from './streams.ts';

/** The parts of a poller, put together as the configuration says; nothing has been called yet. */
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
  /** Hears the signs of life of all streams. */
  readonly observer?: StreamObserver | undefined;
  /** Whether the lease of a stream, once its worker ends, is for the next assembly of this process. */
  readonly keepsLease?: (stream: PolledStream) => boolean;
}

export function composePipeline(options: PipelineOptions): Pipeline {
  const { config, connections, log, clock, observer, keepsLease } = options;
  const { state, holder } = connections;
  const ending = new AbortController();
  const parts: Parts = { config, genesys: connections.genesys(config.genesys), state, clock, log };
  const names = namesOf(parts, ending.signal);
  const partsOf = cycleParts(options);

  const freshFor = freshForOf(config);
  let liveUpTo: number | undefined;
  const enabled = enabledStreams(config);

  const workerOf = (name: PolledStream): Worker => {
    const stream = streamOf(name, parts, () => liveUpTo);
    const leaseManager = new LeaseManager({
      ...{ state, stream: name, holder, durationMs: config.lease.duration, clock, log, observer },
      keepsLease: () => keepsLease?.(name) ?? false,
    });
    const cycle: CycleOptions = {
      ...partsOf(name),
      stream,
      observer,
      ...(STREAMS[name].isEnriched && { names }),
      onCycle(last) {
        leaseManager.note(last);
        if (name === CONVERSATIONS) liveUpTo = last.watermark;
      },
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
  return { workers, close: () => ending.abort(new Error('this assembly ends')) };
}

/** The stream that works under the lease of this one, if both are polled. */
function companionOf(name: PolledStream, enabled: readonly PolledStream[]): PolledStream | undefined {
  return enabled.find((other) => other === STREAMS[name].companion);
}

/** What the cycles of a stream need besides the stream itself, by its name. */
export function cycleParts(options: PipelineOptions): (stream: StreamName) => Omit<CycleOptions, 'stream'> {
  const { config, connections, log, clock } = options;
  const { aws, state, pollerState, deduplicator, time } = connections;
  deduplicator.lastFor(config.dedup.ttl);
  const { bus: sink } = targetBus(config.eventBridge, aws, clock);
  const doubt = new SinkDoubt(clock);
  const dedupHistories = new StoredDedupReaches({ item: pollerState.dedupReach, ttl: config.dedup.ttl, time });
  return (stream) => ({
    state,
    deduplicator,
    publisher: new Publisher({ sink, clock, doubt, log: withFields(log, { stream }) }),
    clock,
    time,
    log,
    poller: config.poller.name,
    source: config.eventBridge.source,
    include: new Set(config.events.include),
    dedupHistories,
    concurrency: config.eventBridge.concurrency,
  });
}
