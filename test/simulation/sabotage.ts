import type { SinkEntry } from '../../src/domain/envelope.ts';
import type { Plan, Window, WindowRules } from '../../src/domain/window.ts';
import { ServerClock } from '../../src/genesys/server-clock.ts';
import type { HttpRequest } from '../../src/genesys/transport.ts';
import type { Deduplicator } from '../../src/pipeline/deduplicator.ts';
import { FairSemaphore } from '../../src/pipeline/fair-semaphore.ts';
import { type Publication, Publisher } from '../../src/pipeline/publisher.ts';
import { type DedupStore, WRITE_BATCH } from '../../src/ports/dedup-store.ts';
import type { RequestContext } from '../../src/ports/request-context.ts';
import type { Checkpoint, CycleStateStore } from '../../src/ports/state-store.ts';
import type { Stream } from '../../src/ports/stream.ts';
import type { Outside, Sabotage } from './compose.ts';
import {
  type Scenario,
  scenarioOfAbsence,
  scenarioOfBacklog,
  scenarioOfLateFacts,
  scenarioOfLateness,
  scenarioOfPauses,
  scenarioOfRenames,
  scenarioOfStranger,
  scenarioOfWrongClocks,
  withSecondLook,
} from './scenario.ts';

/** A poller whose bus answers so. */
function withBus(outside: Outside, put: Outside['bus']['put']): ReturnType<Sabotage> {
  return { outside: { ...outside, bus: { ...outside.bus, put } } };
}

/** A poller whose state table does this differently. */
function withState(outside: Outside, change: Partial<CycleStateStore>): ReturnType<Sabotage> {
  return { outside: { ...outside, state: { ...outside.state, ...change } } };
}

/** A poller whose dedup table does this differently. */
function withTable(outside: Outside, change: Partial<DedupStore>): ReturnType<Sabotage> {
  return { outside: { ...outside, table: { ...outside.table, ...change } } };
}

/** A poller that reads something else in the successful answers of Genesys. */
function withAnswers(outside: Outside, bodyOf: (body: string, request: HttpRequest) => string): ReturnType<Sabotage> {
  const { transport } = outside;
  return {
    outside: {
      ...outside,
      transport: {
        async send(request, signal) {
          const answer = await transport.send(request, signal);
          return answer.status === 200 ? { ...answer, body: bodyOf(answer.body, request) } : answer;
        },
      },
    },
  };
}

/** A poller that plans its windows differently. */
function withPlan(
  change: (plan: Plan, checkpoint: Checkpoint, stream: Stream, rules: WindowRules) => Plan | undefined,
): ReturnType<Sabotage> {
  return {
    stream: (stream, rules) => ({
      ...stream,
      async plan(checkpoint, now, context) {
        const plan = await stream.plan(checkpoint, now, context);
        return plan && change(plan, checkpoint, stream, rules);
      },
    }),
  };
}

/** Publishes as the product does, after having recorded that it has. */
class RecordsFirst extends Publisher {
  private readonly deduplicator: Deduplicator;

  constructor(options: ConstructorParameters<typeof Publisher>[0], deduplicator: Deduplicator) {
    super(options);
    this.deduplicator = deduplicator;
  }

  override async publish(
    entries: readonly SinkEntry[],
    context: RequestContext,
    assertMayPublish: () => void,
  ): Promise<Publication> {
    const events = entries.map(({ event }) => event);
    while (events.length > 0) await this.deduplicator.record(events.splice(0, WRITE_BATCH), context);
    return super.publish(entries, context, assertMayPublish);
  }
}

/** Publishes whether or not it still may. */
class IgnoresLease extends Publisher {
  override publish(entries: readonly SinkEntry[], context: RequestContext): Promise<Publication> {
    return super.publish(entries, { ...context, signal: new AbortController().signal }, () => undefined);
  }
}

/** Takes the answer to a call for the answer to each of its entries. */
function ignoresPartialFailures(outside: Outside): ReturnType<Sabotage> {
  return withBus(outside, async (entries, context) => {
    await outside.bus.put(entries, context);
    return entries.map(() => ({ status: 'accepted' }));
  });
}

/**
 * Wraps the state table so that what stands there is known, and the window's end is written before the window
 * is read.
 */
function movesCheckpointFirst(outside: Outside): ReturnType<Sabotage> {
  let held: Pick<Checkpoint, 'fence' | 'origin'> | undefined;
  const { state, clock } = outside;
  const watched = withState(outside, {
    async fenceCheckpoint(stream, fence, context) {
      const fenced = await state.fenceCheckpoint(stream, fence, context);
      if (fenced.outcome === 'fenced' && fenced.checkpoint) held = fenced.checkpoint;
      return fenced;
    },
    writeCheckpoint(stream, checkpoint, context) {
      held = checkpoint;
      return state.writeCheckpoint(stream, checkpoint, context);
    },
  });
  async function* afterMoving(stream: Stream, window: Window, context: RequestContext) {
    if (held) {
      const moved = { ...held, watermark: window.end, updatedAt: clock.now() };
      await state.writeCheckpoint(stream.name, moved, context);
    }
    yield* stream.read(window, context);
  }
  return {
    ...watched,
    stream: (stream) => ({ ...stream, read: (window, context) => afterMoving(stream, window, context) }),
  };
}

/** Writes checkpoints under whatever fence is stored. */
function ignoresFence(outside: Outside): ReturnType<Sabotage> {
  const { state } = outside;
  return withState(outside, {
    async writeCheckpoint(stream, checkpoint, context) {
      const stored = await state.readCheckpoint(stream, context);
      return state.writeCheckpoint(stream, { ...checkpoint, fence: stored?.fence ?? checkpoint.fence }, context);
    },
  });
}

/** Writes the lease over whatever version is stored. */
function ignoresLeaseVersion(outside: Outside): ReturnType<Sabotage> {
  const { state } = outside;
  return withState(outside, {
    async writeLease(stream, _expected, next, context) {
      const stored = await state.readLease(stream, context);
      return state.writeLease(stream, stored?.version, next, context);
    },
  });
}

/** Says that it has recorded, and has not. */
function forgets(outside: Outside): ReturnType<Sabotage> {
  return withTable(outside, { write: async () => ({ unprocessed: [] }) });
}

/** Says that it has recorded, and does so some time later. */
function recordsLater(outside: Outside): ReturnType<Sabotage> {
  const { table, clock } = outside;
  return withTable(outside, {
    async write(items, at, context) {
      const later = async () => {
        await clock.sleep(15_000);
        await table.write(items, at, context);
      };
      later().catch(() => undefined);
      return { unprocessed: [] };
    },
  });
}

/** Publishes without looking whether it has done so before. */
function doesNotLook(outside: Outside): ReturnType<Sabotage> {
  return withTable(outside, { read: async () => ({ found: [], unprocessed: [] }) });
}

/** Dates the fact with the time at which it is published. */
function tellsTheTime(outside: Outside): ReturnType<Sabotage> {
  const { bus, clock } = outside;
  const stamped = (entry: SinkEntry) => ({
    ...entry,
    detail: entry.detail.replace(/"timestamp":"[^"]*"/, `"timestamp":"${new Date(clock.now()).toISOString()}"`),
  });
  return withBus(outside, (entries, context) => bus.put(entries.map(stamped), context));
}

/** Never looks back beyond the watermark. */
function readsNothingAgain(): ReturnType<Sabotage> {
  return withPlan((plan, { watermark }) => ({ ...plan, window: { ...plan.window, start: watermark } }));
}

/** Reads what the data lake newly guarantees, and what leaves the horizon, and nothing in between. */
function neverReadsHorizonAgain(): ReturnType<Sabotage> {
  return withPlan((plan, { watermark }, { name }) =>
    name === 'reconciliation' && plan.window.end <= watermark ? undefined : plan,
  );
}

/** Begins windows of the live stream a little later than they should: `before` the watermark at most. */
function beginsLater(before: (rules: WindowRules) => number): ReturnType<Sabotage> {
  return withPlan((plan, { watermark }, { name }, rules) => {
    if (name !== 'conversations') return plan;
    const start = Math.max(plan.window.start, watermark - before(rules));
    return { ...plan, window: { ...plan.window, start } };
  });
}

/** Believes that a page which cannot be read was the last one, and that there is no more. */
function takesTornPageForTheEnd(outside: Outside): ReturnType<Sabotage> {
  return withAnswers(outside, (body) => (body.endsWith('}') ? body : NOTHING_MORE));
}

/** What proves to the reader of a list that it has come to its end. */
const NOTHING_MORE = '{"conversations":[],"totalHits":0}';

/** Believes every answer: one without a list, or with an empty one, is the end, whatever else it says. */
function believesEveryAnswer(outside: Outside): ReturnType<Sabotage> {
  return withAnswers(outside, (body, { url }) => {
    const isEmpty = !body.startsWith('{"conversations":[{');
    return isEmpty && url.endsWith('/details/query') ? NOTHING_MORE : body;
  });
}

/** Goes by the clock of its host, whatever Genesys says. */
class HostClock extends ServerClock {
  private readonly host: Outside['clock'];

  constructor(host: Outside['clock'], log: Outside['log']) {
    super(host, log);
    this.host = host;
  }

  override now(): number {
    return this.host.now();
  }

  override latest(): number {
    return this.host.now();
  }
}

/** Takes every refusal of an entry, and of a request that was all its own, for the entry's fault. */
function neverDoubtsTheBus(outside: Outside): ReturnType<Sabotage> {
  return withBus(outside, async (entries, context) => {
    const results = await outside.bus.put(entries, context);
    return results.map((result) =>
      result.status === 'unclear' ? { status: 'refused', reason: result.reason } : result,
    );
  });
}

/** Calls a contact what the record calls it. */
function publishesPurposeAsItIs(): ReturnType<Sabotage> {
  return {
    stream: (stream) => ({
      ...stream,
      derive(record) {
        const derivation = stream.derive(record);
        if (!derivation || !JSON.stringify(record).includes('"external"')) return derivation;
        const events = derivation.events.map((event) =>
          event.data.purpose === 'customer' ? { ...event, data: { ...event.data, purpose: 'external' } } : event,
        );
        return { ...derivation, events };
      },
    }),
  };
}

/** Takes the data lake for complete up to now. */
function ignoresAvailability(outside: Outside): ReturnType<Sabotage> {
  return withAnswers(outside, (body) => body.replace(/"dataAvailabilityDate":"[^"]*"/, LATER));
}
const LATER = '"dataAvailabilityDate":"2027-01-01T00:00:00.000Z"';

/**
 * Every way of breaking the promise that the simulator has to notice, and the rules that each of them may
 * break first.
 */
export const SABOTAGES: readonly {
  readonly name: string;
  readonly sabotage: Sabotage;
  readonly breaks: readonly string[];
  /** Where it shows, if not everywhere. */
  readonly shows?: (seed: number) => Scenario;
}[] = [
  {
    name: 'records before it publishes',
    sabotage: () => ({ publisher: (options, deduplicator) => new RecordsFirst(options, deduplicator) }),
    breaks: ['record last'],
  },
  { name: 'moves the checkpoint before it delivers', sabotage: movesCheckpointFirst, breaks: ['published first'] },
  { name: 'ignores partial failures', sabotage: ignoresPartialFailures, breaks: ['record last', 'published first'] },
  {
    name: 'publishes although it no longer may',
    sabotage: () => ({ publisher: (options) => new IgnoresLease(options) }),
    breaks: ['holder publishes'],
    shows: scenarioOfPauses,
  },
  {
    name: 'ignores the fence of the checkpoint',
    sabotage: ignoresFence,
    breaks: ['one writer'],
    shows: scenarioOfPauses,
  },
  {
    name: 'ignores the version of the lease',
    sabotage: ignoresLeaseVersion,
    breaks: ['one writer', 'holder publishes'],
  },
  { name: 'forgets what it has published', sabotage: forgets, breaks: ['repeat', 'records all', 'bound'] },
  { name: 'records in the background', sabotage: recordsLater, breaks: ['bound'], shows: scenarioOfBacklog },
  {
    name: 'gives each stream all the calls of the process',
    sabotage: () => ({ calls: (_stream, concurrency) => new FairSemaphore(concurrency) }),
    breaks: ['calls', 'bound'],
    shows: withSecondLook,
  },
  { name: 'does not look what is published', sabotage: doesNotLook, breaks: ['read first'] },
  { name: 'lets the fact differ from copy to copy', sabotage: tellsTheTime, breaks: ['same data'] },
  {
    name: 'never looks back beyond the watermark',
    sabotage: readsNothingAgain,
    breaks: ['published first', 'nothing lost'],
  },
  {
    name: 'never reads the full overlap',
    sabotage: () => beginsLater(({ settle, overlap }) => Math.min(settle, overlap)),
    breaks: ['published first', 'nothing lost'],
  },
  {
    name: 'reaches no further back than the overlap, as if it had read all of it with the window before',
    sabotage: () => beginsLater(({ overlap }) => overlap),
    breaks: ['published first', 'nothing lost'],
    shows: scenarioOfLateness,
  },
  {
    name: 'takes a torn page for the last one',
    sabotage: takesTornPageForTheEnd,
    breaks: ['published first', 'nothing lost'],
  },
  {
    name: 'believes every answer',
    sabotage: believesEveryAnswer,
    breaks: ['published first', 'nothing lost'],
  },
  {
    name: 'goes by the clock of its host alone',
    sabotage: ({ clock, log }) => ({ time: new HostClock(clock, log) }),
    breaks: ['published first', 'nothing lost', 'repeat', 'comes to rest'],
    shows: scenarioOfWrongClocks,
  },
  {
    name: 'ignores since when IDs are remembered',
    sabotage: () => ({ dedupHistoryReader: (ttl) => ({ current: async () => [{ from: 0, ttl }] }) }),
    breaks: ['repeat'],
    shows: scenarioOfAbsence,
  },
  { name: 'never doubts the bus', sabotage: neverDoubtsTheBus, breaks: ['dead letter'] },
  {
    name: 'publishes the purpose of a leg as it is',
    sabotage: publishesPurposeAsItIs,
    breaks: ['same data'],
    shows: scenarioOfRenames,
  },
  {
    name: 'does not ask whose its name is',
    sabotage: () => ({ assertOwnership: async () => undefined }),
    breaks: ['nothing invented', 'published first', 'nothing lost'],
    shows: scenarioOfStranger,
  },
  {
    name: 'reads the data lake past what it guarantees',
    sabotage: ignoresAvailability,
    breaks: ['published first', 'nothing lost'],
    shows: withSecondLook,
  },
  {
    name: 'never reads the horizon again',
    sabotage: neverReadsHorizonAgain,
    breaks: ['nothing lost'],
    shows: scenarioOfLateFacts,
  },
];
