import type { Window, WindowRules } from '../../src/domain/window.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Checkpoint } from '../../src/ports/state-store.ts';
import { SimulatedBus } from './bus.ts';
import { type Composition, compose, type Derivations, type Sabotage } from './compose.ts';
import { Faults } from './faults.ts';
import { Fleet, STRANGER } from './fleet.ts';
import { SimulatedGenesys } from './genesys.ts';
import { Judge, type RunStats, type Violation } from './judge.ts';
import { DataLake } from './lake.ts';
import type { Tolerance } from './ledger.ts';
import type { Mishaps, PollerProcess } from './poller-process.ts';
import { Random } from './random.ts';
import type { Retention, Scenario } from './scenario.ts';
import { Scheduler } from './scheduler.ts';
import { tellStory } from './stories.ts';
import { SimulatedTables } from './tables.ts';
import { World } from './world.ts';
import { LIVE, SECOND, Writers } from './writers.ts';

export interface SimulationOptions {
  readonly sabotage?: Sabotage;
  /** What befalls processes; without it, what the scenario says. */
  readonly mishaps?: Mishaps;
  /** Takes the trace, a line a step. */
  readonly trace?: (line: string) => void;
}

export interface Outcome {
  readonly violation: Violation | undefined;
  readonly stats: RunStats;
  readonly faults: Faults['counts'];
  readonly steps: number;
  /** How long it took in simulated time, milliseconds. */
  readonly lasted: number;
}

/**
 * How far ahead of Genesys's a poller's notion of its time may run, milliseconds. It goes by the date of
 * Genesys's answers, however wrong the host's own clock is; that is exact but for the rate at which the
 * host's clocks run until the next answer.
 */
const CLOCK_ERROR = 1_500;
/**
 * After the last trouble everything must have come to rest within this, milliseconds. Most runs need a
 * minute; an entry that the bus refuses with its whole request, and that is the last of its world, is given
 * up after two hours.
 */
const TIME_TO_SETTLE = 10_800_000;

/**
 * By then the horizon has been read again, a few times as long as it may take: what shows later than the data
 * lake guarantees has been found. Milliseconds.
 */
const READ_AGAIN = 600_000;

/** The number of another organisation's conversation. */
const STRANGE_STORY = 901;

/**
 * Runs a scenario to its end, or to the first broken promise. The same scenario gives the same run, step by
 * step.
 */
export async function simulate(scenario: Scenario, options: SimulationOptions = {}): Promise<Outcome> {
  return new Simulation(scenario, options).run();
}

class Simulation {
  private readonly scenario: Scenario;
  private readonly options: SimulationOptions;
  private readonly scheduler = new Scheduler();
  private readonly faults: Faults;
  private readonly judge: Judge;
  private readonly tables: SimulatedTables;
  private readonly bus: SimulatedBus;
  private readonly genesys: SimulatedGenesys;
  private readonly stranger: SimulatedGenesys;
  private readonly fleet: Fleet;
  /** When a process last began to read a window of a stream, by its end; epoch milliseconds. */
  private readonly reading = new Map<string, number>();
  private readonly derivations: Derivations = new Map();
  /** When nothing goes wrong and nothing changes any more, epoch milliseconds. */
  private quietFrom: number;
  /** What the configuration says now. */
  private retention: Retention;
  /** The latest time at which anything happens, and a little more; epoch milliseconds. */
  private readonly pastEverything: number;
  /** Streams that have not come to the end of all there is. */
  private unsettled: Set<string>;

  constructor(scenario: Scenario, options: SimulationOptions) {
    this.scenario = scenario;
    this.options = options;
    const { scheduler } = this;
    const { epoch, concurrency, entriesPerPut, rules, poison, pageSize, seed } = scenario;
    const random = new Random(seed, 2);
    const faults = new Faults(scenario.faults, new Random(seed, 3), scheduler);
    const world = new World(scenario.stories, scenario.renames);
    const entries = world.entries();
    const now = () => epoch + scheduler.now;
    this.retention = scenario.retention;
    this.unsettled = streamsOf(scenario);
    const tolerance = toleranceOf(rules);
    const judge = new Judge({
      entries,
      poison: new Set(poison.keys()),
      tolerance,
      concurrency,
      entriesPerPut,
      streams: this.unsettled.size,
      now: () => scheduler.now,
      suppresses: scenario.busSuppresses,
      repeatsNothing: scenario.repeatsNothing ?? false,
    });
    const writers = new Writers(judge, scenario.earlyLake);
    this.faults = faults;
    this.judge = judge;
    this.tables = new SimulatedTables({
      faults,
      judge,
      writers,
      now,
      readSince: (process, stream, windowEnd) => this.reading.get(`${process.name} ${stream} ${windowEnd}`),
      onCheckpoint: (stream, checkpoint, readSince) => this.onCheckpoint(stream, checkpoint, readSince),
    });
    this.inherit();
    this.bus = new SimulatedBus({
      faults,
      judge,
      writers,
      scheduler,
      entriesPerPut,
      suppresses: scenario.busSuppresses,
      poison,
      origin: () => this.origin ?? Number.NEGATIVE_INFINITY,
    });
    const { timeout } = scenario.faults;
    const { requestsPerMinute } = scenario;
    const common = {
      faults,
      random,
      now,
      pageSize,
      timeout,
      requestsPerMinute,
      onExcess: ({ name }: PollerProcess) =>
        judge.breach('budget', `${name} sends more than ${requestsPerMinute} requests a minute`),
    };
    this.genesys = new SimulatedGenesys({
      ...common,
      organisation: 'ours',
      world,
      lake: new DataLake(world, faults, now, scenario.earlyLake),
      onPage: judge.ledger.paged.bind(judge.ledger),
    });
    const elsewhere = new World([tellStory(STRANGE_STORY, epoch, { usual: 0, most: 1 }, new Random(seed, 11))]);
    this.stranger = new SimulatedGenesys({
      ...common,
      organisation: 'another',
      world: elsewhere,
      lake: new DataLake(elsewhere, faults, now),
      onPage: () => undefined,
    });
    this.fleet = new Fleet({
      scenario,
      scheduler,
      faults,
      mishaps: options.mishaps ?? ambushesOf(scenario, scheduler),
      random,
      judge,
      compositionOf: (process) => this.compositionOf(process),
      onExit: (process) => this.onExit(process),
      trace: (who, line) => this.trace(who, line),
    });
    this.quietFrom = Math.max(epoch + scenario.faults.until, world.lastChange);
    const anchors = entries.flatMap(({ sights }) => sights.map(({ anchor }) => anchor));
    this.pastEverything =
      1 + Math.max(...anchors, world.lastChange + tolerance.by + (scenario.earlyLake ? READ_AGAIN : 0));
  }

  async run(): Promise<Outcome> {
    const { scheduler, judge, faults } = this;
    this.fleet.begin();
    await scheduler.run(() => this.isOver());
    if (!judge.violation) this.judgeTheEnd();
    const { violation, stats } = judge;
    return { violation, stats, faults: faults.counts, steps: scheduler.steps, lasted: scheduler.now };
  }

  /** Where the poller begins to publish, once that is decided. */
  private get origin(): number | undefined {
    return this.tables.of(LIVE).checkpoint?.origin;
  }

  private isOver(): boolean {
    const { judge, scheduler, scenario, fleet } = this;
    if (judge.violation) return true;
    if (fleet.isGone && !this.goesOn()) return true;
    if (scenario.epoch + scheduler.now < this.quietFrom + TIME_TO_SETTLE) return false;
    const what = this.unsettled.size > 0 ? 'delivery does not get on after the last fault' : 'a process does not end';
    judge.breach('comes to rest', what);
    return true;
  }

  /** Whether anything comes after all pollers have ended: then they start again, much later. */
  private goesOn(): boolean {
    const { absence } = this.scenario;
    if (!absence) return false;
    if (this.retention === absence.retention) return this.unsettled.size > 0;
    this.retention = absence.retention;
    this.unsettled = streamsOf(this.scenario);
    this.quietFrom = this.scenario.epoch + this.scheduler.now + absence.lasts;
    this.trace('--', () => `nothing runs for ${absence.lasts / 3_600_000} hours`);
    this.scheduler.after(absence.lasts, undefined, () => this.fleet.recall());
    return true;
  }

  private compositionOf(process: PollerProcess): Composition {
    const outside = {
      name: process.name,
      clock: process,
      log: this.logOf(process),
      transport: (process.host.name === STRANGER ? this.stranger : this.genesys).transportFor(process),
      state: this.tables.stateFor(process),
      pollerState: this.tables.pollerStateFor(process),
      table: this.tables.dedupFor(process),
      bus: this.bus.busFor(process),
    };
    const onRead = (stream: string, { end }: Window) => {
      this.reading.set(`${process.name} ${stream} ${end}`, this.scenario.epoch + this.scheduler.now);
    };
    const onPlan = () => {
      // With two streams it does not show from outside which of them has trouble with recording.
      if (!this.scenario.second) this.judge.beginsToRead(process);
    };
    const { retention, derivations, judge } = this;
    const onDerived = judge.derived.bind(judge);
    return compose(this.scenario, outside, this.options.sabotage, {
      retention,
      derivations,
      onDerived,
      onPlan,
      onRead,
    });
  }

  /**
   * Everything has been delivered once windows that were read after the last trouble end past all there is.
   */
  private onCheckpoint(stream: string, { watermark }: Checkpoint, readSince = Number.NEGATIVE_INFINITY): void {
    if (this.unsettled.size === 0 || watermark < this.pastEverything || readSince < this.quietFrom) return;
    this.unsettled.delete(stream);
    if (this.unsettled.size > 0) return;
    this.trace('--', () => 'all is delivered');
    this.fleet.dismiss();
  }

  private onExit(process: PollerProcess): void {
    if (this.unsettled.size > 0) return;
    for (const stream of process.holds) {
      if (this.tables.of(stream).lease?.holder !== process.name) continue;
      this.judge.breach('releases', `${process.name} has ended and keeps the lease of ${stream}`);
    }
  }

  private judgeTheEnd(): void {
    const { judge, scenario } = this;
    const { ledger, stats } = judge;
    const origin = this.origin ?? Number.POSITIVE_INFINITY;
    const now = scenario.epoch + this.scheduler.now;
    const everything = Number.POSITIVE_INFINITY;
    const lost = scenario.second ? ledger.unread(origin, everything) : ledger.undelivered(origin, everything, now, now);
    if (lost.length > 0) judge.breach('nothing lost', `never delivered: ${lost.join(', ')}`);
    stats.unserved = ledger.countMissed(origin, now);
  }

  /** What a poller left behind that died before the beginning. */
  private inherit(): void {
    const { epoch, leaseDuration, legacy, stranger } = this.scenario;
    if (stranger) this.tables.bind('ours');
    if (legacy === 'none') return;
    const live = this.tables.of(LIVE);
    live.lease = { holder: 'Z1', version: 7, fence: 3, durationMs: leaseDuration, attempt: 0 };
    if (legacy !== 'checkpoint') return;
    live.checkpoint = { watermark: epoch - 20_000, origin: epoch - 35_000, fence: 3, updatedAt: epoch - 20_000 };
  }

  private logOf(process: PollerProcess): Log {
    const line = (event: string, msg: string, fields: Readonly<Record<string, unknown>> = {}) => {
      if (fields.code === 'defect') this.judge.breach('no defect', `${process.name}: ${msg} ${String(fields.stack)}`);
      if (event === 'lease.acquired') process.holds.add(String(fields.stream));
      if (event === 'lease.lost') process.holds.delete(String(fields.stream));
      this.trace(process.name, () => `  log ${event}: ${msg}`);
    };
    return { debug: line, info: line, warn: line, error: line };
  }

  private trace(who: string, line: () => string): void {
    this.options.trace?.(`${(this.scheduler.now / 1_000).toFixed(3).padStart(8)} ${who.padEnd(3)} ${line()}`);
  }
}

/** What windows meet, as the documents promise it of settle and overlap. */
function toleranceOf({ settle, overlap }: WindowRules): Tolerance {
  return {
    promptly: settle + Math.min(settle, overlap) - CLOCK_ERROR,
    inTheEnd: settle + overlap - CLOCK_ERROR,
    by: overlap - settle + CLOCK_ERROR,
  };
}

/** The streams that publish. */
function streamsOf({ second }: Scenario): Set<string> {
  return new Set(second ? [LIVE, SECOND] : [LIVE]);
}

/**
 * What the scenario has in store: each ambush catches the first process that makes such a call after its
 * time.
 */
function ambushesOf(scenario: Scenario, scheduler: Scheduler): Mishaps {
  let waiting = [...scenario.ambushes];
  return {
    at(_process, port, phase) {
      const { now } = scheduler;
      if (waiting.length === 0 || now >= scenario.faults.until) return undefined;
      const caught = waiting.find(
        (ambush) => ambush.from <= now && ambush.phase === phase && (ambush.port === 'any' || ambush.port === port),
      );
      if (!caught) return undefined;
      waiting = waiting.filter((ambush) => ambush !== caught);
      return caught.mishap;
    },
  };
}
