import { abortable } from './abort.ts';

/**
 * The waiters of a semaphore, in the order in which they came. What they wait for is the semaphore's to say.
 */
export class WaitQueue<Waiter extends object> {
  private readonly admissions = new Map<Waiter, () => void>();

  /**
   * Resolves once the waiter is admitted. Rejects with the signal's reason; where the admission and the abort
   * come at the same moment, `release` is called first.
   */
  async wait(waiter: Waiter, signal: AbortSignal, release: () => void): Promise<void> {
    let isAdmitted = false;
    const admitted = new Promise<void>((resolve) => {
      this.admissions.set(waiter, () => {
        isAdmitted = true;
        resolve();
      });
    });
    try {
      await abortable(admitted, signal);
    } catch (reason) {
      this.admissions.delete(waiter);
      if (isAdmitted) release();
      throw reason;
    }
  }

  /**
   * The waiter of the lowest rank, of several the one that has waited longest; undefined if there is none.
   */
  first(rankOf: (waiter: Waiter) => number): Waiter | undefined {
    let first: Waiter | undefined;
    for (const waiter of this.admissions.keys()) {
      if (first === undefined || rankOf(waiter) < rankOf(first)) first = waiter;
    }
    return first;
  }

  /** Ends the waiting of one that is in the line. */
  admit(waiter: Waiter): void {
    const resolve = this.admissions.get(waiter);
    this.admissions.delete(waiter);
    resolve?.();
  }
}
