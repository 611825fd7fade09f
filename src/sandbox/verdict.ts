/** A fact that had to arrive, as far as the verdict needs to know it. */
export interface Expected {
  readonly id: string;
  readonly eventType: string;
}

/** An event as it arrived on the bus. */
export interface Arrived {
  readonly id: string | undefined;
  readonly detailType: string;
}

/** What comparing the world with the bus has shown. */
export interface Verdict {
  /** Distinct events of the world that are on the bus. */
  readonly delivered: number;
  /** Of the world, but not on the bus. */
  readonly lost: readonly Expected[];
  /** Copies beyond the first. */
  readonly repeated: number;
  /** On the bus, but nothing that happened in the world. */
  readonly invented: readonly Arrived[];
  /** Distinct events on the bus, by type. */
  readonly byType: ReadonlyMap<string, number>;
}

/** What had to arrive, and what may have arrived. */
export interface Expectation {
  readonly required: readonly Expected[];
  readonly optional: readonly Expected[];
}

/** Compares what happened in the world with what arrived on the bus. */
export function judgeDelivery({ required, optional }: Expectation, arrived: readonly Arrived[]): Verdict {
  const known = new Set([...required, ...optional].map(({ id }) => id));
  const seen = new Set<string>();
  const byType = new Map<string, number>();
  const invented: Arrived[] = [];
  let repeated = 0;
  for (const event of arrived) {
    if (event.id === undefined || !known.has(event.id)) invented.push(event);
    else if (seen.has(event.id)) repeated++;
    else {
      seen.add(event.id);
      byType.set(event.detailType, (byType.get(event.detailType) ?? 0) + 1);
    }
  }
  return { delivered: seen.size, lost: required.filter(({ id }) => !seen.has(id)), repeated, invented, byType };
}
