import { Failure, type FailureCode, logFieldsOf } from '../domain/failure.ts';
import { formatInstant, type Instant } from '../domain/instant.ts';
import type { StreamName } from '../domain/streams.ts';
import type { Window } from '../domain/window.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** A stream that has been stalled for this long leaves out what it cannot read, milliseconds. */
const MAX_STALL = 3_600_000;
/** Positions that are kept. A few at most are in use, unless an operator moves the checkpoint again and again. */
const MAX_POSITIONS = 100;
/** Failures of a part of an answer that will not come. */
const OF_A_PART: ReadonlySet<FailureCode> = new Set(['genesys.incomplete', 'genesys.endless', 'genesys.tooLarge']);

/** Whether the failure says that a part cannot be read, so that the rest can be had only without it. */
export function isOfAPart(failure: unknown): failure is Failure {
  return failure instanceof Failure && OF_A_PART.has(failure.code);
}

/** Logs that a part of the window is left out. */
export function logLeftOut(log: Log, stream: StreamName, { start, end }: Window, failure: Failure): void {
  log.error('gap.detected', `A part of this period cannot be read and is left out. ${failure.summary}`, {
    stream,
    ...logFieldsOf(failure),
    gapStart: formatInstant(start),
    gapEnd: formatInstant(end),
  });
}

/**
 * Since when a stream is stalled, and at which position of the source's time.
 *
 * It is stalled from the first failure at a position until a window with this position is read completely.
 * Leaving out what cannot be read moves the position to the end of that window, and does not end the stall. So
 * what comes next is left out at once if it cannot be read either. A long record that no job can bring costs
 * one hour, and not an hour for each part of its life. A window without the position says nothing about it.
 *
 * Only the consumer of a window notes what became of it, when its turn has come. A window that was prefetched
 * says nothing about the one before it.
 */
export class StallTracker {
  private readonly clock: Clock;
  /** When the first failure came, by position. */
  private readonly since = new Map<Instant, number>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /**
   * Notes that a part of the window, whose turn has come, cannot be read. True if it may be left out, which is
   * noted too.
   */
  tryLeaveOut(window: Window): boolean {
    this.noteFailure(window);
    const may = this.mayLeaveOut(window);
    if (may) this.noteLeftOut(window);
    return may;
  }

  /** Whether what cannot be read of this window may be left out. */
  mayLeaveOut(window: Window): boolean {
    const since = this.positionsIn(window).map(([, first]) => first);
    return since.some((first) => this.clock.monotonic() - first >= MAX_STALL);
  }

  /** Notes that a part of the window cannot be read. */
  noteFailure(window: Window): void {
    if (this.positionsIn(window).length === 0) this.note(window.start, this.clock.monotonic());
  }

  /** Notes that the window was read, and that a part of it was left out. */
  noteLeftOut(window: Window): void {
    const since = this.positionsIn(window).map(([, first]) => first);
    this.noteRead(window);
    if (since.length > 0) this.note(window.end, Math.min(...since));
  }

  /** Notes that the window was read completely. */
  noteRead(window: Window): void {
    for (const [position] of this.positionsIn(window)) this.since.delete(position);
  }

  private positionsIn({ start, end }: Window): readonly (readonly [Instant, number])[] {
    return [...this.since].filter(([position]) => position >= start && position < end);
  }

  private note(position: Instant, since: number): void {
    this.since.set(position, since);
    const [oldest] = this.since.keys();
    if (this.since.size > MAX_POSITIONS && oldest !== undefined) this.since.delete(oldest);
  }
}
