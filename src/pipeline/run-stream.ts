import { failedCycle } from '../domain/cycle-report.ts';
import { messageOf } from '../domain/failure.ts';
import { formatInstant, type Instant } from '../domain/instant.ts';
import type { AcquiredLease } from '../lease/lease-manager.ts';
import { linkSignals } from '../lib/abort.ts';
import { contextOf, type RequestContext } from '../ports/request-context.ts';
import type { Checkpoint } from '../ports/state-store.ts';
import type { CycleSignals } from '../ports/stream.ts';
import { WindowPrefetcher } from '../prefetch/window-prefetcher.ts';
import { assertOriginNotAhead } from './checkpoint-ahead.ts';
import { type CycleOptions, type CycleOutcome, runCycle } from './cycle.ts';
import { flushUnrecorded } from './flush-unrecorded.ts';

/** Polls one stream for as long as its lease is held. */
export class StreamRunner {
  private readonly options: CycleOptions;
  private readonly acquired: AcquiredLease;
  private checkpoint: Checkpoint | undefined;
  private first: Checkpoint | undefined;
  /**
   * When this host first wanted to begin, by its monotonic clock: the wall clock may be put right meanwhile.
   */
  private begunAt: number | undefined;
  private gapReported = false;
  /** Whether the checkpoint has moved further than what is stored. */
  private isAhead = false;

  constructor(options: CycleOptions, acquired: AcquiredLease) {
    this.options = options;
    this.acquired = acquired;
    this.checkpoint = acquired.checkpoint;
  }

  /** Reads window after window, oldest first, until the stream is caught up, fails, or is stopped. */
  async poll(signals: CycleSignals): Promise<CycleOutcome> {
    this.options.names?.prime();
    const reading = linkSignals(signals.stop, signals.abort, ...this.acquired.heldLease.lossSignals);
    const prefetcher = new WindowPrefetcher(this.options.stream, reading.signal);
    try {
      return await this.readOn(signals, reading.signal, prefetcher);
    } finally {
      prefetcher.close();
      reading.release();
    }
  }

  private async readOn(
    signals: CycleSignals,
    asking: AbortSignal,
    prefetcher: WindowPrefetcher,
  ): Promise<CycleOutcome> {
    try {
      this.checkpoint ??= await this.begin(contextOf(asking), contextOf(signals.abort));
      if (!this.checkpoint) return this.idle();
    } catch (failure) {
      if (signals.abort.aborted || failure === signals.stop.reason) return { status: 'interrupted' };
      const { observer, stream, time } = this.options;
      observer.onCycle(failedCycle(stream.name, time.now(), failure));
      return { status: 'failed', failure };
    }
    const cycle = { ...this.options, onOldest: (oldest: Instant) => this.reportGap(oldest) };
    for (;;) {
      const outcome = await runCycle(cycle, this.checkpoint, this.acquired.heldLease, signals, prefetcher);
      if (outcome.status === 'completed') {
        this.checkpoint = outcome.checkpoint;
        this.isAhead = !outcome.isStored;
      }
      if (outcome.status === 'idle') return this.idle();
      if (outcome.status !== 'completed' || outcome.caughtUp || signals.stop.aborted) return outcome;
    }
  }

  /** Before the lease is released: records what is unrecorded, and stores a checkpoint that was put off. */
  async flush(context: RequestContext): Promise<void> {
    const { stream, time, state, log } = this.options;
    const { heldLease } = this.acquired;
    await flushUnrecorded(this.options, stream.name, context);
    if (!this.checkpoint || !this.isAhead || heldLease.signal.aborted) return;
    try {
      const checkpoint = { ...this.checkpoint, fence: heldLease.fence, updatedAt: time.now() };
      await state.writeCheckpoint(stream.name, checkpoint, context);
    } catch (error) {
      const fields = { stream: stream.name, reason: messageOf(error) };
      log.debug('checkpoint.notStored', 'What was read last will be read again', fields);
    }
  }

  /** There is nothing to read yet. */
  private idle(): CycleOutcome {
    const { observer, stream } = this.options;
    observer.onSign({ stream: stream.name, kind: 'idle', watermark: this.checkpoint?.watermark });
    return { status: 'idle' };
  }

  /**
   * Creates the first checkpoint, at the place that the settings name. That place is the stream's origin for
   * ever. A second attempt uses the time of the first one: its write may have succeeded although no answer
   * came, and a later place would skip what lies between. Undefined while the place is not known.
   */
  private async begin(asking: RequestContext, context: RequestContext): Promise<Checkpoint | undefined> {
    const { stream, clock, time, state } = this.options;
    const { heldLease } = this.acquired;
    if (!this.first) {
      this.begunAt ??= clock.monotonic();
      const now = (await stream.now?.(asking)) ?? time.now();
      const begunAt = now - Math.round(clock.monotonic() - this.begunAt);
      const origin = await stream.startsAt(begunAt, asking);
      if (origin === undefined) return undefined;
      assertOriginNotAhead(stream.name, origin, now);
      this.first = { watermark: origin, origin, fence: heldLease.fence, updatedAt: now };
    }
    const created = await state.writeCheckpoint(stream.name, this.first, context);
    const checkpoint = created.outcome === 'written' ? this.first : await this.adopt(context);
    if (!checkpoint) heldLease.end('another poller has created the checkpoint');
    heldLease.signal.throwIfAborted();
    return checkpoint;
  }

  /**
   * A checkpoint that an earlier holder created, in a write that was on its way when we looked. Undefined if
   * it is a later one's.
   */
  private async adopt(context: RequestContext): Promise<Checkpoint | undefined> {
    const { stream, state } = this.options;
    const fenced = await state.fenceCheckpoint(stream.name, this.acquired.heldLease.fence, context);
    return fenced.outcome === 'fenced' ? fenced.checkpoint : undefined;
  }

  /**
   * A checkpoint older than what may still be published leaves a gap: the poller was away for longer than the
   * deduplication period, or begins that far back. The gap is read all the same, and its events are counted
   * as too old.
   */
  private reportGap(oldest: Instant): void {
    const { stream, log } = this.options;
    const { watermark } = this.checkpoint ?? {};
    if (watermark === undefined) return;
    const wasReported = this.gapReported;
    this.gapReported = watermark < oldest;
    if (!this.gapReported || wasReported) return;
    log.warn(
      'gap.detected',
      `Events of ${stream.name} in this period are older than the deduplication period. Whether they were published before is unknown, so they are not published. \`backfill\` with --allow-repeats publishes them`,
      { stream: stream.name, gapStart: formatInstant(watermark), gapEnd: formatInstant(oldest) },
    );
  }
}
