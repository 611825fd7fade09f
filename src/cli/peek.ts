import { ndjsonSink } from '../app/ndjson-sink.ts';
import { enabledStreams, namesOf, type Parts, streamOf } from '../app/streams.ts';
import { entryBytes } from '../aws/entry-size.ts';
import { loadConfig } from '../config/load.ts';
import { UNLIMITED } from '../domain/dedup-history.ts';
import type { Instant } from '../domain/instant.ts';
import { RECONCILIATION } from '../domain/streams.ts';
import { createGenesysClient } from '../genesys/client.ts';
import { ServerClock } from '../genesys/server-clock.ts';
import { axiosTransport } from '../genesys/transport.ts';
import { HeldLease } from '../lease/held-lease.ts';
import { systemClock } from '../lib/system-clock.ts';
import { quietLog } from '../observability/quiet-log.ts';
import type { CycleOptions, CycleOutcome } from '../pipeline/cycle.ts';
import { Deduplicator } from '../pipeline/deduplicator.ts';
import { Publisher } from '../pipeline/publisher.ts';
import { StreamRunner } from '../pipeline/run-stream.ts';
import type { Stream } from '../pipeline/stream.ts';
import { cronTicker } from '../schedule/cron-ticker.ts';
import { interruptible } from './interrupt.ts';
import { NO_IDS, noState } from './placeholders.ts';
import { REMARKS } from './remarks.ts';
import { remark, write } from './terminal.ts';
import { timestampOf } from './timestamp.ts';

/** Beside a daemon with the default budget of 240 this keeps within the platform's limit for a client, 300 a minute. */
const REQUESTS_PER_MINUTE = 60;

/**
 * Writes what would be published, a line of JSON an event, to standard output, and nothing anywhere else: the daemon's
 * own cycle, with a sink that prints and tables that forget. From now on until Ctrl-C; with `since` from then until now,
 * and on from there only with `follow`. The live streams only: the reconciliation finds the same events again.
 * Resolves to the exit code.
 */
export async function peek(options: {
  readonly config?: string | undefined;
  readonly since?: string | undefined;
  readonly follow?: boolean | undefined;
}): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env });
  const clock = systemClock;
  const log = quietLog({ log: REMARKS, clock });
  const since = timestampOf(options.since ?? 'now', clock.now());
  const { signal, release } = interruptible();
  const ending = new AbortController();
  const time = new ServerClock(clock, log);
  const genesys = createGenesysClient({
    ...config.genesys,
    time,
    requestsPerMinute: Math.min(config.genesys.requestsPerMinute, REQUESTS_PER_MINUTE),
    clock,
    log,
    transport: axiosTransport({ requestTimeout: config.genesys.requestTimeout }),
  });
  const state = noState(({ reason, conversationId }) =>
    remark(`would become a dead letter${conversationId ? ` (conversation ${conversationId})` : ''}: ${reason}`),
  );
  const parts: Parts = { config, genesys, state, clock, log };
  const { maxRequestBytes } = config.eventBridge;
  const sink = ndjsonSink({ name: 'standard output', maxRequestBytes, sizeOf: entryBytes, write });
  const shared: Omit<CycleOptions, 'stream'> = {
    state,
    deduplicator: new Deduplicator({
      table: NO_IDS,
      clock,
      time,
      ttl: config.dedup.ttl,
      cacheSize: config.dedup.cacheSize,
    }),
    publisher: new Publisher({ sink, clock, log }),
    clock,
    time,
    log,
    poller: config.poller.name,
    source: config.eventBridge.source,
    include: new Set(config.events.include),
    dedupHistories: { under: async () => UNLIMITED },
    concurrency: 1,
    names: namesOf(parts, ending.signal),
  };
  const live = enabledStreams(config).filter((name) => name !== RECONCILIATION);
  const streams = live.map((name) => streamOf(name, parts));
  if (streams.length === 0) remark('Neither conversations nor the event log is enabled: there is nothing to peek at');

  const follow = options.follow ?? options.since === undefined;
  const watch = (stream: Stream) =>
    watchStream({ ...shared, stream: from(stream, since) }, config.poller.schedule, follow, signal);
  const outcomes = await Promise.all(streams.map(watch));
  ending.abort(new Error('all has been told'));
  release();
  return outcomes.some(({ status }) => status === 'failed') ? 1 : 0;
}

/** The stream, begun at a moment of our own. */
function from(stream: Stream, since: Instant): Stream {
  return { ...stream, startsAt: async () => since };
}

async function watchStream(
  cycle: CycleOptions,
  schedule: string,
  follow: boolean,
  signal: AbortSignal,
): Promise<CycleOutcome> {
  const { stream, clock } = cycle;
  const heldLease = new HeldLease({ stream: stream.name, fence: 1, until: Number.POSITIVE_INFINITY, clock });
  const runner = new StreamRunner(cycle, { heldLease, checkpoint: undefined });
  const ticker = cronTicker(schedule, clock);
  for (;;) {
    const outcome = await runner.poll({ stop: signal, abort: signal });
    if (signal.aborted) return { status: 'interrupted' };
    if (!follow) return outcome;
    await ticker.next(signal).catch(() => undefined);
    if (signal.aborted) return { status: 'interrupted' };
  }
}
