import { targetBus } from '../aws/sink.ts';
import type { Config } from '../config/config.ts';
import type { StreamName } from '../domain/event.ts';
import { LeaseManager } from '../lease/lease-manager.ts';
import { withFields } from '../observability/fields-log.ts';
import { BusDoubt } from '../pipeline/bus-doubt.ts';
import type { CycleOptions } from '../pipeline/cycle.ts';
import { StoredDedupReaches } from '../pipeline/dedup-histories.ts';
import { Publisher } from '../pipeline/publisher.ts';
import type { Stream } from '../pipeline/stream.ts';
import type { Worker } from '../pipeline/worker.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { StreamObserver } from '../ports/stream-observer.ts';
import { cronTicker } from '../schedule/cron-ticker.ts';
import { LIVE } from '../streams/live-watermark.ts';
import type { Connections } from './connections.ts';
import { freshForOf } from './liveness.ts';
import { liveStream, logStream, namesOf, type Parts, secondStream } from './streams.ts';

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
  readonly keepsLease?: (stream: string) => boolean;
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

  const workerOf = (stream: Stream, schedule: string, companion?: Worker): Worker => {
    const leaseDurationMs = config.lease.duration;
    const leaseManager = new LeaseManager({
      ...{ state, stream: stream.name, holder, durationMs: leaseDurationMs, clock, log, observer },
      keepsLease: () => keepsLease?.(stream.name) ?? false,
    });
    const cycle: CycleOptions = {
      ...partsOf(stream.name),
      stream,
      observer,
      // The event log names what it speaks of itself.
      ...(stream.name !== 'event-log' && { names }),
      onCycle(last) {
        leaseManager.note(last);
        if (stream.name === LIVE) liveUpTo = last.watermark;
      },
    };
    return {
      cycle,
      leaseManager,
      ticker: cronTicker(schedule, clock),
      leaseDurationMs,
      allowedMs: () => freshFor(stream.name),
      ...(companion && { companion }),
    };
  };

  const { conversations, reconciliation, eventLog } = config.streams;
  const { schedule } = config.poller;
  const second = reconciliation.enabled
    ? [
        workerOf(
          secondStream(parts, () => liveUpTo),
          reconciliation.schedule,
        ),
      ]
    : [];
  const workers = [
    // Both looks at conversations meet the same facts: the second one is the first one's companion.
    ...(conversations.enabled ? [workerOf(liveStream(parts), schedule, second[0])] : second),
    ...(eventLog.enabled ? [workerOf(logStream(parts), schedule)] : []),
  ];
  return { workers, close: () => ending.abort(new Error('this assembly ends')) };
}

/** What the cycles of a stream need besides the stream itself, by its name. */
export function cycleParts(options: PipelineOptions): (stream: StreamName) => Omit<CycleOptions, 'stream'> {
  const { config, connections, log, clock } = options;
  const { aws, state, pollerState, deduplicator, time } = connections;
  deduplicator.lastFor(config.dedup.ttl);
  const { bus } = targetBus(config.eventBridge, aws, clock);
  const doubt = new BusDoubt(clock);
  const dedupHistories = new StoredDedupReaches({ item: pollerState.dedupReach, ttl: config.dedup.ttl, time });
  return (stream) => ({
    state,
    deduplicator,
    publisher: new Publisher({ bus, clock, doubt, log: withFields(log, { stream }) }),
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
