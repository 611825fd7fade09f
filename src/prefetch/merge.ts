import { linkSignals } from '../lib/abort.ts';

/** What the sources of a merge work with. */
export interface Merge<T> {
  /** Aborts when the consumer has left, or another source has failed. A source then ends soon. */
  readonly signal: AbortSignal;
  /** Adds a source, which begins at once. */
  add(source: () => Promise<void>): void;
  /** Emits an element. `done` is called when the consumer has come back for the next one, or has left. */
  emit(element: T, done: () => void): void;
}

/**
 * Merges what several sources emit, in the order in which it comes. Sources begin at once and not only when
 * the iteration does, so the caller reads to the end, stops early, or aborts the signal.
 *
 * Rejects with the failure of the first source that failed, after everything that was emitted before. Rejects
 * with the signal's reason as soon as that aborts. When the iteration is over, no source runs any more.
 */
export function merge<T>(signal: AbortSignal, begin: (merge: Merge<T>) => void): AsyncIterable<T> {
  const merged = new Merged<T>(signal);
  begin(merged);
  return merged;
}

class Merged<T> implements Merge<T>, AsyncIterable<T> {
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

  add(source: () => Promise<void>): void {
    const run = source()
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
    // A source may emit at the very moment of the abort, after which the consumer never reads.
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
      this.ending.abort(new Error('the consumer has left'));
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
