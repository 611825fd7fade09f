import type { Instant } from '../domain/instant.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Widths of a bucket, milliseconds. Each is a multiple of the one before: what has been counted stays whole.
 */
const WIDTHS = [
  ...[1, 5, 10, 30].map((seconds) => seconds * SECOND),
  ...[1, 5, 10, 30].map((minutes) => minutes * MINUTE),
  ...[1, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 7].map((days) => days * DAY),
] as const;

/** Buckets of a timeline at the most: a day in minutes, a week in five-minute steps. */
const MAX_BUCKETS = 2_200;

/** What a timeline needs to know of its buckets. */
export interface BucketKind<B> {
  readonly create: () => B;
  /** Adds what a later bucket holds to an earlier one. */
  readonly absorb: (earlier: B, later: B) => void;
}

/**
 * Time in buckets of one width. The width grows with the span, so that there are never more than `most`
 * buckets and the end of a log need not be known at its beginning.
 */
export class Timeline<B> {
  private readonly kind: BucketKind<B>;
  private readonly most: number;
  private step = 0;
  private buckets = new Map<number, B>();
  private first = Number.POSITIVE_INFINITY;
  private last = Number.NEGATIVE_INFINITY;

  constructor(kind: BucketKind<B>, most = MAX_BUCKETS) {
    this.kind = kind;
    this.most = most;
  }

  /** Milliseconds. */
  get width(): number {
    return WIDTHS[this.step] ?? 7 * DAY;
  }

  /** The bucket that this time falls into. */
  at(time: Instant): B {
    this.first = Math.min(this.first, time);
    this.last = Math.max(this.last, time);
    while (this.index(this.last) - this.index(this.first) >= this.most && this.step < WIDTHS.length - 1) this.coarsen();
    const index = this.index(time);
    const found = this.buckets.get(index);
    if (found) return found;
    const created = this.kind.create();
    this.buckets.set(index, created);
    return created;
  }

  /** The buckets that hold something, with the times at which they begin, oldest first. */
  entries(): readonly (readonly [Instant, B])[] {
    return this.sorted().map(([index, bucket]) => [index * this.width, bucket]);
  }

  private coarsen(): void {
    const before = this.width;
    const old = this.sorted();
    this.step++;
    this.buckets = new Map();
    for (const [index, bucket] of old) {
      const wider = Math.floor((index * before) / this.width);
      const earlier = this.buckets.get(wider);
      if (earlier) this.kind.absorb(earlier, bucket);
      else this.buckets.set(wider, bucket);
    }
  }

  private sorted(): (readonly [number, B])[] {
    return [...this.buckets].sort(([a], [b]) => a - b);
  }

  private index(time: Instant): number {
    return Math.floor(time / this.width);
  }
}
