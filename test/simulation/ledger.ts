import type { PollerProcess } from './poller-process.ts';
import type { Story } from './stories.ts';
import type { LedgerEntry } from './world.ts';

/** What has become of a fact so far. `E` is what may explain a further copy. */
export interface Course<E> {
  readonly entry: LedgerEntry;
  copies: number;
  /** When the latest copy was accepted, simulated time. */
  acceptedAt: number | undefined;
  /** The fact as its latest copy tells it, byte for byte. */
  data: string;
  publisher: PollerProcess | undefined;
  recorded: boolean;
  deadLettered: boolean;
  excuse: E | undefined;
  /** Who has looked this ID up, and whether it was found when each last did. */
  readonly lookedUp: Map<PollerProcess, boolean>;
  /**
   * Since when readers missed it, because pages shifted, and when it was served again; epoch milliseconds,
   * oldest first.
   */
  readonly missed: { readonly from: number; until: number }[];
  /**
   * Whether a checkpoint has moved past it while it was missed: nothing reads there again, and that is the
   * source's doing.
   */
  isPassedOver: boolean;
}

/** What a query's reader was given, and what it was not, as it was further up by then. */
export interface Page {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly served: readonly Story[];
  readonly missed: readonly Story[];
}

/** How late, after its anchor, a fact may show and still be met for certain by windows; milliseconds. */
export interface Tolerance {
  /** By the first window that is read after it shows. */
  readonly promptly: number;
  /** By some window that ends at most `by` after the time at which it shows. */
  readonly inTheEnd: number;
  readonly by: number;
}

/** The world's own account of its facts, and what has become of each. */
export class Ledger<E> {
  private readonly courses = new Map<string, Course<E>>();
  private readonly ofConversation = new Map<string, Course<E>[]>();
  private readonly tolerance: Tolerance;

  constructor(entries: readonly LedgerEntry[], tolerance: Tolerance) {
    this.tolerance = tolerance;
    for (const entry of entries) {
      const course: Course<E> = {
        entry,
        copies: 0,
        acceptedAt: undefined,
        data: '',
        publisher: undefined,
        recorded: false,
        deadLettered: false,
        excuse: undefined,
        lookedUp: new Map(),
        missed: [],
        isPassedOver: false,
      };
      this.courses.set(entry.fact.id, course);
      const others = this.ofConversation.get(entry.fact.conversationId);
      if (others) others.push(course);
      else this.ofConversation.set(entry.fact.conversationId, [course]);
    }
  }

  get size(): number {
    return this.courses.size;
  }

  get all(): readonly Course<E>[] {
    return [...this.courses.values()];
  }

  of(id: string): Course<E> | undefined {
    return this.courses.get(id);
  }

  nameOf(id: string): string {
    const fact = this.courses.get(id)?.entry.fact;
    return fact ? `${fact.eventType} of ${fact.conversationId} at ${new Date(fact.time).toISOString().slice(11)}` : id;
  }

  /** A page of a query has reached its reader: what is on it is no longer missed, what it leaves out is. */
  paged({ at, served, missed }: Page): void {
    for (const course of this.coursesOf(served)) {
      const last = course.missed.at(-1);
      if (last) last.until = Math.min(last.until, at);
    }
    for (const course of this.coursesOf(missed)) {
      // Missed again and again, it has been missed since the first time.
      if (course.missed.at(-1)?.until === Number.POSITIVE_INFINITY) continue;
      course.missed.push({ from: at, until: Number.POSITIVE_INFINITY });
    }
  }

  /**
   * The facts that ought to have been delivered by a reader of windows from `origin` up to `watermark` who
   * began to read the last of them at `since`, and had done so at `by`; epoch milliseconds.
   */
  undelivered(origin: number, watermark: number, since: number, by: number): readonly string[] {
    return this.namesOf((course) => {
      if (!this.isMet(course, origin, watermark, since)) return false;
      course.isPassedOver ||= isMissed(course, since, by);
      return !course.isPassedOver;
    });
  }

  /**
   * The facts that ought to have been delivered by a reader of all that was true between `origin` and
   * `watermark`.
   */
  unread(origin: number, watermark: number): readonly string[] {
    return this.namesOf(({ entry: { fact } }) => fact.time >= origin && fact.time < watermark);
  }

  /** How many facts a reader of windows would have met until now, had pages not shifted under it. */
  countMissed(origin: number, now: number): number {
    const everything = Number.POSITIVE_INFINITY;
    const isLeftOut = (course: Course<E>) => course.isPassedOver || isMissed(course, now, now);
    return this.namesOf((course) => isLeftOut(course) && this.isMet(course, origin, everything, now)).length;
  }

  private namesOf(isDue: (course: Course<E>) => boolean): readonly string[] {
    const names: string[] = [];
    for (const course of this.courses.values()) {
      const isOpen = course.copies === 0 && !course.deadLettered && !course.entry.retracted;
      if (isOpen && isDue(course)) names.push(this.nameOf(course.entry.fact.id));
    }
    return names;
  }

  private isMet({ entry: { fact, sights } }: Course<E>, origin: number, watermark: number, since: number): boolean {
    return (
      fact.time >= origin &&
      sights.some(
        ({ anchor, from }) =>
          anchor >= origin && anchor < watermark && from <= since && this.isTolerated(anchor, from, watermark),
      )
    );
  }

  private isTolerated(anchor: number, from: number, watermark: number): boolean {
    const { promptly, inTheEnd, by } = this.tolerance;
    return from <= anchor + promptly || (from <= anchor + inTheEnd && from + by <= watermark);
  }

  private coursesOf(stories: readonly Story[]): readonly Course<E>[] {
    return stories.flatMap((story) => this.ofConversation.get(story.conversationId) ?? []);
  }
}

/**
 * Whether a reader missed it at any time between the two: what a window missed, a later one may have been
 * given already.
 */
function isMissed({ missed }: Course<unknown>, since: number, by: number): boolean {
  return missed.some(({ from, until }) => from <= by && since < until);
}
