import { backoffDelay } from '../domain/backoff.ts';
import type { Failure } from '../domain/failure.ts';
import {
  type Lease,
  mayPublishUntil,
  mayTake,
  release,
  renewal,
  renewalInterval,
  type Sighting,
  sight,
  takeOver,
  watchInterval,
} from '../domain/lease.ts';
import { abortable } from '../lib/abortable.ts';
import { linkSignals } from '../lib/signals.ts';
import { brieflyOf, factsOf, messageOf } from '../pipeline/failure-report.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { Checkpoint, LastCycle, StateTable } from '../ports/state-store.ts';
import type { StreamObserver } from '../ports/stream-observer.ts';
import { HeldLease } from './held-lease.ts';

export interface LeaseManagerOptions {
  readonly state: StateTable;
  readonly stream: string;
  /** Names this process among all that may hold the lease. */
  readonly holder: string;
  readonly durationMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Hears of every look for the lease. */
  readonly observer?: StreamObserver | undefined;
  /**
   * Asked when the work ends: true leaves the lease in this process's name, for its next worker to take at once, since no other can.
   */
  readonly keepsLease?: (() => boolean) | undefined;
}

/** What comes with the lease: the checkpoint, fenced, so that no earlier holder can move it any more. */
export interface AcquiredLease {
  readonly heldLease: HeldLease;
  readonly checkpoint: Checkpoint | undefined;
}

const TROUBLE = { first: 1_000, longest: 60_000 };

/** Takes, renews, watches and gives back the lease of one stream. domain/lease.ts says why that is safe. */
export class LeaseManager {
  private readonly options: LeaseManagerOptions;
  private held: Lease | undefined;
  private sighting: Sighting | undefined;
  private standingBy = false;
  private lastCycle: LastCycle | undefined;

  constructor(options: LeaseManagerOptions) {
    this.options = options;
  }

  /**
   * Looks once, and takes the lease if it may be taken. Undefined while another holds it. A Failure if the table cannot
   * be used. `under` is the tenure of another stream that the right to publish depends on.
   */
  async tryAcquire(context: RequestContext, under?: HeldLease): Promise<AcquiredLease | undefined> {
    const { state, stream, holder, durationMs, clock, log } = this.options;
    const stored = await state.readLease(stream, context);
    if (stored) {
      this.sighting = sight(this.sighting, stored, clock.monotonic());
      // A lease in our own name is left from an earlier tenure, or from a write whose answer was lost: nobody works under it.
      const isOurs = stored.holder === holder;
      if (!isOurs && !mayTake(this.sighting, clock.monotonic())) return this.standBy(stored);
    }
    const checkpoint = await state.readCheckpoint(stream, context);
    const next = takeOver(stored, checkpoint?.fence, holder, durationMs);
    const sentAt = clock.monotonic();
    const written = await state.writeLease(stream, stored?.version, next, context);
    if (written.outcome === 'refused') return this.standBy(written.stored);
    const fenced = await state.fenceCheckpoint(stream, next.fence, context);
    if (fenced.outcome === 'refused') return this.standBy(undefined);

    this.held = next;
    this.standingBy = false;
    log.info('lease.acquired', `Polling ${stream} from here on`, {
      stream,
      fence: next.fence,
      ...(stored?.holder && stored.holder !== holder && { takenFrom: stored.holder }),
    });
    const until = mayPublishUntil(sentAt, durationMs);
    const heldLease = new HeldLease({ stream, fence: next.fence, until, clock, under });
    return { heldLease, checkpoint: fenced.checkpoint };
  }

  /** What the next writes of the lease tell of the stream, for whoever looks at it from outside. */
  note(cycle: LastCycle): void {
    this.lastCycle = cycle;
  }

  /** Waits as a standby until the lease is ours; rejects with the signal's reason once it aborts. Trouble is logged and outlasted. */
  async acquire(context: RequestContext, under?: HeldLease): Promise<AcquiredLease> {
    const { clock, stream, durationMs, log, observer } = this.options;
    for (let failures = 0; ; ) {
      try {
        const acquired = await this.tryAcquire(context, under);
        observer?.observe({ stream, outcome: acquired ? 'acquired' : 'standby' });
        if (acquired) return acquired;
        failures = 0;
      } catch (error) {
        context.signal.throwIfAborted();
        failures++;
        // When this is over, that it stands by is worth a line again.
        this.standingBy = false;
        log.error('cycle.failed', messageOf(error), { stream, ...factsOf(error) });
        observer?.observe({ stream, outcome: 'failed', code: brieflyOf(error).code });
      }
      const pause = failures > 0 ? backoffDelay(failures, TROUBLE, clock.random()) : watchInterval(durationMs);
      await clock.sleep(pause, context.signal);
    }
  }

  /** Renews until the tenure ends or the signal aborts; resolves in both cases. */
  async hold(heldLease: HeldLease, context: RequestContext): Promise<void> {
    const { clock, stream, log, durationMs } = this.options;
    const either = linkSignals(context.signal, heldLease.signal);
    let pause = renewalInterval(durationMs);
    while (!either.signal.aborted) {
      try {
        await clock.sleep(Math.max(0, Math.min(pause, heldLease.remaining)), either.signal);
        if (heldLease.remaining <= 0) heldLease.end('it could not be renewed in time');
        else pause = await this.renew(heldLease, { ...context, signal: either.signal });
      } catch (error) {
        if (!either.signal.aborted) throw error;
      }
    }
    either.release();
    // A lease that was given up is held until it is released.
    if (!heldLease.signal.aborted || heldLease.isGivenUp) return;
    this.held = undefined;
    log.warn('lease.lost', (heldLease.signal.reason as Failure).message, { stream, fence: heldLease.fence });
  }

  /**
   * Releases the lease, so that a standby takes it at once, unless it is handed on to the next worker. If that fails, or takes for as
   * long as the lease lasts, it ends by itself.
   */
  async release(context: RequestContext, heldLease?: HeldLease): Promise<void> {
    const { stream, log, keepsLease, clock, durationMs } = this.options;
    if (!this.held) return;
    const held = this.held;
    this.held = undefined;
    const givenUp = heldLease?.isGivenUp ? heldLease : undefined;
    if (!givenUp && keepsLease?.()) return;
    const expiry = new AbortController();
    const bounded = linkSignals(context.signal, expiry.signal);
    // Where something hangs, this may hang too. Nobody else ends it.
    if (givenUp) {
      const expire = () => expiry.abort(new Error('no answer for as long as the lease lasts'));
      void clock.sleep(durationMs, bounded.signal).then(expire, () => undefined);
    }
    try {
      await abortable(this.writeRelease(held, { ...context, signal: bounded.signal }), bounded.signal);
      if (!givenUp) return;
      const { message } = givenUp.signal.reason as Failure;
      log.warn('lease.released', message, { stream, fence: givenUp.fence });
    } catch (error) {
      log.warn('lease.releaseFailed', 'The lease could not be given back and ends by itself', {
        stream,
        reason: messageOf(error),
      });
    } finally {
      expiry.abort();
      bounded.release();
    }
  }

  private async writeRelease(held: Lease, context: RequestContext): Promise<void> {
    const { state, stream } = this.options;
    const written = await state.writeLease(stream, held.version, release(held), context, this.lastCycle);
    const unheard = written.outcome === 'refused' && unheardWrite(written.stored, held);
    if (unheard) await state.writeLease(stream, unheard.version, release(unheard), context);
  }

  /** Resolves to how long to wait before the next renewal. */
  private async renew(heldLease: HeldLease, context: RequestContext): Promise<number> {
    const { state, stream, clock, durationMs, log } = this.options;
    if (!this.held) throw new Error('a lease is renewed only while it is held');
    const next = renewal(this.held);
    const sentAt = clock.monotonic();
    const expiry = new AbortController();
    const bounded = linkSignals(context.signal, expiry.signal);
    // The write must not outlast the tenure: its answer would come too late to be of use.
    void clock.sleep(heldLease.remaining, bounded.signal).then(
      () => heldLease.end('it could not be renewed in time'),
      () => undefined,
    );
    try {
      const bound = { ...context, signal: bounded.signal };
      const write = state.writeLease(stream, this.held.version, next, bound, this.lastCycle);
      const written = await abortable(write, bounded.signal);
      if (written.outcome === 'refused') {
        const unheard = unheardWrite(written.stored, next);
        if (unheard) this.held = unheard;
        else heldLease.end(`it was taken by ${written.stored?.holder || 'nobody we know of'}`);
        return 0;
      }
      this.held = next;
      heldLease.extend(mayPublishUntil(sentAt, durationMs));
      return renewalInterval(durationMs);
    } catch (error) {
      bounded.signal.throwIfAborted();
      log.warn('lease.renewalFailed', messageOf(error), {
        stream,
        ...factsOf(error),
        remainingMs: Math.round(heldLease.remaining),
      });
      return watchInterval(durationMs);
    } finally {
      expiry.abort();
      bounded.release();
    }
  }

  private standBy(other: Lease | undefined): undefined {
    const { log, stream } = this.options;
    if (this.standingBy) return;
    this.standingBy = true;
    log.info('lease.standby', `Another poller holds the lease of ${stream}; standing by`, {
      stream,
      ...(other && { holder: other.holder, fence: other.fence }),
    });
  }
}

/** What is stored, if an earlier renewal of ours wrote it whose answer never came. */
function unheardWrite(stored: Lease | undefined, ours: Lease): Lease | undefined {
  return stored?.holder === ours.holder && stored.fence === ours.fence ? stored : undefined;
}
