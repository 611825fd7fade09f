import type { CycleReport } from '../domain/cycle-report.ts';
import type { Instant } from '../domain/instant.ts';
import type { Clock } from '../ports/clock.ts';
import type { SignOfLife, StreamObserver } from '../ports/stream-observer.ts';
import type { Assignments, Notifier } from './systemd-notify.ts';

/** After what was read has been delivered: to release the lease and to end. Milliseconds. */
const TO_END = 10_000;
/** systemd takes no message of more than 4 KB. Characters. */
const MAX_STATUS_LENGTH = 1_000;

export interface ServiceManagerOptions {
  readonly notifier: Notifier;
  readonly clock: Clock;
  /** Whether the unit has a watchdog. */
  readonly watchdog: boolean;
  /**
   * How long the poller may take to recover from a hang by itself, once a sign of life is overdue;
   * milliseconds.
   */
  readonly recoveryMs: number;
}

/** How long a stream may go without a sign of life, counted from now; milliseconds. */
type FreshFor = (stream: string) => number;

/** What is known of a stream. */
interface StreamStatus {
  /** When its next sign of life is overdue, monotonic. */
  readonly overdueAt: number;
  /** For people. */
  readonly status: string;
}

/**
 * Tells systemd how the poller is: ready, stopping, its lag, and that it works.
 *
 * A poller is ready once it has logged in to Genesys, and knows for each stream whether it is polled here or
 * elsewhere.
 *
 * Every sign of life sets the watchdog. It counts to the moment at which the next sign of *any* stream is
 * overdue, by the very rule that `health` goes by. So a stream that hangs is found out although the others
 * live on, no schedule is too rare for the unit's WatchdogSec, and nothing is ever sent by a timer. At that
 * moment the poller itself cancels the work and releases the lease. The watchdog kills the process, so it
 * waits for that first: it is for a poller that cannot recover.
 *
 * Until the poller is ready, it extends the time for the start to that moment: while Genesys is down, a
 * poller that goes on trying is not restarted. A start that takes longer is told to end, not killed.
 */
export class ServiceManager implements StreamObserver {
  private readonly options: ServiceManagerOptions;
  private readonly streams = new Map<string, StreamStatus>();
  /** Streams of which it is not known yet who polls them. */
  private readonly undecided = new Set<string>();
  private phase: 'starting' | 'ready' | 'stopping' = 'starting';
  private freshFor: FreshFor = () => Number.POSITIVE_INFINITY;
  private login: 'pending' | 'done' | { readonly failed: string } = 'pending';

  constructor(options: ServiceManagerOptions) {
    this.options = options;
  }

  /** These streams are about to be polled: a start, or the end of reloading. */
  start(streams: readonly string[], freshFor: FreshFor): void {
    this.freshFor = freshFor;
    for (const stream of streams) {
      this.streams.set(stream, { overdueAt: this.overdueAt(stream), status: 'starting' });
      this.undecided.add(stream);
    }
    this.notify(this.phase === 'ready' ? { READY: '1' } : {});
  }

  loggedIn(): void {
    this.login = 'done';
    if (!this.beReady()) this.notify({});
  }

  /** `why` is for the operator: no secret in it. */
  loginFailed(why: string): void {
    this.login = { failed: why };
    this.notify({});
  }

  onCycle(report: CycleReport): void {
    const lag = this.lagOf(report.figures?.watermark);
    const isFailed = report.outcome === 'failed';
    this.observe(report.stream, isFailed ? `failing (${report.failure.code})${lag}` : `polled${lag}`, isFailed);
  }

  onSign({ stream, kind, watermark }: SignOfLife): void {
    const known = kind === 'reading' ? this.streams.get(stream)?.status : undefined;
    const status = kind === 'standby' ? 'standing by' : `polled${this.lagOf(watermark)}`;
    this.observe(stream, known ?? status, false);
  }

  private observe(stream: string, status: string, isFailed: boolean): void {
    this.streams.set(stream, { overdueAt: this.overdueAt(stream), status });
    // A failed attempt to acquire the lease does not tell who polls the stream.
    if (!isFailed) this.undecided.delete(stream);
    if (!this.beReady()) this.notify({});
  }

  onStopped(stream: string): void {
    this.streams.delete(stream);
    this.undecided.delete(stream);
  }

  /**
   * Another configuration was accepted. The cycles of the old one finish, then `start` is called again.
   */
  reloading(): void {
    if (this.phase === 'ready') this.notify({ RELOADING: '1' });
  }

  /** Ends within so many milliseconds, and a little more. */
  stopping(within: number): void {
    this.phase = 'stopping';
    this.options.notifier.send({
      STOPPING: '1',
      STATUS: 'Finishing what is in flight',
      EXTEND_TIMEOUT_USEC: microseconds(within + TO_END),
    });
  }

  /** True if it has just become ready, and has notified systemd. */
  private beReady(): boolean {
    if (this.phase !== 'starting' || this.login !== 'done' || this.undecided.size > 0) return false;
    this.phase = 'ready';
    this.notify({ READY: '1' });
    return true;
  }

  private notify(state: Assignments): void {
    if (this.phase === 'stopping') return;
    this.options.notifier.send({ ...state, STATUS: this.status().slice(0, MAX_STATUS_LENGTH), ...this.overdueTimes() });
  }

  /** How long systemd is to wait from now on; nothing where a sign of life is overdue already. */
  private overdueTimes(): Assignments {
    const first = Math.min(...[...this.streams.values()].map(({ overdueAt }) => overdueAt));
    const left = first - this.options.clock.monotonic();
    if (!Number.isFinite(left) || left <= 0) return {};
    if (this.phase === 'starting') return { EXTEND_TIMEOUT_USEC: microseconds(left) };
    const { watchdog, recoveryMs } = this.options;
    return watchdog ? { WATCHDOG: '1', WATCHDOG_USEC: microseconds(left + recoveryMs) } : {};
  }

  private overdueAt(stream: string): number {
    return this.options.clock.monotonic() + this.freshFor(stream);
  }

  private status(): string {
    const streams = [...this.streams].map(([stream, { status }]) => `${stream} ${status}`).join('; ');
    if (this.phase === 'ready') return streams;
    if (typeof this.login === 'object') return oneLine(`Not ready: ${this.login.failed}`);
    return this.login === 'done' ? `Logged in; ${streams}` : `Logging in to Genesys; ${streams}`;
  }

  private lagOf(watermark: Instant | undefined): string {
    if (watermark === undefined) return '';
    return ` ${Math.round(Math.max(0, this.options.clock.now() - watermark) / 1_000)} s behind`;
  }
}

function microseconds(ms: number): string {
  return String(Math.round(ms * 1_000));
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
