import type { Instant } from '../domain/instant.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { HttpAnswer, Transport } from './transport.ts';

/** Answers whose Date counts: enough to narrow the second it is given in, few enough to forget a host whose clock is off. */
const SAMPLES = 32;
/** Milliseconds by which this host's clock may run ahead before the operator is told. */
const TOLERABLE = 10_000;

/**
 * What time it is at Genesys, told by the `Date` of its answers.
 *
 * Windows end a little before now. On a host whose clock runs ahead, "now" has not happened yet: the window would be
 * read too early, the checkpoint would move past it, and what happens in it would never be read. So now is the earlier
 * of two: this host's clock, and Genesys's own.
 */
export class SourceTime {
  private readonly clock: Clock;
  private readonly log: Log;
  /** Genesys's wall clock less our monotonic one, at least: `Date` is cut to the second, and answers take time. */
  private readonly offsets: number[] = [];
  private told = false;

  constructor(clock: Clock, log: Log) {
    this.clock = clock;
    this.log = log;
  }

  /** The transport, with an eye on its answers. */
  watching(transport: Transport): Transport {
    return {
      send: async (request, signal) => {
        const answer = await transport.send(request, signal);
        this.observe(answer);
        return answer;
      },
    };
  }

  /** Never later than either clock, as far as Genesys's is known. */
  now(): Instant {
    const here = this.clock.now();
    if (this.offsets.length === 0) return here;
    const there = Math.floor(Math.max(...this.offsets) + this.clock.monotonic());
    this.tell(here - there);
    return Math.min(here, there);
  }

  private observe({ headers }: HttpAnswer): void {
    const date = Date.parse(headers.date ?? '');
    if (Number.isNaN(date)) return;
    this.offsets.push(date - this.clock.monotonic());
    if (this.offsets.length > SAMPLES) this.offsets.shift();
  }

  private tell(ahead: number): void {
    if (this.told || ahead < TOLERABLE) return;
    this.told = true;
    const seconds = Math.round(ahead / 1000);
    this.log.warn(
      'clock.ahead',
      `This host's clock is ${seconds} s ahead of Genesys's. Windows end by Genesys's time; set the clock (NTP)`,
      { aheadSeconds: seconds },
    );
  }
}
