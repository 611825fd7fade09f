import type { Clock } from '../ports/clock.ts';
import type { RequestContext } from '../ports/request-context.ts';

const MINUTE = 60_000;

/**
 * Slows reading down to so many requests a minute. It is a bucket that holds what a minute allows, at least
 * one request. A page may need several requests, so the bucket may be overdrawn, and the next page waits
 * until it is filled up to nothing again. All that is read at this pace shares one bucket.
 */
export class TokenBucket {
  private readonly perMinute: number;
  private readonly clock: Clock;
  private tokens: number;
  /** When the bucket was last filled, by the monotonic clock. */
  private filledAt: number;

  constructor(perMinute: number, clock: Clock) {
    this.perMinute = perMinute;
    this.clock = clock;
    this.tokens = Math.max(1, perMinute);
    this.filledAt = clock.monotonic();
  }

  /** The pages that `read` yields under a context which counts its requests. */
  async *paced<T>(
    read: (context: RequestContext) => AsyncIterable<T>,
    { signal, count }: RequestContext,
  ): AsyncGenerator<T, void, void> {
    const counted: RequestContext = {
      signal,
      count: (what) => {
        if (what === 'genesysRequests') this.tokens--;
        count(what);
      },
    };
    await this.wait(signal);
    for await (const page of read(counted)) {
      yield page;
      await this.wait(signal);
    }
  }

  private async wait(signal: AbortSignal): Promise<void> {
    const now = this.clock.monotonic();
    const filled = this.tokens + ((now - this.filledAt) * this.perMinute) / MINUTE;
    this.tokens = Math.min(filled, Math.max(1, this.perMinute));
    this.filledAt = now;
    if (this.tokens < 0) await this.clock.sleep(Math.ceil((-this.tokens * MINUTE) / this.perMinute), signal);
  }
}
