import { awaitOwnership } from '../../src/app/ownership.ts';
import { serve } from '../../src/pipeline/worker.ts';
import type { CycleSignals } from '../../src/ports/stream.ts';
import type { Composition } from './compose.ts';
import type { Faults } from './faults.ts';
import type { Judge } from './judge.ts';
import { type Host, type Mishaps, PollerProcess } from './poller-process.ts';
import type { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import type { Scheduler } from './scheduler.ts';

export interface FleetOptions {
  readonly scenario: Scenario;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly mishaps: Mishaps;
  readonly random: Random;
  readonly judge: Judge;
  /** Composes the poller of a process. */
  readonly compositionOf: (process: PollerProcess) => Composition;
  /** Hears of each process that has ended in good order. */
  readonly onExit: (process: PollerProcess) => void;
  readonly trace: (who: string, line: () => string) => void;
}

/** A machine, and the process that runs on it. */
interface Machine {
  readonly host: Host;
  /** Whether the client of another organisation works here, under the same name of the poller. */
  readonly isStranger: boolean;
  process: PollerProcess | undefined;
  starts: number;
  stop: AbortController;
  abort: AbortController;
}

/** The host of another organisation's poller. */
export const STRANGER = 'X';
/** No host's clocks run faster or slower than this. */
const CLOCK_RATE = 0.01;

/** Pollers on their machines: started, stopped, crashed, and started again by what watches over them. */
export class Fleet {
  private readonly options: FleetOptions;
  private readonly machines: readonly Machine[];
  private dismissed = false;

  constructor(options: FleetOptions) {
    this.options = options;
    const { scenario, random } = options;
    const strangers = scenario.stranger ? 1 : 0;
    this.machines = Array.from({ length: scenario.pollers + strangers }, (_, index) => ({
      isStranger: index >= scenario.pollers,
      host: {
        name: index < scenario.pollers ? 'ABC'.charAt(index) : STRANGER,
        wallError: 0,
        rate: 1 + (random.next() * 2 - 1) * CLOCK_RATE,
      },
      process: undefined,
      starts: 0,
      stop: new AbortController(),
      abort: new AbortController(),
    }));
  }

  /** Whether no process is left after `dismiss`. */
  get isGone(): boolean {
    return this.dismissed && this.machines.every(({ process }) => !process);
  }

  /**
   * Starts one process on each machine, at about the same time, and arranges what the scenario has in store
   * for them.
   */
  begin(): void {
    const { scheduler, random, scenario } = this.options;
    for (const machine of this.machines) scheduler.after(random.int(0, 3_000), undefined, () => this.start(machine));
    for (const { at, host, error } of scenario.clockSteps) {
      scheduler.after(at, undefined, () => this.setClock(this.machines[host], error));
    }
    scheduler.after(scenario.faults.until, undefined, () => {
      for (const machine of this.machines) this.setClock(machine, 0);
    });
    for (const { at, host, grace } of scenario.restarts) {
      scheduler.after(at, undefined, () => this.stop(this.machines[host], grace));
    }
  }

  /** Tells all processes to stop, for good. */
  dismiss(): void {
    this.dismissed = true;
    for (const machine of this.machines) this.stop(machine, Number.POSITIVE_INFINITY);
  }

  /** Starts again what `dismiss` has ended. */
  recall(): void {
    this.dismissed = false;
    for (const machine of this.machines) this.start(machine);
  }

  private start(machine: Machine): void {
    if (this.dismissed || machine.process) return;
    const { scheduler, faults, mishaps, random, scenario, judge, trace } = this.options;
    const name = `${machine.host.name}${++machine.starts}`;
    const watcher = {
      crashed: (process: PollerProcess) => this.onCrash(machine, process),
      paused: (process: PollerProcess) => judge.befalls('pause', process),
      trace,
    };
    const { epoch } = scenario;
    const process = new PollerProcess(name, machine.host, { scheduler, faults, mishaps, random, watcher, epoch });
    machine.process = process;
    machine.stop = new AbortController();
    machine.abort = new AbortController();
    trace(name, () => 'starts');
    this.work(process, { stop: machine.stop.signal, abort: machine.abort.signal }).then(
      () => this.onExit(machine, process),
      (error) => {
        if (machine.isStranger && error.code === 'organisation.mismatch') this.onExit(machine, process);
        else judge.breach('outlasts trouble', `${name} ends with ${String(error)}`);
      },
    );
  }

  private async work(process: PollerProcess, signals: CycleSignals): Promise<void> {
    const { assertOwnership, worker } = this.options.compositionOf(process);
    const { clock, observer } = worker.cycle;
    await awaitOwnership({
      assertOwnership,
      streams: [worker.cycle.stream.name],
      clock,
      observer,
      signal: signals.stop,
      isReload: false,
    });
    if (!signals.stop.aborted) await serve(worker, signals);
  }

  /** `grace`: how long, in milliseconds, the process is given to finish what is in flight. */
  private stop(machine: Machine | undefined, grace: number): void {
    const process = machine?.process;
    if (!process || machine.stop.signal.aborted) return;
    const { scheduler, judge, trace } = this.options;
    const { stop, abort } = machine;
    scheduler.after(0, process, () => {
      trace(process.name, () => 'gets the signal to stop');
      stop.abort(new Error('stop'));
    });
    if (grace === Number.POSITIVE_INFINITY) return;
    scheduler.after(grace, process, () => {
      trace(process.name, () => 'gets the signal to abort');
      judge.recordingDisturbed(process);
      abort.abort(new Error('abort'));
    });
  }

  private onExit(machine: Machine, process: PollerProcess): void {
    if (process.state === 'over') return;
    const { judge, scheduler, random, trace, onExit } = this.options;
    trace(process.name, () => 'has ended');
    process.exit();
    machine.process = undefined;
    judge.ended(process);
    onExit(process);
    scheduler.after(random.int(0, 10_000), undefined, () => this.start(machine));
  }

  private onCrash(machine: Machine, process: PollerProcess): void {
    const { judge, scheduler, random, scenario } = this.options;
    judge.befalls('crash', process);
    machine.process = undefined;
    const { downtime, leaseDuration } = scenario;
    const share = random.next();
    const down = downtime ? downtime.least + share * (downtime.most - downtime.least) : share * 1.5 * leaseDuration;
    scheduler.after(down, undefined, () => this.start(machine));
  }

  private setClock(machine: Machine | undefined, error: number): void {
    if (!machine || machine.host.wallError === error) return;
    machine.host.wallError = error;
    this.options.trace(machine.host.name, () => `CLOCK is set ${Math.round(error)} ms wrong`);
  }
}
