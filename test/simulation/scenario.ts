import { EVENT_TYPES } from '../../src/domain/catalogue.ts';
import type { WindowRules } from '../../src/domain/window.ts';
import { type FaultPlan, type Outage, PORTS, type Port, REFUSALS, type Refusing, type Service } from './faults.ts';
import type { Mishap } from './poller-process.ts';
import { Random } from './random.ts';
import { type Story, tellStory } from './stories.ts';

/** What the configuration says of what is remembered and read again; milliseconds. */
export interface Retention {
  /** `dedup.ttl`. */
  readonly ttl: number;
  /** How far back the data lake is read again. */
  readonly horizon: number;
  /** How often all of that is read again. */
  readonly horizonEvery: number;
}

/** A time without any poller, after which all of them start again with another configuration. */
export interface Absence {
  readonly lasts: number;
  readonly retention: Retention;
}

/**
 * Something that befalls the next process that makes such a call; times are milliseconds since the beginning.
 */
export interface Ambush {
  readonly from: number;
  readonly port: Port | 'any';
  readonly phase: 'before' | 'after';
  readonly mishap: Mishap;
}

/** Everything about a run that is decided before it begins; durations in milliseconds. */
export interface Scenario {
  readonly seed: number;
  /** True time at the beginning, epoch milliseconds. */
  readonly epoch: number;
  readonly stories: readonly Story[];
  readonly pollers: number;
  readonly schedule: number;
  readonly leaseDuration: number;
  readonly rules: WindowRules;
  readonly query: 'changes' | 'interval';
  /** Whether, how often and how far back the data lake is read as well. */
  readonly second?: { readonly schedule: number };
  readonly retention: Retention;
  /**
   * Whether things show later than the data lake guarantees their time, so that only the horizon has them.
   */
  readonly earlyLake?: true;
  /** What comes after everything has been delivered; absent: the end. */
  readonly absence?: Absence;
  /** Whether the query calls a contact's leg otherwise than the data lake does. */
  readonly renames: boolean;
  /** Whether a poller of another organisation works under the same name and with the same tables. */
  readonly stranger: boolean;
  /** How long before its first start the stream begins. */
  readonly startsBack: number;
  /** Conversations that are worth a query in parts. */
  readonly partSize: number;
  /** For how long the stored checkpoint of a quiet stream may stand still. */
  readonly maxCheckpointLag: number;
  readonly concurrency: number;
  readonly entriesPerPut: number;
  readonly pageSize: number;
  readonly cacheSize: number;
  readonly requestsPerMinute: number;
  readonly busSuppresses: boolean;
  /** Whether every trouble is over before the bus forgets; absent: it need not be. */
  readonly repeatsNothing?: boolean;
  /** How long a machine stays down after a crash; absent: up to one and a half leases. */
  readonly downtime?: { readonly least: number; readonly most: number };
  /** A lease, and perhaps a checkpoint, of a poller that died before the beginning. */
  readonly legacy: 'none' | 'lease' | 'checkpoint';
  readonly poison: ReadonlyMap<string, 'entry' | 'request'>;
  readonly faults: FaultPlan;
  readonly ambushes: readonly Ambush[];
  /** Wall clocks that are set wrong; at the end of the faults all are right. */
  readonly clockSteps: readonly { readonly at: number; readonly host: number; readonly error: number }[];
  /** Processes that are stopped, and started again. */
  readonly restarts: readonly { readonly at: number; readonly host: number; readonly grace: number }[];
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const SHORT_HORIZON = { horizon: 60_000, horizonEvery: 25_000 };

/** What a seed stands for. */
export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed, 1);
  const reading = new Random(seed, 7);
  const neighbours = new Random(seed, 8);
  const pollers = random.pick([1, 1, 2, 2, 3]);
  const schedule = random.pick([5_000, 10_000]);
  const leaseDuration = random.pick([9_000, 15_000, 30_000]);
  const settle = random.pick([2_000, 5_000]);
  const overlap = random.pick([15_000, 30_000]);
  const lateness = { usual: random.pick([0, 1_500]), most: Math.floor((settle + overlap) * 0.6) };
  const day = Date.UTC(2026, 10, 20, 10);
  const midnight = random.chance(0.2);
  const epoch = midnight ? Date.UTC(2026, 10, 21) - random.int(10_000, 60_000) : day + random.int(0, 60_000);
  const startsBack = random.pick([0, 50_000]);
  const stories = Array.from({ length: random.pick([1, 1, 2, 2, 3, 4, 6]) }, (_, number) =>
    tellStory(number + 1, epoch + random.int(-startsBack - 5_000, 40_000), lateness, random),
  );
  const until = random.int(20_000, 75_000);
  const rate = random.pick([0.005, 0.02, 0.05, 0.1]);
  const someTime = () => random.int(0, until);
  const scenario: Scenario = {
    seed,
    epoch,
    stories,
    pollers,
    schedule,
    leaseDuration,
    rules: { settle, overlap, maxWindow: overlap + random.pick([10_000, 30_000, 3_600_000]) },
    // The plain interval finds no conversation that began on an earlier day: that is what `changes` is for.
    query: midnight || random.chance(0.75) ? 'changes' : 'interval',
    ...(random.chance(0.2) && { second: { schedule: random.pick([10_000, 30_000]) } }),
    retention: { ttl: 7 * DAY, ...SHORT_HORIZON },
    renames: neighbours.chance(0.3),
    stranger: neighbours.chance(0.1),
    startsBack,
    partSize: reading.pick([1, 2, 1_600]),
    maxCheckpointLag: reading.pick([0, 0, 20_000]),
    concurrency: random.int(1, 4),
    entriesPerPut: random.pick([1, 2, 3, 5, 10]),
    pageSize: random.int(1, 5),
    cacheSize: random.pick([8, 100]),
    requestsPerMinute: random.pick([120, 240]),
    busSuppresses: random.chance(0.15),
    legacy: random.pick(['none', 'none', 'lease', 'checkpoint']),
    poison: poisonOf(stories, random),
    faults: {
      rate,
      until,
      outages: outagesOf(until, random),
      refusing: refusingOf(until, neighbours),
      timeout: random.pick([1_000, 3_000, 8_000]),
      overtaken: 'by chance',
    },
    ambushes: Array.from({ length: random.int(0, 4) }, () => ambush(someTime(), leaseDuration, random)),
    clockSteps: Array.from({ length: random.pick([0, 0, 1, 3]) }, () => ({
      at: someTime(),
      host: random.int(0, pollers - 1),
      error:
        random.pick([-40_000, -10_000, 20_000, 7_200_000]) *
        random.next() *
        // Some of them are off by days.
        neighbours.pick([1, 1, 1, 100]),
    })),
    restarts: Array.from({ length: random.pick([0, 0, 1, 2]) }, () => ({
      at: someTime(),
      host: random.int(0, pollers - 1),
      grace: random.pick([50, 2_000, 25_000]),
    })),
  };
  return neighbours.chance(0.02) ? withAbsence(scenario) : scenario;
}

/** The scenario's settings in a line, for the head of a trace. */
export function inWords(scenario: Scenario): string {
  const { pollers, schedule, leaseDuration, rules, query, second, stories, concurrency, entriesPerPut, faults } =
    scenario;
  const seconds = (ms: number) => `${ms / 1_000} s`;
  return [
    `${pollers} pollers`,
    `every ${seconds(schedule)}`,
    `lease ${seconds(leaseDuration)}`,
    `settle ${seconds(rules.settle)}`,
    `overlap ${seconds(rules.overlap)}`,
    `query ${query}${second ? ' and jobs' : ''}`,
    `${stories.length} conversations`,
    `${concurrency} calls of ${entriesPerPut} entries`,
    `faults ${faults.rate * 100} % until ${seconds(faults.until)}`,
  ].join(', ');
}

/** A scenario in which holders of the lease are stopped, again and again, for longer than it lasts. */
export function scenarioOfPauses(seed: number): Scenario {
  const scenario = scenarioOf(seed);
  const random = new Random(seed, 4);
  const { until } = scenario.faults;
  const ports: readonly Port[] = ['bus.put', 'ids.write', 'ids.read', 'genesys.query', 'checkpoint.write'];
  const pause = (index: number): Ambush => ({
    from: (index * until) / 6,
    port: random.pick(ports),
    phase: random.pick(['before', 'after']),
    mishap: { kind: 'pause', ms: scenario.leaseDuration * (1.2 + random.next()) },
  });
  return { ...scenario, pollers: 2, ambushes: Array.from({ length: 6 }, (_, index) => pause(index)) };
}

/**
 * A scenario with much to publish, a little at a time, in which a process dies before it moves the checkpoint
 * past all that.
 */
export function scenarioOfBacklog(seed: number): Scenario {
  const scenario = scenarioOf(seed);
  const epoch = Date.UTC(2026, 10, 20, 10);
  const random = new Random(seed, 5);
  const stories = Array.from({ length: 6 }, (_, number) =>
    tellStory(number + 1, epoch - 34_000 + number * 100, { usual: 0, most: 1 }, random),
  );
  return {
    ...scenario,
    epoch,
    stories,
    pollers: 1,
    rules: { ...scenario.rules, maxWindow: 3_600_000 },
    concurrency: 1,
    entriesPerPut: 2,
    legacy: 'checkpoint',
    poison: new Map(),
    faults: { ...scenario.faults, rate: 0, outages: [], until: 60_000 },
    ambushes: [{ from: 0, port: 'checkpoint.write', phase: 'before', mishap: { kind: 'crash' } }],
    clockSteps: [],
    restarts: [],
  };
}

/**
 * A scenario in which many things show as late as the live stream still finds them, and nothing goes wrong.
 */
export function scenarioOfLateness(seed: number): Scenario {
  const scenario = scenarioOf(seed);
  const random = new Random(seed, 12);
  const epoch = Date.UTC(2026, 10, 20, 10);
  const rules = { settle: 2_000, overlap: 30_000, maxWindow: 3_600_000 };
  const lateness = { usual: 0, most: rules.settle + rules.overlap - 2_000 };
  const stories = Array.from({ length: 6 }, (_, number) =>
    tellStory(number + 1, epoch + random.int(0, 40_000), lateness, random),
  );
  const faults = { ...scenario.faults, rate: 0, outages: [], refusing: [], until: 10_000 };
  return { ...scenario, epoch, stories, rules, faults, pollers: 1, poison: new Map(), ...QUIET };
}

const QUIET = { legacy: 'none', ambushes: [], clockSteps: [], restarts: [] } as const;

/** A scenario in which the data lake is read as well. */
export function withSecondLook(seed: number): Scenario {
  return { ...scenarioOf(seed), second: { schedule: 10_000 } };
}

/**
 * A scenario in which things show later than the live stream reaches back, and later than the data lake
 * guarantees their time: nothing but reading the horizon again finds them.
 */
export function scenarioOfLateFacts(seed: number): Scenario {
  const scenario = scenarioOfLateness(seed);
  const random = new Random(seed, 13);
  const { epoch } = scenario;
  const stories = Array.from({ length: 6 }, (_, number) =>
    tellStory(number + 1, epoch + random.int(0, 40_000), { usual: 0, most: 100_000 }, random),
  );
  const retention = { ...scenario.retention, horizon: 1_200_000, horizonEvery: 20_000 };
  return { ...scenario, stories, retention, earlyLake: true, second: { schedule: 10_000 }, stranger: false };
}

/**
 * A scenario in which both looks meet the same facts under trouble, and do not call a contact by the same
 * name.
 */
export function scenarioOfRenames(seed: number): Scenario {
  const scenario = withSecondLook(seed);
  return { ...scenario, renames: true, busSuppresses: false, faults: { ...scenario.faults, rate: 0.1 } };
}

/** A scenario with a poller of another organisation. */
export function scenarioOfStranger(seed: number): Scenario {
  return { ...scenarioOf(seed), stranger: true };
}

/** A scenario in which hosts' clocks are off by days. */
export function scenarioOfWrongClocks(seed: number): Scenario {
  const random = new Random(seed, 9);
  const scenario = scenarioOf(seed);
  const clockSteps = Array.from({ length: scenario.pollers }, (_, host) => ({
    at: 0,
    host,
    error: random.pick([-3 * DAY, -600_000, 600_000, 8 * DAY]),
  }));
  // A stream that begins days back, by the earlier clock, reads them all.
  const rules = { ...scenario.rules, maxWindow: DAY };
  return { ...scenario, rules, clockSteps: [...clockSteps, ...scenario.clockSteps] };
}

/**
 * A scenario in which everything is delivered, and then no poller works for hours or days: they start again
 * with another `dedup.ttl`, and read again what they read before.
 */
export function scenarioOfAbsence(seed: number): Scenario {
  return withAbsence(withSecondLook(seed));
}

function withAbsence(scenario: Scenario): Scenario {
  const random = new Random(scenario.seed, 10);
  const [before, after] = random.pick([
    [2, 30],
    [2, 30],
    [30, 2],
    [2, 2],
  ] as const);
  const retention = { ttl: after * DAY, horizon: 10 * DAY, horizonEvery: 6 * HOUR };
  return {
    ...scenario,
    second: scenario.second ?? { schedule: 30_000 },
    rules: { ...scenario.rules, maxWindow: DAY },
    retention: { ttl: before * DAY, ...SHORT_HORIZON },
    absence: { lasts: random.pick([0.5, 3, 6]) * DAY, retention },
  };
}

/**
 * The same on a v2 bus, where machines that crash are up again `inside` the five minutes for which the bus
 * knows an event, or only `outside` them. No request is refused as a whole: such a bus is under suspicion for
 * two hours, and what was in flight is older then.
 */
export function scenarioOnV2(seed: number, restarts: 'inside' | 'outside'): Scenario {
  // A bus has forgotten everything by the time that pollers come back.
  const { absence: _, ...scenario } = scenarioOf(seed);
  const random = new Random(seed, 6);
  const poison = new Map([...scenario.poison].filter(([, how]) => how === 'entry'));
  const faults = { ...scenario.faults, refusing: [] };
  const common = { ...scenario, poison, faults, busSuppresses: true };
  if (restarts === 'inside') return { ...common, repeatsNothing: true };
  // No standby takes over, and something is always in flight.
  const crash = (port: Port): Ambush => ({
    from: random.int(0, 5_000),
    port,
    phase: random.pick(['before', 'after']),
    mishap: { kind: 'crash' },
  });
  const downtime = { least: 300_000, most: 900_000 };
  return { ...common, pollers: 1, downtime, ambushes: [...scenario.ambushes, crash('ids.write')] };
}

/** The scenarios that seeds stand for, by name. */
export const SCENARIOS = {
  usual: scenarioOf,
  inside: (seed: number) => scenarioOnV2(seed, 'inside'),
  outside: (seed: number) => scenarioOnV2(seed, 'outside'),
} as const;

/** A quarter of all worlds hold entries that no bus takes. */
function poisonOf(stories: readonly Story[], random: Random): Scenario['poison'] {
  const poison = new Map<string, 'entry' | 'request'>();
  if (random.chance(0.75)) return poison;
  // Rare, since it may take hours until the bus is no longer suspected: most steps of all seeds would go into
  // that.
  const how = random.chance(0.08) ? 'request' : 'entry';
  for (const { id, eventType } of stories.flatMap((story) => story.changes.flatMap((change) => change.reveals))) {
    // One only of the second kind: a bus that refuses several and takes nothing is suspected for a day,
    // longer than a run lasts.
    if (how === 'request' && poison.size > 0) break;
    if (EVENT_TYPES.includes(eventType as never) && random.chance(how === 'entry' ? 0.1 : 0.05)) poison.set(id, how);
  }
  return poison;
}

function outagesOf(until: number, random: Random): readonly Outage[] {
  return Array.from({ length: random.pick([0, 0, 0, 1, 2]) }, () => {
    const from = random.int(0, until);
    const service: Service = random.pick(['tables', 'bus', 'genesys']);
    return { service, from, until: Math.min(until, from + random.int(500, 30_000)) };
  });
}

function refusingOf(until: number, random: Random): readonly Refusing[] {
  return Array.from({ length: random.pick([0, 0, 0, 0, 1, 2]) }, () => {
    const from = random.int(0, until);
    return { how: random.pick(REFUSALS), from, until: Math.min(until, from + random.int(500, 40_000)) };
  });
}

function ambush(from: number, leaseDuration: number, random: Random): Ambush {
  const mishap: Mishap = random.chance(0.6)
    ? { kind: 'crash' }
    : { kind: 'pause', ms: leaseDuration * random.pick([0.05, 0.3, 1, 1.5, 3]) * (0.5 + random.next()) };
  const busy: readonly Port[] = ['bus.put', 'ids.write', 'ids.read', 'checkpoint.write'];
  const port = random.chance(0.4) ? random.pick(busy) : random.chance(0.5) ? random.pick(PORTS) : 'any';
  return { from, port, phase: port === 'sleep' || random.chance(0.5) ? 'before' : 'after', mishap };
}
