import type { Clock } from '../../src/ports/clock.ts';
import { Scheduler } from '../../test/simulation/scheduler.ts';

/** Time that passes only when everybody waits: whatever the machine does meanwhile costs none of it. */
export class VirtualClock implements Clock {
  private readonly scheduler = new Scheduler();
  private readonly epoch: number;

  /** `epoch`: the wall clock's time at the beginning. */
  constructor(epoch: number) {
    this.epoch = epoch;
  }

  now(): number {
    return this.epoch + Math.floor(this.scheduler.now);
  }

  monotonic(): number {
    return this.scheduler.now;
  }

  random(): number {
    return 0.5;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.scheduler.after(ms, undefined, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
    });
  }

  /** Lets time pass until the work is done. */
  async during<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const settle = () => {
      isOver = true;
    };
    work.then(settle, settle);
    await this.scheduler.run(() => isOver);
    return work;
  }
}
