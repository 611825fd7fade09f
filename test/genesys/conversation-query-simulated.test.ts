import test from 'ava';
import { deriveConversation } from '../../src/domain/derive.ts';
import { planWindow, type Window } from '../../src/domain/window.ts';
import { createGenesysClient } from '../../src/genesys/client.ts';
import { ConversationQuery } from '../../src/genesys/conversation-query.ts';
import type { Transport } from '../../src/genesys/transport.ts';
import { factId } from '../../src/sandbox/genesys/facts.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/sandbox/genesys/simulator.ts';
import { createWorld, type WorldOptions } from '../../src/sandbox/genesys/world.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { testContext } from '../support/request-context.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-11-20T23:50:00.000Z');

/** The simulator itself in place of the network; each request takes so many milliseconds of the clock. */
function inProcess(simulator: Simulator, clock: ManualClock, takes: number): Transport {
  return {
    async send({ method, url, headers, body }, signal) {
      await clock.sleep(takes, signal);
      const { pathname, search } = new URL(url);
      const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
      return simulator.handle({
        method,
        path: pathname + search,
        headers: Object.fromEntries(lowerCase),
        ...(body !== undefined && { body }),
      });
    },
  };
}

interface Scene {
  readonly world: Partial<WorldOptions>;
  readonly takes: number;
  readonly detailsQuery?: NonNullable<SimulatorOptions['detailsQuery']>;
}

function setUp({ world: options, takes, detailsQuery }: Scene) {
  const clock = new ManualClock(START);
  const now = () => clock.now();
  const world = createWorld({ seed: 7, now, ...options });
  const credentials = { clientId: 'id-of-the-client', clientSecret: 'secret-of-the-client' };
  const simulator = createSimulator({ world, now, ...credentials, ...(detailsQuery && { detailsQuery }) });
  const log = recordedLog();
  const client = createGenesysClient({
    loginUrl: 'https://login.invalid',
    apiUrl: 'https://api.invalid',
    ...credentials,
    requestsPerMinute: 240,
    clock,
    log,
    transport: inProcess(simulator, clock, takes),
  });
  const source = new ConversationQuery({
    ...{ client, clock, log },
    ...{ query: 'changes', scope: 'outbound', lookback: 48 * HOUR },
  });
  return { clock, world, simulator, log, source, context: testContext() };
}

test('polled over midnight while pages shift, everything that ever showed has been read', async (t) => {
  const { clock, world, simulator, source, context, log } = setUp({
    world: {
      callsPerMinute: 40,
      mix: { email: 0 },
      delayMs: [0, 45_000],
      latecomers: { share: 0, by: [], changed: 0 },
      until: START + 15 * MINUTE,
    },
    takes: 1_000,
  });
  const rules = { settle: MINUTE, overlap: 5 * MINUTE, maxWindow: HOUR };
  const read = new Set<string>();
  let repeated = 0;
  const checkpoint = { watermark: START, origin: START };
  while (checkpoint.watermark < world.finalAt()) {
    await clock.sleep(5 * MINUTE);
    if (checkpoint.watermark > START + 9 * MINUTE) simulator.revokeTokens();
    const window = planWindow(checkpoint, clock.now(), rules)?.window ?? { start: 0, end: 0 };
    const onPages = new Map<string, number>();
    let pageNumber = 0;
    for await (const page of source.read(window, context)) {
      pageNumber++;
      for (const record of page) {
        const { conversationId } = record as { conversationId: string };
        if ((onPages.get(conversationId) ?? pageNumber) !== pageNumber) repeated++;
        onPages.set(conversationId, pageNumber);
        for (const { id } of deriveConversation(record, 'mask').events) read.add(id);
      }
    }
    checkpoint.watermark = window.end;
  }
  const served = [...world.facts()].filter(({ originatingDirection }) => originatingDirection === 'outbound');
  t.deepEqual(
    served.filter((fact) => !read.has(factId(fact))),
    [],
  );
  t.true(served.length > 3_000, `${served.length} facts`);
  t.true(repeated > 0, 'pages did shift');
  t.true(log.lines.some(({ event }) => event === 'genesys.reauthenticated'));
  t.is(context.counts.genesysThrottled, 0);
});

test('a total that lies is found out by the refusal, and the window is read completely', async (t) => {
  const window: Window = { start: START - HOUR, end: START };
  const { source, context } = setUp({
    // More calls than can be paged through, in an hour that is over; nothing else ever happens.
    world: { callsPerMinute: 0, bulk: { count: 100_500, from: window.start, to: window.end - MINUTE } },
    detailsQuery: { totalHits: () => 10 },
    takes: 1,
  });
  const read = new Set<string>();
  for await (const page of source.read(window, context)) {
    for (const record of page) read.add((record as { conversationId: string }).conversationId);
  }
  t.is(read.size, 100_500);
  t.true(context.counts.genesysRequests > 2_000, 'the refusal came after a thousand pages');
});
