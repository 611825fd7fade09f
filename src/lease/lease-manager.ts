import { type Failure, logFieldsOf, messageOf } from '../domain/failure.ts';
import {
  type Lease,
  mayPublishUntil,
  mayTake,
  release,
  renewal,
  renewalInterval,
  type Sighting,
  STANDBY_NOTE_EVERY,
  sight,
  takeOver,
  watchInterval,
} from '../domain/lease.ts';
import { abortable, linkSignals, TimeoutError, withTimeLimit } from '../lib/abort.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { Checkpoint, CycleStateStore, LastCycle, StandbyNotes } from '../ports/state-store.ts';
import { HeldLease } from './held-lease.ts';

export interface LeaseManagerOptions {
  readonly state: CycleStateStore;
  readonly stream: string;
  /** Names this process among all that may hold the lease. */
  readonly holder: string;
  readonly durationMs: number;
  /** Stored with the lease, for operators. */
  readonly programVersion?: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Where this process writes a note while it stands by. */
  readonly standbys?: StandbyNotes | undefined;
  /**
   * Asked when the work ends. True leaves the lease in the name of this process: its next worker takes it at
   * once, and no other process can.
   */
  readonly keepsLease?: (() => boolean) | undefined;
  /** Whether an earlier worker of this process may have left the lease to this one. */
  readonly mayBeInherited?: boolean | undefined;
}

/**
 * A lease that this process holds, and the checkpoint under its fence: no earlier holder can move it any
 * more.
 */
export interface AcquiredLease {
  readonly heldLease: HeldLease;
  readonly checkpoint: Checkpoint | undefined;
}

const NOT_RENEWED = 'it could not be renewed in time';
const NOT_RELEASED = 'The lease could not be released and ends by itself';

/**
 * The steps of the lease of one stream: try to acquire it, renew it, release it. `withLease` (with-lease.ts)
 * is the way to take them in order. domain/lease.ts says why that is safe.
 */
export class LeaseManager {
  readonly options: LeaseManagerOptions;
  private held: Lease | undefined;
  /** Whether the lease may be stored in the name of this process while no work is done under it. */
  private mayBeStored: boolean;
  private sighting: Sighting | undefined;
  private lastCycle: LastCycle | undefined;
  /** Monotonic. */
  private notedAt = Number.NEGATIVE_INFINITY;

  constructor(options: LeaseManagerOptions) {
    this.options = options;
    this.mayBeStored = options.mayBeInherited ?? false;
  }

  /** The lease as it was last read, ours or not. Undefined if none was stored. */
  get lastSeen(): Lease | undefined {
    return this.sighting?.lease;
  }

  /**
   * Looks once, and acquires the lease if it may be acquired. Undefined while another holds it. Rejects with
   * a Failure if the table cannot be used. `under` is the held lease of another stream that the right to
   * publish depends on.
   */
  async tryAcquire(context: RequestContext, parent?: HeldLease): Promise<AcquiredLease | undefined> {
    const { state, stream, holder, durationMs, programVersion, clock, log } = this.options;
    const stored = await state.readLease(stream, context);
    if (stored) {
      this.sighting = sight(this.sighting, stored, clock.monotonic());
      // A lease in our own name is left from earlier, or from a write whose answer was lost: no work is done
      // under it.
      const isOurs = stored.holder === holder;
      if (!isOurs && !mayTake(this.sighting, clock.monotonic())) return undefined;
    }
    const checkpoint = await state.readCheckpoint(stream, context);
    const taken = takeOver(stored, checkpoint?.fence, holder, durationMs);
    const next = programVersion === undefined ? taken : { ...taken, programVersion };
    const sentAt = clock.monotonic();
    // Even a write that rejects may have been made.
    this.mayBeStored = true;
    const written = await state.writeLease(stream, stored?.version, next, context);
    if (written.outcome === 'refused') {
      if (written.stored) this.sighting = sight(this.sighting, written.stored, clock.monotonic());
      return undefined;
    }
    const fenced = await state.fenceCheckpoint(stream, next.fence, context);
    if (fenced.outcome === 'refused') return undefined;

    this.held = next;
    // A cycle of an earlier lease is older than what others have noted since.
    this.lastCycle = undefined;
    log.info('lease.acquired', `Polling ${stream} from here on`, {
      stream,
      fence: next.fence,
      ...(stored?.holder && stored.holder !== holder && { takenFrom: stored.holder }),
    });
    const until = mayPublishUntil(sentAt, durationMs);
    const heldLease = new HeldLease({ stream, fence: next.fence, until, clock, parent });
    return { heldLease, checkpoint: fenced.checkpoint };
  }

  /**
   * Writes a note for operators that this process stands by, at first and then once an hour. Rejects with a
   * Failure if the table cannot be written: then this process could not take over either.
   */
  async noteStandby(context: RequestContext): Promise<void> {
    const { standbys, stream, holder, programVersion, clock } = this.options;
    if (!standbys || clock.monotonic() - this.notedAt < STANDBY_NOTE_EVERY) return;
    await standbys.noteStandby(stream, { holder, at: clock.now(), programVersion }, context);
    this.notedAt = clock.monotonic();
  }

  /** The next writes of the lease carry this: `status` reads it there. */
  note(cycle: LastCycle): void {
    this.lastCycle = cycle;
  }

  /** Renews until the right to publish ends or the signal aborts; resolves in both cases. */
  async renewUntil(heldLease: HeldLease, context: RequestContext): Promise<void> {
    const { clock, stream, log, durationMs } = this.options;
    const either = linkSignals(context.signal, heldLease.signal);
    let pause = renewalInterval(durationMs);
    while (!either.signal.aborted) {
      try {
        await clock.sleep(Math.max(0, Math.min(pause, heldLease.remaining)), either.signal);
        if (heldLease.remaining <= 0) heldLease.end(NOT_RENEWED);
        else pause = await this.renew(heldLease, { ...context, signal: either.signal });
      } catch (error) {
        if (!either.signal.aborted) throw error;
      }
    }
    either.release();
    // A lease that was given up is still held until it is released.
    if (!heldLease.signal.aborted || heldLease.isGivenUp) return;
    this.held = undefined;
    log.warn('lease.lost', (heldLease.signal.reason as Failure).message, { stream, fence: heldLease.fence });
  }

  /**
   * Releases the lease, so that a standby takes it at once; unless `keepsLease` keeps it for the next worker.
   * If the write fails, or takes as long as the lease lasts, the lease ends by itself.
   */
  async release(context: RequestContext, heldLease?: HeldLease): Promise<void> {
    const { stream, log, keepsLease, clock, durationMs } = this.options;
    if (!this.held) return;
    const held = this.held;
    this.held = undefined;
    this.mayBeStored = false;
    const givenUp = heldLease?.isGivenUp ? heldLease : undefined;
    if (!givenUp && keepsLease?.()) return;
    const write = (signal: AbortSignal) => this.writeRelease(held, { ...context, signal });
    try {
      await withTimeLimit(write, { clock, limit: durationMs, signal: context.signal });
      if (!givenUp) return;
      const { message } = givenUp.signal.reason as Failure;
      log.warn('lease.released', message, { stream, fence: givenUp.fence });
    } catch (error) {
      log.warn('lease.releaseFailed', NOT_RELEASED, { stream, reason: messageOf(error) });
    }
  }

  /**
   * Releases a lease that is stored in the name of this process and under which no work has begun: an earlier
   * worker left it to this one, or a stop came while it was being acquired.
   */
  async releaseInherited(context: RequestContext): Promise<void> {
    const { state, stream, holder, log } = this.options;
    if (this.held || !this.mayBeStored) return;
    try {
      const stored = await abortable(state.readLease(stream, context), context.signal);
      if (stored?.holder === holder) this.held = stored;
    } catch (error) {
      log.warn('lease.releaseFailed', NOT_RELEASED, { stream, reason: messageOf(error) });
    }
    await this.release(context);
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
    const { version } = this.held;
    const write = (signal: AbortSignal) =>
      state.writeLease(stream, version, next, { ...context, signal }, this.lastCycle);
    try {
      // The write must not outlast the right to publish: its answer would come too late to be of use.
      const written = await withTimeLimit(write, { clock, limit: heldLease.remaining, signal: context.signal });
      if (written.outcome === 'refused') {
        const unheard = unheardWrite(written.stored, next);
        if (unheard) this.held = unheard;
        else heldLease.end(`it was taken by ${written.stored?.holder || 'an unknown holder'}`);
        return 0;
      }
      this.held = next;
      heldLease.extend(mayPublishUntil(sentAt, durationMs));
      return renewalInterval(durationMs);
    } catch (error) {
      if (error instanceof TimeoutError) heldLease.end(NOT_RENEWED);
      context.signal.throwIfAborted();
      log.warn('lease.renewalFailed', messageOf(error), {
        stream,
        ...logFieldsOf(error),
        remainingMs: Math.round(heldLease.remaining),
      });
      return watchInterval(durationMs);
    }
  }
}

/** What is stored, if an earlier renewal of ours wrote it whose answer never came. */
function unheardWrite(stored: Lease | undefined, ours: Lease): Lease | undefined {
  return stored?.holder === ours.holder && stored.fence === ours.fence ? stored : undefined;
}
