import type { EventType } from './event.ts';
import type { Instant } from './instant.ts';
import type { Window } from './window.ts';

/**
 * What has become of an event that the source has, as far as that can be known; in the order in which people
 * read it.
 */
export const FATES = ['published', 'missing', 'deadLetter', 'notDue', 'beforeBeginning', 'tooOld'] as const;
export type Fate = (typeof FATES)[number];

/** Up to where an audit can know anything. */
export interface AuditLimits {
  /** When publishing was a poller's task: of anything outside of these nobody has promised it. */
  readonly tasks: readonly Window[];
  /** Whether it was published is surely remembered of everything since. */
  readonly rememberedSince: Instant;
  /** What is at or after this the poller has yet to read; Infinity where none is waited for. */
  readonly reached: Instant;
}

/** What the tables say of an event. */
export interface Traces {
  /** Its ID is remembered: EventBridge has accepted it. */
  readonly isRemembered: boolean;
  /** It was refused and set aside. */
  readonly isDeadLetter: boolean;
}

/**
 * The fate of an event of this time. An ID that is there is proof, however old. One that is not there proves
 * something only where it would have to be there: where publishing was somebody's task, is still remembered,
 * and ought to have been done.
 */
export function fateOf(timestamp: Instant, { isRemembered, isDeadLetter }: Traces, limits: AuditLimits): Fate {
  if (isRemembered) return 'published';
  if (isDeadLetter) return 'deadLetter';
  if (!limits.tasks.some(({ start, end }) => timestamp >= start && timestamp < end)) return 'beforeBeginning';
  if (timestamp < limits.rememberedSince) return 'tooOld';
  return timestamp < limits.reached ? 'missing' : 'notDue';
}

/** How many events there are of each fate. */
export type Figures = Readonly<Record<Fate, number>>;

/** Counts events by their type and fate. */
export class AuditCount {
  private readonly counted = new Map<EventType, Record<Fate, number>>();

  add(eventType: EventType, fate: Fate): void {
    const figures = this.counted.get(eventType) ?? nothing();
    figures[fate]++;
    this.counted.set(eventType, figures);
  }

  /** Of the types that were met. */
  get byType(): ReadonlyMap<EventType, Figures> {
    return this.counted;
  }

  get total(): Figures {
    const total = nothing();
    for (const figures of this.counted.values()) for (const fate of FATES) total[fate] += figures[fate];
    return total;
  }
}

/** All events, whatever their fate: what the source has. */
export function sourceOf(figures: Figures): number {
  return FATES.reduce((sum, fate) => sum + figures[fate], 0);
}

function nothing(): Record<Fate, number> {
  return { published: 0, missing: 0, deadLetter: 0, notDue: 0, beforeBeginning: 0, tooOld: 0 };
}
