/**
 * Pages without anything new in a row that make a listing endless. One or two occur where elements arrive
 * while it is read.
 */
const MOST_STALE = 3;

/** Tells a listing that comes to no end: the same page, or the same few, again and again. */
export class Novelty {
  private readonly met = new Set<string>();
  private stale = 0;

  /** How many different IDs have come. */
  get size(): number {
    return this.met.size;
  }

  /** Whether a page with these IDs brings nothing that has not come before. */
  isStale(ids: readonly string[]): boolean {
    return this.met.size > 0 && ids.every((id) => this.met.has(id));
  }

  /** Takes note of a page's IDs. True once several pages in a row have brought nothing new. */
  isExhaustedBy(ids: readonly string[]): boolean {
    const before = this.met.size;
    for (const id of ids) this.met.add(id);
    this.stale = this.met.size > before ? 0 : this.stale + 1;
    return this.stale >= MOST_STALE;
  }
}
