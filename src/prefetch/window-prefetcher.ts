import type { Instant } from '../domain/instant.ts';
import { advanced, isSameWindow, type Plan, type Window } from '../domain/window.ts';
import { linkSignals } from '../lib/abort.ts';
import type { Counter, RequestContext } from '../ports/request-context.ts';
import type { Checkpoint } from '../ports/state-store.ts';
import type { Stream } from '../ports/stream.ts';

/** A window that is being fetched. */
interface Prefetched {
  readonly window: Window;
  readonly pages: AsyncIterable<readonly unknown[]>;
  /** Its requests are counted there from now on, those it has made included. */
  countIn(count: RequestContext['count']): void;
}

/**
 * Reads windows before their turn while a stream is behind, so that a slow source is kept busy while earlier
 * windows are delivered. Only reading is done ahead. Windows are delivered one after the other, and the
 * checkpoint moves in that order.
 *
 * A window is prefetched only if it ends where it will end whenever it is planned, at the full length. It is
 * read late enough, because its end has settled already, and its turn comes after everything before it is
 * delivered.
 */
export class WindowPrefetcher {
  private readonly stream: Stream;
  private readonly outer: AbortSignal;
  private ending = new AbortController();
  private linked: ReturnType<typeof linkSignals>;
  private prefetched: (Prefetched & { readonly plan: Plan })[] = [];

  /** `signal` ends all reading. */
  constructor(stream: Stream, signal: AbortSignal) {
    this.stream = stream;
    this.outer = signal;
    this.linked = linkSignals(signal, this.ending.signal);
  }

  /**
   * The pages of a window whose turn has come. If another window was expected, all prefetched windows are
   * dropped.
   */
  take(window: Window, count: RequestContext['count']): AsyncIterable<readonly unknown[]> {
    const next = this.prefetched.shift();
    const isExpected = next && isSameWindow(next.window, window);
    if (next && !isExpected) this.dropAll();
    const current = isExpected ? next : this.open(window);
    current.countIn(count);
    return current.pages;
  }

  /** Begins to read what comes after a window, as far ahead as the stream wants. */
  async prefetch(current: Plan, checkpoint: Checkpoint, now: Instant, context: RequestContext): Promise<void> {
    const { prefetchWindows = 0 } = this.stream;
    let last = this.prefetched.at(-1)?.plan ?? current;
    while (!current.caughtUp && this.prefetched.length < prefetchWindows) {
      const next = await this.stream.plan(advanced(checkpoint, last), now, context);
      if (!next || next.caughtUp) return;
      last = next;
      this.prefetched.push({ ...this.open(next.window), plan: next });
    }
  }

  /** Ends the reading of everything. */
  close(): void {
    this.prefetched = [];
    this.ending.abort(new Error('the stream is read no further'));
    this.linked.release();
  }

  private dropAll(): void {
    this.close();
    this.ending = new AbortController();
    this.linked = linkSignals(this.outer, this.ending.signal);
  }

  private open(window: Window): Prefetched {
    const early: Counter[] = [];
    let count: RequestContext['count'] = (what) => early.push(what);
    const pages = this.stream.read(window, { signal: this.linked.signal, count: (what) => count(what) });
    return {
      window,
      pages,
      countIn(counts) {
        count = counts;
        for (const what of early.splice(0)) counts(what);
      },
    };
  }
}
