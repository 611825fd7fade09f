import { formatInstant, type Instant } from '../domain/instant.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { TrustedTime } from '../ports/trusted-time.ts';
import type { HttpAnswer, Transport } from './transport.ts';

/**
 * Answers whose Date counts: enough to narrow the second it is given in, few enough to forget a host whose
 * clock is off.
 */
const SAMPLES = 32;
/** A smaller difference between the clocks is not logged, milliseconds. */
const MAX_SKEW_MS = 10_000;
/** A logged difference is logged again once it has grown or shrunk by this factor. */
const NOTABLE_FACTOR = 2;
/** `Date` is cut to the second, milliseconds. */
const SECOND = 1_000;
/** While the clocks differ, Genesys's is asked for again after this long without an answer, milliseconds. */
const LISTEN_EVERY = 60_000;

/** What one answer shows: Genesys's wall clock minus our monotonic clock is between these two. */
interface Sample {
  readonly least: number;
  readonly most: number;
}

/**
 * The trusted time of a process: this host's clock, and Genesys's as the `Date` of its answers tells it.
 *
 * Between answers Genesys's time advances by the monotonic clock, whatever happens to the wall clock. The
 * poller cannot know which of two differing clocks is wrong: a host may be set wrong, and a gateway may
 * answer with its own time. So the difference is logged with its size, and the poller goes by the earlier
 * clock.
 */
export class ServerClock implements TrustedTime {
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly samples: Sample[] = [];
  private answeredAt = Number.NEGATIVE_INFINITY;
  /** The difference as it was last logged, milliseconds; 0 while the clocks agree. */
  private logged = 0;

  constructor(clock: Clock, log: Log) {
    this.clock = clock;
    this.log = log;
  }

  /** The transport. The Date of each answer is noted. */
  watching(transport: Transport): Transport {
    return {
      send: async (request, signal, onAnswer) => {
        const sentAt = this.clock.monotonic();
        const answer = await transport.send(request, signal, onAnswer);
        this.observe(answer, sentAt);
        return answer;
      },
    };
  }

  now(): Instant {
    const here = this.clock.now();
    const there = this.there();
    if (!there) return here;
    this.logSkew(this.ahead, here, there.least);
    return Math.min(here, there.least);
  }

  latest(): Instant {
    return Math.max(this.clock.now(), this.there()?.most ?? Number.NEGATIVE_INFINITY);
  }

  /**
   * By how much this host's clock is ahead of Genesys's at least, milliseconds; negative: behind; 0 while
   * they may agree.
   */
  get ahead(): number {
    const there = this.there();
    if (!there) return 0;
    const here = this.clock.now();
    if (here > there.most) return here - there.most;
    return Math.min(0, here - there.least);
  }

  /**
   * Whether the clocks differ and Genesys has not answered for a while. An idle poller would never learn that
   * they agree again.
   */
  get wantsAnswer(): boolean {
    return Math.abs(this.ahead) >= MAX_SKEW_MS && this.clock.monotonic() - this.answeredAt >= LISTEN_EVERY;
  }

  /** Genesys's time. The answer that came fastest after its Date narrows it best. */
  private there(): Sample | undefined {
    const [first, ...others] = this.samples;
    if (!first) return undefined;
    const best = others.reduce((one, other) => (other.least > one.least ? other : one), first);
    const since = this.clock.monotonic();
    return { least: Math.floor(best.least + since), most: Math.ceil(best.most + since) };
  }

  private observe({ headers }: HttpAnswer, sentAt: number): void {
    const date = Date.parse(headers.date ?? '');
    if (Number.isNaN(date)) return;
    this.answeredAt = this.clock.monotonic();
    this.samples.push({ least: date - this.answeredAt, most: date + SECOND - sentAt });
    if (this.samples.length > SAMPLES) this.samples.shift();
  }

  private logSkew(ahead: number, here: Instant, there: Instant): void {
    const size = Math.abs(ahead);
    if (size < MAX_SKEW_MS) {
      if (this.logged !== 0)
        this.log.info('clock.skewed', "This host's clock and Genesys's agree again", skewFields(0));
      this.logged = 0;
      return;
    }
    const before = Math.abs(this.logged);
    const isLogged =
      Math.sign(ahead) === Math.sign(this.logged) && size < before * NOTABLE_FACTOR && size > before / NOTABLE_FACTOR;
    if (isLogged) return;
    this.logged = ahead;
    this.log.warn(
      'clock.skewed',
      `The clocks of this host and of Genesys differ by ${Math.round(size / 1000)} s: here it is ${formatInstant(here)}, there ${formatInstant(there)}. Windows, ages and lag go by the earlier one. Compare both with a third: set this host's clock (NTP), or see what answers in Genesys's place`,
      skewFields(ahead),
    );
  }
}

function skewFields(ahead: number): { readonly aheadSeconds: number } {
  return { aheadSeconds: Math.round(ahead / 1000) };
}
