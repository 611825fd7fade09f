import type { Call } from '../ports/call.ts';
import type { Checkpoint } from '../ports/state-table.ts';
import { type CycleOptions, type CycleOutcome, type CycleSignals, runCycle } from './cycle.ts';
import { factsOf, messageOf } from './failure-report.ts';
import type { Appointment } from './lease-keeper.ts';

/** Polls one stream for as long as its lease is held. */
export class StreamRunner {
  private readonly options: CycleOptions;
  private readonly appointment: Appointment;
  private checkpoint: Checkpoint | undefined;
  private first: Checkpoint | undefined;

  constructor(options: CycleOptions, appointment: Appointment) {
    this.options = options;
    this.appointment = appointment;
    this.checkpoint = appointment.checkpoint;
  }

  /** Reads window after window, oldest first, until the stream is caught up, fails, or is told to stop. */
  async poll(signals: CycleSignals): Promise<CycleOutcome> {
    try {
      this.checkpoint ??= await this.begin({ signal: signals.abort, count: () => undefined });
    } catch (failure) {
      if (signals.abort.aborted) return { status: 'interrupted' };
      this.options.log.error('cycle.failed', messageOf(failure), {
        stream: this.options.stream.name,
        ...factsOf(failure),
      });
      return { status: 'failed', failure };
    }
    for (;;) {
      const outcome = await runCycle(this.options, this.checkpoint, this.appointment.tenure, signals);
      if (outcome.status !== 'completed') return outcome;
      this.checkpoint = outcome.checkpoint;
      if (outcome.caughtUp || signals.stop.aborted) return outcome;
    }
  }

  /**
   * Where there is no checkpoint yet, the stream begins where its settings say, and that is its origin for ever. Tried
   * again, it begins where it was to begin the first time: the checkpoint may stand there, its answer lost, and a later
   * one would skip what lies between.
   */
  private async begin(call: Call): Promise<Checkpoint> {
    const { stream, clock, state } = this.options;
    const { tenure } = this.appointment;
    if (!this.first) {
      const now = clock.now();
      const origin = stream.startsAt(now);
      this.first = { watermark: origin, origin, fence: tenure.fence, updatedAt: now };
    }
    const written = await state.writeCheckpoint(stream.name, this.first, call);
    if (written.outcome === 'refused') tenure.end('another poller has created the checkpoint');
    tenure.signal.throwIfAborted();
    return this.first;
  }
}
