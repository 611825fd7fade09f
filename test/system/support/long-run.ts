import { EVENT_TYPES, type EventType } from '../../../src/domain/catalogue.ts';
import type { Scope } from '../../../src/domain/selection.ts';
import { createGenesysClient } from '../../../src/genesys/client.ts';
import { GenesysJobs } from '../../../src/genesys/conversation-jobs.ts';
import { ConversationQuery } from '../../../src/genesys/conversation-query.ts';
import { GenesysEventLog } from '../../../src/genesys/event-log.ts';
import { campaigns, wrapUpCodes } from '../../../src/genesys/names.ts';
import type { Transport } from '../../../src/genesys/transport.ts';
import { HeldLease } from '../../../src/lease/held-lease.ts';
import type { CycleOptions, CycleOutcome } from '../../../src/pipeline/cycle.ts';
import { Deduplicator } from '../../../src/pipeline/deduplicator.ts';
import { enrichment } from '../../../src/pipeline/enrichment.ts';
import { FairSemaphore } from '../../../src/pipeline/fair-semaphore.ts';
import { NameCache } from '../../../src/pipeline/name-cache.ts';
import { Publisher } from '../../../src/pipeline/publisher.ts';
import { StreamRunner } from '../../../src/pipeline/run-stream.ts';
import type { Stream } from '../../../src/ports/stream.ts';
import { type Fact, factId } from '../../../src/sandbox/genesys/facts.ts';
import { createSimulator, type SimulatorOptions } from '../../../src/sandbox/genesys/simulator.ts';
import { createWorld, type WorldOptions } from '../../../src/sandbox/genesys/world.ts';
import { judgeDelivery, type Verdict } from '../../../src/sandbox/verdict.ts';
import { conversationStream } from '../../../src/streams/conversations.ts';
import { eventLogStream } from '../../../src/streams/event-log.ts';
import { JobReader } from '../../../src/streams/job-reader.ts';
import { reconciliationStream } from '../../../src/streams/reconciliation.ts';
import { everyCycleLine } from '../../support/cycle-reports.ts';
import { FakeBus, FakeDedupTable, FakeStateTable } from '../../support/fakes.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { recordedLog } from '../../support/recorded-log.ts';
import { testContext } from '../../support/request-context.ts';
import { hostTime, rememberedFor } from '../../support/trusted-time.ts';
import { Wire } from '../../support/wire.ts';

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

const CLIENT = { clientId: 'client', clientSecret: 'secret' } as const;

export type Name = 'conversations' | 'reconciliation' | 'event-log';
const ALL: readonly Name[] = ['conversations', 'event-log', 'reconciliation'];

/** Settings of the poller, in the terms of its configuration; milliseconds. */
export interface Settings {
  readonly scope: Scope;
  readonly startsBack: number;
  readonly settle: number;
  readonly overlap: number;
  readonly lookback: number;
  readonly maxWindow: number;
  readonly query: 'changes' | 'interval';
  readonly horizon: number;
  readonly horizonEvery: number;
  readonly include: readonly EventType[];
  readonly phoneNumbers: 'omit' | 'mask' | 'include';
  readonly dedupTtl: number;
}

const USUAL: Settings = {
  scope: 'outbound',
  startsBack: 0,
  settle: MINUTE,
  overlap: 5 * MINUTE,
  lookback: 2 * DAY,
  maxWindow: HOUR,
  query: 'changes',
  horizon: 3 * DAY,
  horizonEvery: 6 * HOUR,
  include: [...EVENT_TYPES],
  phoneNumbers: 'mask',
  dedupTtl: 7 * DAY,
};

/**
 * The poller's own streams, from the client of Genesys's API to the event in its envelope, in a simulated
 * world: days pass in seconds. Only time, the network, the tables and the bus are not real.
 */
export function longRun(options: {
  readonly start: string;
  readonly world?: Partial<WorldOptions>;
  readonly simulator?: Partial<SimulatorOptions>;
  readonly settings?: Partial<Settings>;
}) {
  const settings: Settings = { ...USUAL, ...options.settings };
  const clock = new ManualClock(options.start);
  const now = () => clock.now();
  const world = createWorld({ seed: 4, now, logPerMinute: 0.02, ...options.world });
  /** Conversations that Genesys has shown to the poller. */
  const served = new Set<string>();
  const requests = new Map<string, number>();
  const simulator = createSimulator({
    world,
    now,
    ...CLIENT,
    ...options.simulator,
    observe({ method, path }, { body }) {
      const endpoint = `${method} ${path.replace(/\?.*/, '').replace(/[0-9a-f-]{36}/, '{id}')}`;
      requests.set(endpoint, (requests.get(endpoint) ?? 0) + 1);
      for (const [, id = ''] of body.matchAll(/"conversationId":"([^"]+)"/g)) served.add(id);
    },
  });
  const transport: Transport = {
    async send({ url, headers, ...request }) {
      const { pathname, search } = new URL(url);
      const lowered = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
      return simulator.handle({ ...request, path: pathname + search, headers: lowered });
    },
  };
  const wire = new Wire();
  const table = new FakeDedupTable(wire);
  const state = new FakeStateTable(wire);
  const bus = new FakeBus(wire);
  const log = recordedLog();

  /** A process begins: what was only in memory is gone. */
  const startProcess = () => {
    const client = createGenesysClient({
      loginUrl: 'https://login.genesys.invalid',
      apiUrl: 'https://api.genesys.invalid',
      ...CLIENT,
      requestsPerMinute: 240,
      clock,
      log,
      transport,
    });
    const { scope, phoneNumbers, startsBack } = settings;
    const startsAt = (time: number) => time - startsBack;
    const jobs = new GenesysJobs({ client, clock, scope });
    const reader = new JobReader({ jobs, clock, log, stream: 'reconciliation' });
    const streams: Readonly<Record<Name, Stream>> = {
      conversations: conversationStream({
        source: new ConversationQuery({ client, clock, log, ...settings }),
        rules: settings,
        scope,
        phoneNumbers,
        startsAt,
      }),
      reconciliation: reconciliationStream({
        jobs,
        reader,
        state,
        rules: settings,
        clock,
        requestsPerMinute: 240,
        scope,
        phoneNumbers,
        isLiveEnabled: true,
        startsAt,
      }),
      'event-log': eventLogStream({
        eventLog: new GenesysEventLog({ client, clock }),
        rules: settings,
        phoneNumbers: 'mask',
        clock,
        log,
      }),
    };
    const signal = new AbortController().signal;
    const cacheOf = (kind: string, list: ReturnType<typeof campaigns>) =>
      new NameCache({ kind, list, clock, log, signal });
    const common: Omit<CycleOptions, 'stream'> = {
      observer: everyCycleLine({ log, clock }),
      state,
      deduplicator: new Deduplicator({
        table,
        clock,
        time: hostTime(clock),
        ttl: settings.dedupTtl,
        cacheSize: 200_000,
      }),
      publisher: new Publisher({ sink: bus, clock, log }),
      clock,
      time: hostTime(clock),
      log,
      poller: 'long-run',
      eventSource: 'com.genesys.cloud.outbound',
      include: new Set(settings.include),
      dedupHistoryReader: rememberedFor(settings.dedupTtl),
      sinkPermits: new FairSemaphore(16),
      names: enrichment({
        wrapUpCodes: cacheOf('wrapUpCodes', wrapUpCodes(client)),
        campaigns: cacheOf('campaigns', campaigns(client)),
      }),
    };
    const runners = new Map<Name, StreamRunner>();
    /** Polls a stream until it is caught up; `stop` ends it early. */
    return async (name: Name, stop = new AbortController().signal): Promise<CycleOutcome> => {
      let runner = runners.get(name);
      if (!runner) {
        const heldLease = new HeldLease({ stream: name, fence: 1, until: Number.POSITIVE_INFINITY, clock });
        const checkpoint = await state.readCheckpoint(name, testContext());
        runner = new StreamRunner({ ...common, stream: streams[name] }, { heldLease, checkpoint });
        runners.set(name, runner);
      }
      return runner.poll({ stop, abort: new AbortController().signal });
    };
  };

  /**
   * Polls streams until a time or a stop: conversations and the event log every `every`, reconciliation when
   * an hour begins.
   */
  const pollUntil = async (
    poll: ReturnType<typeof startProcess>,
    time: number,
    {
      every = 30 * MINUTE,
      streams = ALL,
      stop = new AbortController().signal,
    }: { readonly every?: number; readonly streams?: readonly Name[]; readonly stop?: AbortSignal } = {},
  ): Promise<void> => {
    while (clock.now() < time && !stop.aborted) {
      const hour = Math.floor(clock.now() / HOUR);
      clock.pause(every - (clock.now() % every));
      const isNewHour = Math.floor(clock.now() / HOUR) > hour;
      for (const name of streams) if (name !== 'reconciliation' || isNewHour) await poll(name, stop);
    }
  };

  const originOf = (name: Name) => state.checkpoints.get(name)?.origin ?? Number.POSITIVE_INFINITY;
  const isUnrecorded = (fact: Fact) => {
    if (!settings.include.some((type) => type === fact.eventType)) return false;
    if (fact.eventType === 'outboundEventLogged') return fact.timestamp >= originOf('event-log');
    return isInScope(fact) && fact.timestamp >= originOf('conversations');
  };
  const isInScope = ({ originatingDirection, campaign }: Fact) =>
    settings.scope === 'all' || (settings.scope === 'campaign' ? campaign : originatingDirection === 'outbound');

  return {
    clock,
    world,
    wire,
    state,
    bus,
    log,
    served,
    requests,
    simulator,
    startProcess,
    pollUntil,
    isInScope,
    /** Facts that have to be on the bus in the end. */
    expected: () => [...world.facts()].filter(isUnrecorded),
    /** The world against the bus: every fact once, those that were there only briefly at most once. */
    verdict(): Verdict {
      const facts = [...world.facts()].filter(isUnrecorded);
      const expected = (fact: Fact) => ({ id: factId(fact), eventType: fact.eventType });
      const arrived = bus.accepted.map(({ event }) => ({ id: event.id, detailType: event.eventType }));
      return judgeDelivery(
        {
          required: facts.filter((fact) => fact.goneAt === undefined).map(expected),
          optional: facts.filter((fact) => fact.goneAt !== undefined).map(expected),
        },
        arrived,
      );
    },
    /** Events on the bus by the stream that found them. */
    byStream(): Readonly<Record<string, number>> {
      const counts: Record<string, number> = {};
      for (const { detail } of bus.accepted) {
        const { stream } = (JSON.parse(detail) as { metadata: { stream: string } }).metadata;
        counts[stream] = (counts[stream] ?? 0) + 1;
      }
      return counts;
    },
    logged: (event: string) => log.lines.filter((line) => line.event === event),
  };
}

export type LongRun = ReturnType<typeof longRun>;
