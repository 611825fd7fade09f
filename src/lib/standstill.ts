import { Failure, type FailureCode, factsOf } from '../domain/failure.ts';
import { formatInstant, type Instant } from '../domain/instant.ts';
import type { StreamName } from '../domain/streams.ts';
import type { Window } from '../domain/window.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** A stream that stands still for this long passes what it cannot read, milliseconds. */
const LONGEST = 3_600_000;
/** Places that are kept. A few at most are in use, unless an operator moves the checkpoint again and again. */
const MOST_PLACES = 100;
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
    ...factsOf(failure),
    gapStart: formatInstant(start),
    gapEnd: formatInstant(end),
  });
}

/**
 * Since when a stream stands still, and at which place of the source's time.
 *
 * It stands still from the first failure at a place until a window with this place is read completely. Passing
 * what cannot be read moves the place to the end of that window, and does not end the standstill. So what comes
 * next is passed at once if it cannot be read either. A long record that no job can bring costs one hour, and
 * not an hour for each piece of its life. A window without the place says nothing about it.
 *
 * Only the consumer of a window notes what became of it, when its turn has come. A window that was prefetched
 * says nothing about the one before it.
 */
export class Standstill {
  private readonly clock: Clock;
  /** When the first failure came, by place. */
  private readonly since = new Map<Instant, number>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /**
   * Notes that a part of the window, whose turn has come, cannot be read. True if it may be left out, which is
   * noted too.
   */
  passes(window: Window): boolean {
    this.failed(window);
    const isOver = this.isOver(window);
    if (isOver) this.passed(window);
    return isOver;
  }

  /** Whether what cannot be read of this window may be left out. */
  isOver(window: Window): boolean {
    const since = this.placesIn(window).map(([, first]) => first);
    return since.some((first) => this.clock.monotonic() - first >= LONGEST);
  }

  /** Notes that a part of the window cannot be read. */
  failed(window: Window): void {
    if (this.placesIn(window).length === 0) this.note(window.start, this.clock.monotonic());
  }

  /** Notes that the window was read, and that a part of it was left out. */
  passed(window: Window): void {
    const since = this.placesIn(window).map(([, first]) => first);
    this.read(window);
    if (since.length > 0) this.note(window.end, Math.min(...since));
  }

  /** Notes that the window was read completely. */
  read(window: Window): void {
    for (const [place] of this.placesIn(window)) this.since.delete(place);
  }

  private placesIn({ start, end }: Window): readonly (readonly [Instant, number])[] {
    return [...this.since].filter(([place]) => place >= start && place < end);
  }

  private note(place: Instant, since: number): void {
    this.since.set(place, since);
    const [oldest] = this.since.keys();
    if (this.since.size > MOST_PLACES && oldest !== undefined) this.since.delete(oldest);
  }
}
