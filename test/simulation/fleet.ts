import { claimPatiently } from '../../src/app/claim.ts';
import type { CycleSignals } from '../../src/pipeline/stream.ts';
import { serve } from '../../src/pipeline/worker.ts';
import type { Assembly } from './assemble.ts';
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
  /** Puts the poller of a process together. */
  readonly assemblyOf: (process: PollerProcess) => Assembly;
  /** Told of each process that has ended in good order. */
  readonly onExit: (process: PollerProcess) => void;
  readonly trace: (who: string, line: () => string) => void;
}

/** A machine, and the process that runs on it. */
interface Post {
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

/** Pollers on their machines: started, stopped, crashed, and started again by whatever watches over them. */
export class Fleet {
  private readonly options: FleetOptions;
  private readonly posts: readonly Post[];
  private dismissed = false;

  constructor(options: FleetOptions) {
    this.options = options;
    const { scenario, random } = options;
    const strangers = scenario.stranger ? 1 : 0;
    this.posts = Array.from({ length: scenario.pollers + strangers }, (_, index) => ({
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
    return this.dismissed && this.posts.every(({ process }) => !process);
  }

  /** Starts one process on each machine, at about the same time, and arranges what the scenario has in store for them. */
  begin(): void {
    const { scheduler, random, scenario } = this.options;
    for (const post of this.posts) scheduler.after(random.int(0, 3_000), undefined, () => this.start(post));
    for (const { at, host, error } of scenario.clockSteps) {
      scheduler.after(at, undefined, () => this.setClock(this.posts[host], error));
    }
    scheduler.after(scenario.faults.until, undefined, () => {
      for (const post of this.posts) this.setClock(post, 0);
    });
    for (const { at, host, retryPolicy } of scenario.restarts) {
      scheduler.after(at, undefined, () => this.stop(this.posts[host], retryPolicy));
    }
  }

  /** Tells all processes to stop, for good. */
  dismiss(): void {
    this.dismissed = true;
    for (const post of this.posts) this.stop(post, Number.POSITIVE_INFINITY);
  }

  /** Starts again what `dismiss` has ended. */
  recall(): void {
    this.dismissed = false;
    for (const post of this.posts) this.start(post);
  }

  private start(post: Post): void {
    if (this.dismissed || post.process) return;
    const { scheduler, faults, mishaps, random, scenario, judge, trace } = this.options;
    const name = `${post.host.name}${++post.starts}`;
    const watcher = {
      crashed: (process: PollerProcess) => this.onCrash(post, process),
      paused: (process: PollerProcess) => judge.befalls('pause', process),
      trace,
    };
    const { epoch } = scenario;
    const process = new PollerProcess(name, post.host, { scheduler, faults, mishaps, random, watcher, epoch });
    post.process = process;
    post.stop = new AbortController();
    post.abort = new AbortController();
    trace(name, () => 'starts');
    this.work(process, { stop: post.stop.signal, abort: post.abort.signal }).then(
      () => this.onExit(post, process),
      (error) => {
        if (post.isStranger && error.code === 'organisation.mismatch') this.onExit(post, process);
        else judge.breach('outlasts trouble', `${name} ends with ${String(error)}`);
      },
    );
  }

  private async work(process: PollerProcess, signals: CycleSignals): Promise<void> {
    const { claim, worker } = this.options.assemblyOf(process);
    const { clock, observer } = worker.cycle;
    await claimPatiently({ claim, streams: [worker.cycle.stream.name], clock, observer, signal: signals.stop });
    if (!signals.stop.aborted) await serve(worker, signals);
  }

  /** `patience`: how long, in milliseconds, the process is given to finish what is in flight. */
  private stop(post: Post | undefined, retryPolicy: number): void {
    const process = post?.process;
    if (!process || post.stop.signal.aborted) return;
    const { scheduler, judge, trace } = this.options;
    const { stop, abort } = post;
    scheduler.after(0, process, () => {
      trace(process.name, () => 'is told to stop');
      stop.abort(new Error('told to stop'));
    });
    if (retryPolicy === Number.POSITIVE_INFINITY) return;
    scheduler.after(retryPolicy, process, () => {
      trace(process.name, () => 'is told to let go');
      judge.recordingDisturbed(process);
      abort.abort(new Error('told to let go'));
    });
  }

  private onExit(post: Post, process: PollerProcess): void {
    if (process.state === 'over') return;
    const { judge, scheduler, random, trace, onExit } = this.options;
    trace(process.name, () => 'has ended');
    process.exit();
    post.process = undefined;
    judge.ended(process);
    onExit(process);
    scheduler.after(random.int(0, 10_000), undefined, () => this.start(post));
  }

  private onCrash(post: Post, process: PollerProcess): void {
    const { judge, scheduler, random, scenario } = this.options;
    judge.befalls('crash', process);
    post.process = undefined;
    const { downtime, leaseDuration } = scenario;
    const share = random.next();
    const down = downtime ? downtime.least + share * (downtime.most - downtime.least) : share * 1.5 * leaseDuration;
    scheduler.after(down, undefined, () => this.start(post));
  }

  private setClock(post: Post | undefined, error: number): void {
    if (!post || post.host.wallError === error) return;
    post.host.wallError = error;
    this.options.trace(post.host.name, () => `CLOCK is set ${Math.round(error)} ms wrong`);
  }
}
