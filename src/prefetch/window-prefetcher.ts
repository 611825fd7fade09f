import type { Instant } from '../domain/instant.ts';
import type { Plan, Window } from '../domain/window.ts';
import { linkSignals } from '../lib/signals.ts';
import type { Stream } from '../pipeline/stream.ts';
import type { RequestContext, Traffic } from '../ports/request-context.ts';
import type { Checkpoint } from '../ports/state-store.ts';

/** A window that is being read. */
interface Reading {
  readonly window: Window;
  readonly pages: AsyncIterable<readonly unknown[]>;
  /** From now on its requests are counted there, and so are those it has made. */
  countIn(count: RequestContext['count']): void;
}

/**
 * Reads windows before their turn while a stream is behind, so that a slow source is kept busy while earlier windows are
 * brought home. Only reading is done ahead: windows are brought home one after the other, and so the checkpoint moves.
 *
 * A window that is read ahead is one that ends where it will end whenever it is planned, at the full length: it is read
 * late enough, since that end has settled already, and its turn comes after everything before it is done.
 */
export class WindowPrefetcher {
  private readonly stream: Stream;
  private readonly outer: AbortSignal;
  private ending = new AbortController();
  private linked: ReturnType<typeof linkSignals>;
  private begun: Reading[] = [];

  /** `signal` ends all reading. */
  constructor(stream: Stream, signal: AbortSignal) {
    this.stream = stream;
    this.outer = signal;
    this.linked = linkSignals(signal, this.ending.signal);
  }

  /** The pages of a window whose turn has come. Whatever else was begun, and is not next any more, is let go. */
  take(window: Window, count: RequestContext['count']): AsyncIterable<readonly unknown[]> {
    const next = this.begun.shift();
    const isExpected = next && isSame(next.window, window);
    if (next && !isExpected) this.dropAll();
    const reading = isExpected ? next : this.open(window);
    reading.countIn(count);
    return reading.pages;
  }

  /** Begins to read what comes after a window, as far ahead as the stream wants. */
  async extend(
    { window, caughtUp }: Plan,
    checkpoint: Checkpoint,
    now: Instant,
    context: RequestContext,
  ): Promise<void> {
    const { prefetchWindows = 0 } = this.stream;
    let last = this.begun.at(-1)?.window ?? window;
    while (!caughtUp && this.begun.length < prefetchWindows) {
      const next = await this.stream.plan({ ...checkpoint, watermark: last.end }, now, context);
      if (!next || next.caughtUp) return;
      last = next.window;
      this.begun.push(this.open(last));
    }
  }

  /** Ends the reading of everything. */
  close(): void {
    this.begun = [];
    this.ending.abort(new Error('nobody reads on'));
    this.linked.release();
  }

  private dropAll(): void {
    this.close();
    this.ending = new AbortController();
    this.linked = linkSignals(this.outer, this.ending.signal);
  }

  private open(window: Window): Reading {
    const early: Traffic[] = [];
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

function isSame(a: Window, b: Window): boolean {
  return a.start === b.start && a.end === b.end;
}
