import type { Instant } from '../domain/instant.ts';

/** The newest of many, as many as fit. */
export class Newest<T extends { readonly time: Instant }> {
  private readonly most: number;
  private kept: T[] = [];
  /** All there were, those included that are not kept. */
  count = 0;

  constructor(most: number) {
    this.most = most;
  }

  add(item: T): void {
    this.count++;
    this.kept.push(item);
    if (this.kept.length >= 2 * this.most) this.kept = this.all();
  }

  /** Oldest first. */
  all(): T[] {
    return this.kept.toSorted((a, b) => a.time - b.time).slice(-this.most);
  }
}

/** Names, of which those after the first `most` share one. */
export class Names {
  private readonly most: number;
  private readonly others: string;
  private readonly known = new Map<string, string>();

  constructor(most: number, others: string) {
    this.most = most;
    this.others = others;
  }

  /** The name itself, or that of all others. */
  of(name: string): string {
    const found = this.known.get(name);
    if (found !== undefined) return found;
    if (this.known.size >= this.most) return this.others;
    this.known.set(name, name);
    return name;
  }
}

/** Something that happens again and again. */
export interface Repeated {
  count: number;
  first: Instant;
  last: Instant;
  /** What was said of it last, by the weightiest. */
  text: string;
  weight: number;
}

/** Counts by name. */
export class Repeats {
  private readonly names: Names;
  private readonly counted = new Map<string, Repeated>();

  constructor(most: number, others: string) {
    this.names = new Names(most, others);
  }

  /** A text of more weight stands for the others, whenever it was said. */
  add(name: string, time: Instant, count: number, text: string, weight = 0): void {
    const key = this.names.of(name);
    const known = this.counted.get(key);
    if (!known) {
      this.counted.set(key, { count, first: time, last: time, text, weight });
      return;
    }
    known.count += count;
    known.first = Math.min(known.first, time);
    if (weight > known.weight || (weight === known.weight && time >= known.last))
      Object.assign(known, { text, weight });
    known.last = Math.max(known.last, time);
  }

  /** The most frequent first. */
  all(): readonly (readonly [string, Repeated])[] {
    return [...this.counted].sort(([, a], [, b]) => b.count - a.count);
  }
}
