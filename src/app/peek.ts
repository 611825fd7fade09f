import { entryBytes } from '../aws/entry-size.ts';
import type { Config } from '../config/config.ts';
import type { DeadLetter } from '../domain/dead-letter.ts';
import { UNLIMITED } from '../domain/dedup-history.ts';
import type { Instant } from '../domain/instant.ts';
import { LIVE_STREAMS } from '../domain/streams.ts';
import { HeldLease } from '../lease/held-lease.ts';
import { CycleLog } from '../observability/cycle-log.ts';
import type { CycleOutcome } from '../pipeline/cycle.ts';
import { Deduplicator } from '../pipeline/deduplicator.ts';
import { StreamRunner } from '../pipeline/run-stream.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Ticker } from '../ports/ticker.ts';
import { cronTicker } from '../schedule/cron-ticker.ts';
import { connectGenesys } from './genesys.ts';
import { ndjsonSink } from './ndjson-sink.ts';
import { composeCycles, type PipelineEnds } from './pipeline.ts';
import { NO_IDS, noState } from './placeholders.ts';
import { isEnabled, namesOf, type StreamDependencies, scheduleOf, streamOf } from './streams.ts';

/**
 * Beside a daemon with the default budget of 240 this keeps within the platform's limit for a client, 300 a
 * minute.
 */
const REQUESTS_PER_MINUTE = 60;

export interface PeekOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  /** Where every stream begins. */
  readonly since: Instant;
  /** Whether to go on by the schedule once caught up. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
  /** Given lines of JSON, one an event. */
  readonly write: (lines: string) => void;
  readonly onDeadLetter: (deadLetter: DeadLetter) => void;
}

/**
 * The daemon's own pipeline with other ends: a sink that writes, tables that store nothing, and a lease that
 * no other process sees. Reads the live streams only, since the reconciliation finds the same events again.
 * Resolves to what became of each stream.
 */
export async function peekAtStreams(options: PeekOptions): Promise<readonly CycleOutcome[]> {
  const { log, clock, since, follow, signal } = options;
  const config = withPeekLimits(options.config);
  const { time, budget, genesys } = connectGenesys(config.genesys, log, clock);
  const { ttl, cacheSize } = config.dedup;
  const { maxRequestBytes } = config.eventBridge;
  const ends: PipelineEnds = {
    state: noState(options.onDeadLetter),
    deduplicator: new Deduplicator({ table: NO_IDS, clock, time, ttl, cacheSize }),
    dedupHistoryReader: { current: async () => UNLIMITED },
    time,
    budget,
    sink: ndjsonSink({ name: 'standard output', maxRequestBytes, sizeOf: entryBytes, write: options.write }),
  };
  const dependencies: StreamDependencies = { config, genesys: genesys(config.genesys), state: ends.state, clock, log };
  const ending = new AbortController();
  const dependenciesOf = composeCycles({
    config,
    ends,
    log,
    clock,
    names: namesOf(dependencies, ending.signal),
    observer: new CycleLog({ log, clock }),
  });
  const live = LIVE_STREAMS.filter((name) => isEnabled(config, name));
  try {
    return await Promise.all(
      live.map((name) => {
        const stream = { ...streamOf(name, dependencies), startsAt: async () => since };
        const heldLease = new HeldLease({ stream: name, fence: 1, until: Number.POSITIVE_INFINITY, clock });
        const runner = new StreamRunner({ ...dependenciesOf(name), stream }, { heldLease, checkpoint: undefined });
        return pollUntilAborted(runner, follow ? cronTicker(scheduleOf(config, name), clock) : undefined, signal);
      }),
    );
  } finally {
    ending.abort(new Error('the peek ends'));
  }
}

/**
 * The configuration, with what a process that only looks may use of the budget, and with lines in the order
 * of delivery.
 */
function withPeekLimits(config: Config): Config {
  const requestsPerMinute = Math.min(config.genesys.requestsPerMinute, REQUESTS_PER_MINUTE);
  return {
    ...config,
    genesys: { ...config.genesys, requestsPerMinute },
    eventBridge: { ...config.eventBridge, concurrency: 1 },
  };
}

/** Polls until caught up; with a ticker, on and on until the signal aborts. */
async function pollUntilAborted(
  runner: StreamRunner,
  ticker: Ticker | undefined,
  signal: AbortSignal,
): Promise<CycleOutcome> {
  for (;;) {
    const outcome = await runner.poll({ stop: signal, abort: signal });
    if (signal.aborted) return { status: 'interrupted' };
    if (!ticker) return outcome;
    await ticker.next(signal).catch(() => undefined);
    if (signal.aborted) return { status: 'interrupted' };
  }
}
