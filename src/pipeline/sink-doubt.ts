import { LRUCache } from 'lru-cache';
import { ALONE_IN_DOUBT, AMONG_OTHERS_IN_DOUBT, type Cause, causeOf } from '../domain/doubt.ts';
import type { Clock } from '../ports/clock.ts';

/** An entry whose refusal may be the fault of the sink. */
interface Doubted {
  /** Of its first refusal, by the count of answers. */
  readonly answer: number;
  /** On the monotonic clock. */
  since: number;
  lastRefused: number;
  refusals: number;
  taken: number;
  /** Until then, by the count of answers, nothing else was taken. Undefined while that is still so. */
  takenAt: number | undefined;
}

/** What one answer of the sink said, by the IDs of the events. */
export interface AnswerOfSink {
  readonly taken: readonly string[];
  /** Refused, and the refusal does not name the cause. */
  readonly unclear: readonly string[];
}

/** IDs of given-up entries that are kept: hours of a sink that refuses one entry in a thousand. */
const MAX_GIVEN_UP = 10_000;

/**
 * Keeps the evidence about a sink and what it refuses, for all streams that publish there; domain/doubt.ts
 * says what follows from it. An entry that is not met again, because its window was skipped, its event became
 * too old or another host published it, is forgotten after a day, and does not count as in doubt after two
 * hours: it must not keep a single refused entry from being given up.
 *
 * An entry that was given up is a dead letter already. Another stream, or a later window, may meet it again
 * when it has no neighbours left that could be evidence. If it is refused again, it is given up at once, and
 * nothing waits for it a second time.
 */
export class SinkDoubt {
  private readonly clock: Clock;
  private readonly doubted = new Map<string, Doubted>();
  private readonly givenUp = new LRUCache<string, true>({ max: MAX_GIVEN_UP });
  private answers = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Called before a request goes out; the mark belongs to `judge` of its answer. */
  mark(): number {
    return this.answers;
  }

  /**
   * Takes an answer down, and gives the cause of each of its unclear refusals. An entry that is given up is
   * in doubt no more.
   */
  judge({ taken, unclear }: AnswerOfSink, mark: number): ReadonlyMap<string, Cause> {
    const now = this.clock.monotonic();
    this.answers++;
    const sound = taken.filter((id) => this.doubted.delete(id));
    for (const id of taken) this.givenUp.delete(id);
    const others = taken.length - sound.length;
    for (const [id, entry] of this.doubted) {
      // What is taken after all was refused by a sink at fault: so may the others have been.
      if (sound.length > 0) Object.assign(entry, { refusals: 0, taken: 0, takenAt: undefined });
      if (mark >= entry.answer && others > 0) {
        entry.taken += others;
        // What was taken in the same request is no later than the refusal.
        entry.takenAt ??= unclear.includes(id) ? mark : this.answers;
      }
      if (now - entry.lastRefused >= AMONG_OTHERS_IN_DOUBT) this.doubted.delete(id);
    }
    for (const id of unclear) if (!this.givenUp.has(id)) this.refused(id, others, mark, now);
    const inDoubt = [...this.doubted.values()].filter((entry) => now - entry.lastRefused < ALONE_IN_DOUBT).length;
    return new Map(unclear.map((id) => [id, this.judgeOne(id, inDoubt, mark, now)]));
  }

  private refused(id: string, taken: number, mark: number, now: number): void {
    const known = this.doubted.get(id);
    if (!known) {
      const takenAt = taken > 0 ? mark : undefined;
      this.doubted.set(id, { answer: this.answers, since: now, lastRefused: now, refusals: 1, taken, takenAt });
      return;
    }
    known.refusals++;
    known.lastRefused = now;
  }

  private judgeOne(id: string, inDoubt: number, mark: number, now: number): Cause {
    const entry = this.doubted.get(id);
    if (!entry) return 'entry';
    const { refusals, taken, since, takenAt } = entry;
    const cause = causeOf({ refusals, taken, inDoubt, doubtedFor: now - since });
    if (cause !== 'entry') return cause;
    // The request went out before the sink took anything: the sink may have mended since.
    if (takenAt !== undefined && mark < takenAt && taken >= inDoubt) return 'unproven';
    this.doubted.delete(id);
    this.givenUp.set(id, true);
    // It was given up without evidence. The others have as long again: they may be taken without it.
    if (taken < inDoubt) for (const other of this.doubted.values()) other.since = now;
    return 'entry';
  }
}
