import type { Clock } from '../../src/ports/clock.ts';

/**
 * A clock that a test turns. Sleepers wake in the order of their times as `advance` passes them; with
 * `autoAdvance` a sleep turns the clock itself and returns at once, so that code which only waits runs
 * through without real time passing.
 */
export class ManualClock implements Clock {
  /** Every sleep asked for, in order, milliseconds. */
  readonly slept: number[] = [];
  /** What `random()` answers. */
  chance = 0.5;
  private wall: number;
  private elapsed = 0;
  private sleepers: { at: number; wake: () => void }[] = [];
  private readonly auto: boolean;

  constructor(start: number | string = '2026-11-20T10:00:00.000Z', options: { autoAdvance?: boolean } = {}) {
    this.wall = typeof start === 'number' ? start : Date.parse(start);
    this.auto = options.autoAdvance ?? true;
  }

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return this.elapsed;
  }

  random(): number {
    return this.chance;
  }

  /** Sets the wall clock without time passing, as NTP or an operator does. */
  step(ms: number): void {
    this.wall += ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    if (this.auto) {
      this.wall += ms;
      this.elapsed += ms;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper = { at: this.elapsed + ms, wake };
      this.sleepers.push(sleeper);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /**
   * Time passes while no code runs, as for a stopped process: sleepers that should have woken meanwhile have
   * not woken yet.
   */
  pause(ms: number): void {
    this.wall += ms;
    this.elapsed += ms;
  }

  /** Lets time pass and wakes the sleepers whose time has come. */
  async advance(ms: number): Promise<void> {
    const until = this.elapsed + ms;
    for (;;) {
      // Code between two sleeps needs a few turns of the event loop to reach the next one.
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.sleepers.filter((sleeper) => sleeper.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.sleepers = this.sleepers.filter((sleeper) => sleeper !== next);
      this.pause(Math.max(0, next.at - this.elapsed));
      next.wake();
    }
    this.pause(Math.max(0, until - this.elapsed));
    await new Promise((resolve) => setImmediate(resolve));
  }
}
