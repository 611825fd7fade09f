import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { ClassicBus } from '../aws/classic-bus.ts';
import { createAwsClients } from '../aws/clients.ts';
import { DynamoDedupTable } from '../aws/dedup-table.ts';
import { DynamoStateTable } from '../aws/state-table.ts';
import type { Config, StartFrom } from '../config/config.ts';
import { createGenesysClient } from '../genesys/client.ts';
import { ConversationQuery } from '../genesys/conversation-query.ts';
import { axiosTransport } from '../genesys/transport.ts';
import { conversationStream } from '../poller/conversation-stream.ts';
import type { CycleOptions, Stream } from '../poller/cycle.ts';
import { DedupMemory } from '../poller/dedup-memory.ts';
import { LeaseKeeper } from '../poller/lease-keeper.ts';
import { Publisher } from '../poller/publisher.ts';
import type { Worker } from '../poller/worker.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { cronTicker } from '../schedule/cron-ticker.ts';

/** The parts of a poller, put together as the configuration says; nothing has been called yet. */
export interface Assembly {
  readonly workers: readonly Worker[];
  /** Closes connections. */
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

  const workerOf = (stream: Stream, schedule: string): Worker => {
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
      onCycle: (last) => keeper.note(last),
    };
    return { cycle, keeper, ticker: cronTicker(schedule), leaseDurationMs };
  };

  const workers: Worker[] = [];
  const { conversations } = config.streams;
  if (conversations.enabled) {
    const stream = conversationStream({
      source: new ConversationQuery({ client: genesys, ...conversations }),
      rules: conversations,
      scope: conversations.scope,
      phoneNumbers: config.privacy.phoneNumbers,
      startsAt: (now) => startOf(conversations.startFrom, now),
    });
    workers.push(workerOf(stream, config.poller.schedule));
  }
  return { workers, close: () => aws.close() };
}

function startOf(startFrom: StartFrom, now: number): number {
  if (startFrom.kind === 'at') return startFrom.instant;
  return startFrom.kind === 'ago' ? now - startFrom.ms : now;
}
