import { serve } from '../../src/poller/worker.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Checkpoint } from '../../src/ports/state-table.ts';
import { assemble, type Derivations, type Sabotage } from './assemble.ts';
import { SimulatedBus } from './bus.ts';
import { Faults } from './faults.ts';
import { SimulatedGenesys } from './genesys.ts';
import { Judge, type Tally, type Violation } from './judge.ts';
import { type Host, type Mishaps, PollerProcess } from './poller-process.ts';
import { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import { Scheduler } from './scheduler.ts';
import { SimulatedTables } from './tables.ts';
import { World } from './world.ts';
import { Writers } from './writers.ts';

export interface SimulationOptions {
  readonly sabotage?: Sabotage;
  /** What befalls processes; without it, what the scenario says. */
  readonly mishaps?: Mishaps;
  /** Takes the trace, a line a step. */
  readonly trace?: (line: string) => void;
}

export interface Outcome {
  readonly violation: Violation | undefined;
  readonly tally: Tally;
  readonly faults: Faults['counts'];
  readonly steps: number;
  /** How long it took in simulated time, milliseconds. */
  readonly lasted: number;
}

/**
 * How far ahead of Genesys's a poller's notion of its time may run, milliseconds. It goes by the date of Genesys's answers, however wrong
 * the host's own clock is; that is exact but for the rate at which the host's clocks run until the next answer.
 */
const CLOCK_ERROR = 1_500;
/**
 * After the last trouble everything must have come to rest within this, milliseconds. Most runs need a minute; a bus that has refused
 * all it was ever offered is given up two hours later.
 */
const PATIENCE = 10_800_000;

/** Runs a scenario to its end, or to the first broken promise. The same scenario gives the same run, step by step. */
export async function simulate(scenario: Scenario, options: SimulationOptions = {}): Promise<Outcome> {
  return new Simulation(scenario, options).run();
}

interface Running {
  readonly host: Host;
  process: PollerProcess | undefined;
  starts: number;
  stop: AbortController;
  abort: AbortController;
}

class Simulation {
  private readonly scenario: Scenario;
  private readonly options: SimulationOptions;
  private readonly scheduler = new Scheduler();
  private readonly random: Random;
  private readonly faults: Faults;
  private readonly mishaps: Mishaps;
  private readonly world: World;
  private readonly judge: Judge;
  private readonly tables: SimulatedTables;
  private readonly bus: SimulatedBus;
  private readonly genesys: SimulatedGenesys;
  private readonly fleet: readonly Running[];
  /** When a process began to read the window that it has planned last; epoch milliseconds. */
  private readonly planned = new Map<PollerProcess, number>();
  /** When nothing goes wrong and nothing changes any more, milliseconds since the beginning. */
  private readonly quietAt: number;
  private readonly pastEverything: number;
  private settled = false;
  private readonly derivations: Derivations = new Map();

  constructor(scenario: Scenario, options: SimulationOptions) {
    this.scenario = scenario;
    this.options = options;
    const { scheduler } = this;
    const { epoch, concurrency, entriesPerPut, rules, poison, faults } = scenario;
    this.random = new Random(scenario.seed, 2);
    this.faults = new Faults(faults, new Random(scenario.seed, 3), scheduler);
    this.mishaps = options.mishaps ?? ambushesOf(scenario, scheduler);
    this.world = new World(scenario.stories);
    const ledger = this.world.ledger();
    this.judge = new Judge({
      ledger,
      poison: new Set(poison.keys()),
      reach: rules.settle + rules.overlap - CLOCK_ERROR,
      concurrency,
      entriesPerPut,
      now: () => this.trueTime,
    });
    const writers = new Writers(this.judge);
    this.tables = new SimulatedTables({
      faults: this.faults,
      judge: this.judge,
      writers,
      plannedAt: (process) => this.planned.get(process),
      onCheckpoint: (checkpoint, readSince) => this.onCheckpoint(checkpoint, readSince),
    });
    if (scenario.legacy !== 'none') this.inherit();
    this.bus = new SimulatedBus({
      faults: this.faults,
      judge: this.judge,
      writers,
      scheduler,
      entriesPerPut,
      suppresses: scenario.busSuppresses,
      poison,
      origin: () => this.tables.checkpoint?.origin ?? Number.NEGATIVE_INFINITY,
    });
    this.genesys = new SimulatedGenesys({
      world: this.world,
      faults: this.faults,
      random: this.random,
      scheduler,
      epoch,
      pageSize: scenario.pageSize,
      timeout: faults.timeout,
      onPage: (page) => this.judge.paged(page),
    });
    this.quietAt = Math.max(faults.until, this.world.lastChange - epoch);
    this.pastEverything = 1 + Math.max(...ledger.flatMap(({ sights }) => sights.map(({ anchor }) => anchor)));
    this.fleet = Array.from({ length: scenario.pollers }, (_, index) => ({
      host: { name: 'ABC'.charAt(index), wallError: 0, rate: 1 + (this.random.next() - 0.5) * 0.02 },
      process: undefined,
      starts: 0,
      stop: new AbortController(),
      abort: new AbortController(),
    }));
  }

  async run(): Promise<Outcome> {
    const { scheduler, judge, scenario, faults } = this;
    for (const running of this.fleet) scheduler.after(this.random.int(0, 3_000), undefined, () => this.start(running));
    for (const step of scenario.clockSteps)
      scheduler.after(step.at, undefined, () => this.setClock(step.host, step.error));
    scheduler.after(scenario.faults.until, undefined, () =>
      this.fleet.forEach((_, host) => void this.setClock(host, 0)),
    );
    for (const { at, host, patience } of scenario.restarts) {
      scheduler.after(at, undefined, () => this.stop(this.fleet[host], patience));
    }
    await scheduler.run(() => this.isOver());
    if (!judge.violation) this.judgeTheEnd();
    return {
      violation: judge.violation,
      tally: judge.tally,
      faults: faults.counts,
      steps: scheduler.steps,
      lasted: scheduler.now,
    };
  }

  private get trueTime(): number {
    return this.scenario.epoch + this.scheduler.now;
  }

  private isOver(): boolean {
    const { judge, scheduler } = this;
    if (judge.violation) return true;
    if (this.settled && this.fleet.every(({ process }) => !process)) return true;
    if (scheduler.now < this.quietAt + PATIENCE) return false;
    judge.breach(
      'comes to rest',
      this.settled ? 'a process does not end' : 'delivery does not get on after the last fault',
    );
    return true;
  }

  private start(running: Running): void {
    if (this.settled || running.process) return;
    const { host } = running;
    const { scheduler, faults, mishaps, random, scenario, judge } = this;
    const watcher = {
      crashed: (process: PollerProcess) => this.onCrash(running, process),
      paused: (process: PollerProcess) => judge.befalls('pause', process),
      trace: (who: string, line: () => string) => this.trace(who, line),
    };
    const name = `${host.name}${++running.starts}`;
    const process = new PollerProcess(name, host, {
      scheduler,
      faults,
      mishaps,
      random,
      watcher,
      epoch: scenario.epoch,
    });
    running.process = process;
    running.stop = new AbortController();
    running.abort = new AbortController();
    this.trace(name, () => 'starts');
    const outside = {
      name,
      clock: process,
      log: this.logOf(process),
      transport: this.genesys.transportFor(process),
      state: this.tables.stateFor(process),
      table: this.tables.dedupFor(process),
      bus: this.bus.busFor(process),
    };
    const onPlan = () => {
      this.planned.set(process, this.trueTime);
      judge.beginsToRead(process);
    };
    const { derivations } = this;
    const worker = assemble(scenario, outside, this.options.sabotage, { derivations, onPlan });
    serve(worker, { stop: running.stop.signal, abort: running.abort.signal }).then(
      () => this.onExit(running, process),
      (error) => judge.breach('outlasts trouble', `${name} ends with ${String(error)}`),
    );
  }

  private stop(running: Running | undefined, patience: number): void {
    const process = running?.process;
    if (!process || running.stop.signal.aborted) return;
    const { scheduler, judge } = this;
    const { stop, abort } = running;
    scheduler.after(0, process, () => {
      this.trace(process.name, () => 'is told to stop');
      stop.abort(new Error('told to stop'));
    });
    scheduler.after(patience, process, () => {
      this.trace(process.name, () => 'is told to let go');
      judge.recordingDisturbed(process);
      abort.abort(new Error('told to let go'));
    });
  }

  private onExit(running: Running, process: PollerProcess): void {
    if (process.state === 'over') return;
    this.trace(process.name, () => 'has ended');
    process.exit();
    running.process = undefined;
    const { judge, scheduler, random } = this;
    const forgotten = judge.unrecorded(process);
    if (forgotten.length > 0)
      judge.breach('records all', `${process.name} ends and leaves unrecorded: ${forgotten.join(', ')}`);
    const keeps = this.settled && process.holds && this.tables.lease?.holder === process.name;
    if (keeps) judge.breach('gives back', `${process.name} has ended and keeps the lease`);
    scheduler.after(random.int(0, 10_000), undefined, () => this.start(running));
  }

  private onCrash(running: Running, process: PollerProcess): void {
    this.judge.befalls('crash', process);
    running.process = undefined;
    const { leaseDuration } = this.scenario;
    this.scheduler.after(this.random.next() * 1.5 * leaseDuration, undefined, () => this.start(running));
  }

  /** Everything has been delivered once a window that was read after the last trouble ends past all there is. */
  private onCheckpoint({ watermark }: Checkpoint, readSince = Number.NEGATIVE_INFINITY): void {
    if (this.settled || watermark < this.pastEverything || readSince < this.scenario.epoch + this.quietAt) return;
    this.settled = true;
    this.trace('--', () => 'all is delivered');
    for (const running of this.fleet) this.stop(running, PATIENCE);
  }

  private judgeTheEnd(): void {
    const { judge, tables } = this;
    const origin = tables.checkpoint?.origin ?? Number.POSITIVE_INFINITY;
    const lost = judge.undelivered(origin, Number.POSITIVE_INFINITY, this.trueTime);
    if (lost.length > 0) judge.breach('nothing lost', `never delivered: ${lost.join(', ')}`);
    judge.countUnserved(origin);
  }

  private setClock(host: number, error: number): void {
    const machine = this.fleet[host]?.host;
    if (!machine || machine.wallError === error) return;
    machine.wallError = error;
    this.trace(machine.name, () => `CLOCK is set ${Math.round(error)} ms wrong`);
  }

  /** What a poller left behind that died before the beginning. */
  private inherit(): void {
    const { epoch, leaseDuration, legacy } = this.scenario;
    this.tables.lease = { holder: 'Z1', version: 7, fence: 3, durationMs: leaseDuration, attempt: 0 };
    if (legacy !== 'checkpoint') return;
    this.tables.checkpoint = { watermark: epoch - 20_000, origin: epoch - 35_000, fence: 3, updatedAt: epoch - 20_000 };
  }

  private logOf(process: PollerProcess): Log {
    const line = (event: string, msg: string, fields: Readonly<Record<string, unknown>> = {}) => {
      if (fields.code === 'defect') this.judge.breach('no defect', `${process.name}: ${msg} ${String(fields.stack)}`);
      if (event === 'lease.acquired') process.holds = true;
      if (event === 'lease.lost') process.holds = false;
      this.trace(process.name, () => `  log ${event}: ${msg}`);
    };
    return { debug: line, info: line, warn: line, error: line };
  }

  private trace(who: string, line: () => string): void {
    this.options.trace?.(`${(this.scheduler.now / 1_000).toFixed(3).padStart(8)} ${who.padEnd(3)} ${line()}`);
  }
}

/** What the scenario has in store: each ambush catches the first process that makes such a call after its time. */
function ambushesOf(scenario: Scenario, scheduler: Scheduler): Mishaps {
  let waiting = [...scenario.ambushes];
  return {
    at(_process, port, moment) {
      const { now } = scheduler;
      if (waiting.length === 0 || now >= scenario.faults.until) return undefined;
      const caught = waiting.find(
        (ambush) => ambush.from <= now && ambush.moment === moment && (ambush.port === 'any' || ambush.port === port),
      );
      if (!caught) return undefined;
      waiting = waiting.filter((ambush) => ambush !== caught);
      return caught.mishap;
    },
  };
}
