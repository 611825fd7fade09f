import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { ClassicBus } from '../aws/classic-bus.ts';
import { createAwsClients } from '../aws/clients.ts';
import { DynamoDedupTable } from '../aws/dedup-table.ts';
import { DynamoStateTable } from '../aws/state-table.ts';
import type { Config } from '../config/config.ts';
import { createGenesysClient } from '../genesys/client.ts';
import { axiosTransport } from '../genesys/transport.ts';
import type { CycleOptions, Stream } from '../poller/cycle.ts';
import { DedupMemory } from '../poller/dedup-memory.ts';
import { LeaseKeeper } from '../poller/lease-keeper.ts';
import { Publisher } from '../poller/publisher.ts';
import type { Worker } from '../poller/worker.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { cronTicker } from '../schedule/cron-ticker.ts';
import { liveStream, logStream, namesOf, type Parts, secondStream } from './streams.ts';

/** The parts of a poller, put together as the configuration says; nothing has been called yet. */
export interface Assembly {
  readonly workers: readonly Worker[];
  /** Ends what goes on in the background, and closes connections. */
  close(): void;
}

export function assemble(config: Config, log: Log, clock: Clock): Assembly {
  const aws = createAwsClients();
  const poller = config.poller.name;
  const state = new DynamoStateTable({ client: aws.dynamoDb, table: config.dynamoDb.stateTable, poller, clock });
  const table = new DynamoDedupTable({ client: aws.dynamoDb, table: config.dynamoDb.dedupTable, clock });
  const memory = new DedupMemory({ table, clock, ttl: config.dedup.ttl, cacheSize: config.dedup.cacheSize });
  const bus = new ClassicBus({
    client: aws.eventBridge,
    bus: config.eventBridge.bus,
    maxRequestBytes: config.eventBridge.maxRequestBytes,
    clock,
  });
  const publisher = new Publisher({ bus, clock, log });
  const genesys = createGenesysClient({
    ...config.genesys,
    clock,
    log,
    transport: axiosTransport({ requestTimeout: config.genesys.requestTimeout }),
  });
  const holder = `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`;

  const ending = new AbortController();
  const parts: Parts = { config, genesys, state, clock, log };
  const names = namesOf(parts, ending.signal);

  const workerOf = (stream: Stream, schedule: string, companion?: Worker): Worker => {
    const leaseDurationMs = config.lease.duration;
    const keeper = new LeaseKeeper({ state, stream: stream.name, holder, durationMs: leaseDurationMs, clock, log });
    const cycle: CycleOptions = {
      stream,
      state,
      memory,
      publisher,
      clock,
      log,
      poller,
      source: config.eventBridge.source,
      include: new Set(config.events.include),
      dedupTtl: config.dedup.ttl,
      concurrency: config.eventBridge.concurrency,
      // The event log names what it speaks of itself.
      ...(stream.name !== 'event-log' && { names }),
      onCycle: (last) => keeper.note(last),
    };
    return { cycle, keeper, ticker: cronTicker(schedule), leaseDurationMs, ...(companion && { companion }) };
  };

  const { conversations, reconciliation, eventLog } = config.streams;
  const { schedule } = config.poller;
  const second = reconciliation.enabled ? [workerOf(secondStream(parts), reconciliation.schedule)] : [];
  const workers = [
    // Both looks at conversations meet the same facts: the second one is the first one's companion.
    ...(conversations.enabled ? [workerOf(liveStream(parts), schedule, second[0])] : second),
    ...(eventLog.enabled ? [workerOf(logStream(parts), schedule)] : []),
  ];
  return {
    workers,
    close() {
      ending.abort(new Error('the poller ends'));
      aws.close();
    },
  };
}
