import { linkSignals } from '../lib/signals.ts';

/** What a lane works with. */
export interface Merge<T> {
  /** Aborts when nobody wants the result any more, or another lane has failed; a lane then ends soon. */
  readonly signal: AbortSignal;
  /** Opens a lane beside those there are. */
  open(lane: () => Promise<void>): void;
  /** Hands an element on. `done` is called when its consumer has come back for the next, or nobody will. */
  emit(element: T, done: () => void): void;
}

/**
 * What lanes that work side by side hand on, in the order in which it comes. They begin at once, not only when somebody reads: whoever
 * calls this reads it to its end, stops reading early, or aborts the signal.
 *
 * Rejects with what the first lane failed with, after everything that was handed on before; with the signal's reason as
 * soon as that aborts. When the iteration is over, for whatever reason, no lane runs any more.
 */
export function merge<T>(signal: AbortSignal, begin: (merge: Merge<T>) => void): AsyncIterable<T> {
  const merged = new MergedPages<T>(signal);
  begin(merged);
  return merged;
}

class MergedPages<T> implements Merge<T>, AsyncIterable<T> {
  readonly signal: AbortSignal;
  private readonly outer: AbortSignal;
  private readonly ending = new AbortController();
  private readonly release: () => void;
  private waiting: { readonly element: T; readonly done: () => void }[] = [];
  private readonly running = new Set<Promise<void>>();
  private failure: { readonly reason: unknown } | undefined;
  private wake: () => void = () => undefined;

  constructor(outer: AbortSignal) {
    this.outer = outer;
    const linked = linkSignals(outer, this.ending.signal);
    this.signal = linked.signal;
    outer.addEventListener('abort', this.drop, { once: true });
    this.release = () => {
      outer.removeEventListener('abort', this.drop);
      linked.release();
    };
  }

  open(lane: () => Promise<void>): void {
    const run = lane()
      .catch((reason: unknown) => {
        this.failure ??= { reason };
        this.ending.abort(reason);
      })
      .finally(() => {
        this.running.delete(run);
        this.wake();
      });
    this.running.add(run);
  }

  emit(element: T, done: () => void): void {
    // A lane may be about to hand on when the abort comes, and nobody may ever read.
    if (this.outer.aborted) done();
    else this.waiting.push({ element, done });
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    try {
      for (;;) {
        this.outer.throwIfAborted();
        const next = this.waiting.shift();
        if (next) {
          try {
            yield next.element;
          } finally {
            next.done();
          }
        } else if (this.failure) throw this.failure.reason;
        else if (this.running.size === 0) return;
        else await this.change();
      }
    } finally {
      this.ending.abort(new Error('nobody reads on'));
      await Promise.all(this.running);
      this.drop();
      this.release();
    }
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private readonly drop = (): void => {
    for (const { done } of this.waiting.splice(0)) done();
    this.wake();
  };
}
