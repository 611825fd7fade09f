import type { Clock } from '../../src/ports/clock.ts';
import type { Faults, Port, RequestOutcome } from './faults.ts';
import type { Random } from './random.ts';
import type { Event, Owner, Scheduler } from './scheduler.ts';

/** What may befall a process at the boundary of a call. */
export type Mishap = { readonly kind: 'crash' } | { readonly kind: 'pause'; readonly ms: number };

/** Decides what befalls a process: asked as it makes a call, and as the call takes effect. */
export interface Mishaps {
  at(process: PollerProcess, port: Port, phase: 'before' | 'after'): Mishap | undefined;
}

/** A machine: its clocks survive the processes on it. */
export interface Host {
  readonly name: string;
  /** How far its wall clock is off, milliseconds. */
  wallError: number;
  /** How much faster than true time its clocks run: 1.01 is one per cent. */
  readonly rate: number;
}

/** One call of a process to the outside. */
export interface Exchange<T> {
  readonly port: Port;
  readonly outcome: RequestOutcome;
  /** What is asked, for the trace. */
  readonly asks: () => string;
  /** What is answered, for the trace. */
  readonly tells: (value: T) => string;
  /** Takes effect where the request arrives, and gives or throws the answer. */
  readonly effect: () => T;
  /** What the adapter rejects with when it hears no answer. */
  readonly unanswered: () => Error;
  /**
   * Called once when it has become certain that the process never hears the answer, other than by its death.
   */
  readonly onUnanswered?: () => void;
}

/** What the simulation wants to know of a process. */
export interface ProcessWatcher {
  crashed(process: PollerProcess): void;
  paused(process: PollerProcess): void;
  trace(who: string, line: () => string): void;
}

/** A call or a sleep that the process waits for. */
interface Waiting {
  readonly signal: AbortSignal | undefined;
  readonly abort: (reason: unknown) => void;
  isOver: boolean;
}

export interface Surroundings {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly mishaps: Mishaps;
  readonly random: Random;
  readonly watcher: ProcessWatcher;
  /** The wall clock's time at the simulation's beginning, epoch milliseconds. */
  readonly epoch: number;
}

/**
 * A process of the poller, as far as the outside goes: its clock, its calls, its death.
 *
 * A crash at every call is a crash at every `await`: all that the code under test awaits is a call, a sleep,
 * or a promise that settles, without anything outside changing, as soon as one of these has. So whichever of
 * the awaits between two calls a process dies at, the outside sees the same: the first call has taken effect,
 * or not, and the second is never made. Two points of each call distinguish all cases: `before` (never sent)
 * and `after` (it has taken effect, and its answer is never heard); dying after the answer is dying `before`
 * the next call.
 */
export class PollerProcess implements Clock, Owner {
  readonly name: string;
  readonly host: Host;
  state: 'running' | 'paused' | 'over' = 'running';
  /** The fence under which it works at each stream, if it has ever had one. */
  readonly fences = new Map<string, number>();
  /** The streams whose lease it believes to hold. */
  readonly holds = new Set<string>();
  private readonly around: Surroundings;
  private readonly bootedAt: number;
  private waiting: Waiting[] = [];
  private onTheWire: { lost: boolean; arrived: boolean }[] = [];
  private held: Event[] = [];

  constructor(name: string, host: Host, around: Surroundings) {
    this.name = name;
    this.host = host;
    this.around = around;
    this.bootedAt = around.scheduler.now - around.random.int(0, 1_000_000);
  }

  now(): number {
    return Math.floor(this.around.epoch + this.around.scheduler.now + this.host.wallError);
  }

  monotonic(): number {
    return (this.around.scheduler.now - this.bootedAt) * this.host.rate;
  }

  random(): number {
    return this.around.random.next();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.state !== 'over') this.meets('sleep', 'before');
    if (this.state === 'over') return never();
    return new Promise((resolve, reject) => {
      const waiting = this.wait(signal, reject);
      // Timers are never early, and a little late.
      const late = 0.1 + this.around.random.next() * 2;
      this.around.scheduler.after(ms / this.host.rate + late, this, () => {
        if (waiting.isOver) return;
        waiting.isOver = true;
        resolve();
      });
    });
  }

  exchange<T>(
    { port, outcome, asks, tells, effect, unanswered, onUnanswered }: Exchange<T>,
    signal: AbortSignal,
  ): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const pause = this.state === 'over' ? undefined : this.meets(port, 'before');
    // The code of a dead process may still run up to its next await; it has no effect.
    if (this.state === 'over') return never();
    const stall = pause && this.around.random.chance(0.5) ? pause : 0;
    const { scheduler, watcher } = this.around;

    return new Promise((resolve, reject) => {
      let answer: { readonly value: T } | { readonly error: unknown } | undefined;
      const wire = { lost: false, arrived: false };
      const arrive = () => {
        if (wire.lost) return;
        wire.arrived = true;
        try {
          answer = { value: effect() };
        } catch (error) {
          answer = { error };
        }
        watcher.trace(
          this.name,
          () => `${asks()} → ${answer && 'value' in answer ? tells(answer.value) : String(answer?.error)}`,
        );
        if (this.state !== 'over') this.meets(port, 'after');
      };
      const waiting = this.wait(signal, (reason) => {
        onUnanswered?.();
        reject(reason);
      });
      if (this.onTheWire.length > 16) this.onTheWire = this.onTheWire.filter((one) => !one.arrived);
      this.onTheWire.push(wire);
      if (outcome.arrives === undefined) watcher.trace(this.name, () => `${asks()} → never arrives`);
      else scheduler.after(stall + outcome.arrives, undefined, arrive);
      if (outcome.again !== undefined) scheduler.after(stall + outcome.again, undefined, arrive);
      scheduler.after(outcome.ends, this, () => {
        if (waiting.isOver) return;
        waiting.isOver = true;
        if (outcome.answered && answer) {
          if ('value' in answer) resolve(answer.value);
          else reject(answer.error);
          return;
        }
        watcher.trace(this.name, () => `${port} gets no answer`);
        onUnanswered?.();
        reject(unanswered());
      });
    });
  }

  admits(event: Event): boolean {
    if (this.state === 'paused') this.held.push(event);
    return this.state === 'running';
  }

  /** Lets calls end whose signal has aborted meanwhile. */
  afterwards(): boolean {
    let ended = false;
    for (const waiting of this.waiting) {
      if (waiting.isOver || !waiting.signal?.aborted) continue;
      waiting.isOver = true;
      waiting.abort(waiting.signal.reason);
      ended = true;
    }
    if (this.waiting.length > 8) this.waiting = this.waiting.filter((waiting) => !waiting.isOver);
    return ended;
  }

  /** Dies: hears nothing and says nothing any more. What it had on the wire arrives, or does not. */
  crash(): void {
    this.state = 'over';
    for (const wire of this.onTheWire) wire.lost = !wire.arrived && !this.around.faults.survives();
    this.around.watcher.crashed(this);
  }

  /** Ends in good order; nothing is left to hear. */
  exit(): void {
    this.state = 'over';
  }

  /** Stops dead, as by SIGSTOP, while time goes on; then everything that was meant for it comes at once. */
  pause(ms: number): void {
    const { scheduler, watcher, random } = this.around;
    this.state = 'paused';
    watcher.paused(this);
    scheduler.after(ms, undefined, () => {
      if (this.state !== 'paused') return;
      this.state = 'running';
      watcher.trace(this.name, () => `goes on after ${Math.round(ms)} ms, ${this.held.length} events late`);
      const held = this.held.splice(0);
      // Timers and answers come in whatever order the event loop finds them.
      while (held.length > 0) {
        const [event] = held.splice(random.chance(0.7) ? 0 : random.int(0, held.length - 1), 1);
        if (event) scheduler.at(scheduler.now, event);
      }
    });
  }

  /** Lets befall this process what is due; resolves to how long it pauses, if it does. */
  private meets(port: Port, phase: 'before' | 'after'): number | undefined {
    const mishap = this.around.mishaps.at(this, port, phase);
    if (!mishap) return undefined;
    this.around.watcher.trace(this.name, () =>
      mishap.kind === 'crash' ? `CRASH ${phase} ${port}` : `PAUSE of ${Math.round(mishap.ms)} ms ${phase} ${port}`,
    );
    if (mishap.kind === 'crash') this.crash();
    else this.pause(mishap.ms);
    return mishap.kind === 'pause' ? mishap.ms : undefined;
  }

  private wait(signal: AbortSignal | undefined, abort: (reason: unknown) => void): Waiting {
    const waiting = { signal, abort, isOver: false };
    this.waiting.push(waiting);
    return waiting;
  }
}

/** What a dead process waits for. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}
