import { Failure } from '../domain/failure.ts';
import type { Clock } from '../ports/clock.ts';

/** The right of this process to publish the events of a stream, for as long as its lease is renewed. */
export class HeldLease {
  readonly fence: number;
  private readonly clock: Clock;
  private readonly stream: string;
  private readonly parent: HeldLease | undefined;
  private readonly ending = new AbortController();
  private until: number;
  private givenUp = false;

  /**
   * `until` is monotonic. `under` is the held lease of another stream without which this one gives no right
   * to publish.
   */
  constructor(options: {
    readonly stream: string;
    readonly fence: number;
    readonly until: number;
    readonly clock: Clock;
    readonly parent?: HeldLease | undefined;
  }) {
    this.stream = options.stream;
    this.fence = options.fence;
    this.until = options.until;
    this.clock = options.clock;
    this.parent = options.parent;
  }

  /** Aborts, with a Failure as its reason, when the right to publish ends before the lease is released. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /** The signals that end the right to publish: its own, and those of the held leases it depends on. */
  get lossSignals(): readonly AbortSignal[] {
    return [this.signal, ...(this.parent?.lossSignals ?? [])];
  }

  /** Whether this process ended its right to publish by itself, while it still held the lease. */
  get isGivenUp(): boolean {
    return this.givenUp;
  }

  /** How long it still lasts unless the lease is renewed, milliseconds. */
  get remaining(): number {
    return this.until - this.clock.monotonic();
  }

  /**
   * Throws unless this process certainly is the only one that may publish. Asked before every call to the
   * bus: a process that was paused finds out here, before any timer of its own has had a chance to run.
   */
  readonly assertMayPublish = (): void => {
    this.parent?.assertMayPublish();
    if (this.remaining <= 0) this.end('it could not be renewed in time');
    this.signal.throwIfAborted();
  };

  extend(until: number): void {
    this.until = until;
  }

  /**
   * Ends the right to publish for ever while the lease is still held: work in flight is cancelled, and then
   * the lease is released.
   */
  giveUp(why: string): void {
    if (this.signal.aborted) return;
    this.givenUp = true;
    this.ending.abort(
      new Failure({
        code: 'lease.released',
        what: `This poller releases the lease of the stream ${this.stream}`,
        why,
        remedy:
          'Another poller may take over from the checkpoint; this one acquires the lease again once a trial read has succeeded',
      }),
    );
  }

  end(why: string): void {
    if (this.signal.aborted) return;
    this.ending.abort(
      new Failure({
        code: 'lease.lost',
        what: `This poller no longer holds the lease of the stream ${this.stream}`,
        why,
        remedy: 'It has stopped publishing and stands by; the new holder of the lease goes on from the checkpoint',
      }),
    );
  }
}
