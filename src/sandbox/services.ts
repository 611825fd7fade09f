import { startDatabase } from './aws/database.ts';
import { type LocalBus, startLocalBus } from './aws/local-bus.ts';
import { type Fact, factId } from './genesys/facts.ts';
import { startGenesys } from './genesys/server.ts';
import { createSimulator } from './genesys/simulator.ts';
import { createWorld, type World } from './genesys/world.ts';
import { type Addresses, CLIENT, CORRECTED, LAKE_LAG, LATE, V2_BUS } from './settings.ts';
import type { Expectation, Expected } from './verdict.ts';

const HOUR = 3_600_000;
/** A day and an hour: midnight UTC is always in it. */
export const HISTORY = 25 * HOUR;

/** The surroundings of the daemon: a simulated Genesys Cloud, an embedded DynamoDB, a local event bus. */
export interface Services {
  readonly world: World;
  readonly bus: LocalBus;
  readonly addresses: Addresses;
  close(): Promise<void>;
}

/**
 * Starts them on free ports of 127.0.0.1, with a world that has lived for 25 hours and goes on at two calls a
 * second.
 */
export async function startServices(seed: number): Promise<Services> {
  const world = createWorld({
    seed,
    now: Date.now,
    historyMs: HISTORY,
    historyPerMinute: 0.1,
    callsPerMinute: 120,
    // Calls last seconds, so that a whole life of them can be watched.
    pace: 0.02,
    delayMs: [50, 800],
    latecomers: { share: 0.4, by: LATE, changedBy: CORRECTED },
    logPerMinute: 20,
  });
  const simulator = createSimulator({
    world,
    now: Date.now,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    // Short, so that tokens are seen to expire and to be renewed.
    tokenLifeMs: 20_000,
    jobs: { lagMs: LAKE_LAG, queuedMs: 200, runningMs: 300 },
  });
  const genesys = await startGenesys({ simulator });
  const database = await startDatabase({ timeToLive: true });
  const bus = await startLocalBus({ buses: [], v2Buses: [V2_BUS] });
  const addresses = {
    loginUrl: genesys.loginUrl,
    apiUrl: genesys.apiUrl,
    dynamoDb: database.url,
    eventBridge: bus.url,
  };
  return {
    world,
    bus,
    addresses,
    async close() {
      await Promise.all([genesys.close(), database.close(), bus.close()]);
    },
  };
}

/** What a poller had the time for. Times in epoch milliseconds. */
interface Period {
  /** Where conversations began to be read. */
  readonly origin: number;
  /** Where the dialer's log began to be read. Default: it was not read. */
  readonly logOrigin?: number;
  /**
   * A conversation that still changes after this time is not required yet. Default: every one is required.
   */
  readonly until?: number;
}

/**
 * What a poller must have published of a period: every fact of outbound conversations, and every entry of the
 * dialer's log. Facts that were there only for a while, before another took their place (a code that the
 * agent corrected), may have been seen, or not.
 */
export function expectation(
  world: World,
  { origin, logOrigin = Number.POSITIVE_INFINITY, until = Number.POSITIVE_INFINITY }: Period,
): Expectation {
  const all = [...world.facts()].filter((fact) =>
    fact.eventType === 'outboundEventLogged'
      ? fact.timestamp >= logOrigin
      : fact.originatingDirection === 'outbound' && fact.timestamp >= origin,
  );
  const unfinished = new Set(all.filter((fact) => changesAfter(fact, until)).map(subjectOf));
  const isRequired = (fact: Fact) => fact.goneAt === undefined && !unfinished.has(subjectOf(fact));
  const expected = (fact: Fact): Expected => ({ id: factId(fact), eventType: fact.eventType });
  return {
    required: all.filter(isRequired).map(expected),
    optional: all.filter((fact) => !isRequired(fact)).map(expected),
  };
}

function changesAfter({ visibleAt, goneAt = visibleAt }: Fact, time: number): boolean {
  return Math.max(visibleAt, goneAt) > time;
}

/** What a fact is judged with: its whole conversation, or its own entry of the dialer's log. */
function subjectOf(fact: Fact): string {
  return fact.eventType === 'outboundEventLogged' ? factId(fact) : fact.conversationId;
}
