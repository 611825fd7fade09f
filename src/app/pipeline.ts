import { targetBus } from '../aws/sink.ts';
import type { Config } from '../config/config.ts';
import type { StreamName } from '../domain/event.ts';
import { LeaseKeeper } from '../lease/lease-manager.ts';
import { withFields } from '../observability/fields-log.ts';
import { BusDoubt } from '../pipeline/bus-doubt.ts';
import type { CycleOptions, Stream } from '../pipeline/cycle.ts';
import { StoredDedupReaches } from '../pipeline/dedup-histories.ts';
import { Publisher } from '../pipeline/publisher.ts';
import type { Worker } from '../pipeline/worker.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Pulse } from '../ports/stream-observer.ts';
import { cronTicker } from '../schedule/cron-ticker.ts';
import { LIVE } from '../streams/live-watermark.ts';
import type { Foundation } from './connections.ts';
import { freshForOf } from './liveness.ts';
import { liveStream, logStream, namesOf, type Parts, secondStream } from './streams.ts';

/** The parts of a poller, put together as the configuration says; nothing has been called yet. */
export interface Assembly {
  readonly workers: readonly Worker[];
  /** Ends what goes on in the background. */
  close(): void;
}

export interface AssemblyOptions {
  readonly config: Config;
  readonly foundation: Foundation;
  readonly log: Log;
  readonly clock: Clock;
  /** Hears the signs of life of all streams. */
  readonly pulse?: Pulse | undefined;
  /** Whether the lease of a stream, once its worker ends, is for the next assembly of this process. */
  readonly handsOn?: (stream: string) => boolean;
}

export function assemble(options: AssemblyOptions): Assembly {
  const { config, foundation, log, clock, pulse, handsOn } = options;
  const { state, holder } = foundation;
  const ending = new AbortController();
  const parts: Parts = { config, genesys: foundation.genesys(config.genesys), state, clock, log };
  const names = namesOf(parts, ending.signal);
  const partsOf = cycleParts(options);

  const freshFor = freshForOf(config);
  let liveUpTo: number | undefined;

  const workerOf = (stream: Stream, schedule: string, companion?: Worker): Worker => {
    const leaseDurationMs = config.lease.duration;
    const keeper = new LeaseKeeper({
      ...{ state, stream: stream.name, holder, durationMs: leaseDurationMs, clock, log, pulse },
      handsOn: () => handsOn?.(stream.name) ?? false,
    });
    const cycle: CycleOptions = {
      ...partsOf(stream.name),
      stream,
      pulse,
      // The event log names what it speaks of itself.
      ...(stream.name !== 'event-log' && { names }),
      onCycle(last) {
        keeper.note(last);
        if (stream.name === LIVE) liveUpTo = last.watermark;
      },
    };
    return {
      cycle,
      keeper,
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
export function cycleParts(options: AssemblyOptions): (stream: StreamName) => Omit<CycleOptions, 'stream'> {
  const { config, foundation, log, clock } = options;
  const { aws, state, pollerState, memory, time } = foundation;
  memory.lastFor(config.dedup.ttl);
  const { bus } = targetBus(config.eventBridge, aws, clock);
  const doubt = new BusDoubt(clock);
  const reaches = new StoredDedupReaches({ item: pollerState.dedupReach, ttl: config.dedup.ttl, time });
  return (stream) => ({
    state,
    memory,
    publisher: new Publisher({ bus, clock, doubt, log: withFields(log, { stream }) }),
    clock,
    time,
    log,
    poller: config.poller.name,
    source: config.eventBridge.source,
    include: new Set(config.events.include),
    reaches,
    concurrency: config.eventBridge.concurrency,
  });
}
