import type { EventType } from './catalogue.ts';
import type { Instant } from './instant.ts';
import type { Window } from './window.ts';

/**
 * The status of an event that the source has, as far as it can be known, in the order in which reports show
 * it.
 */
export const AUDIT_STATUSES = ['published', 'missing', 'deadLetter', 'notDue', 'beforeBeginning', 'tooOld'] as const;
export type AuditStatus = (typeof AUDIT_STATUSES)[number];

/** The limits of what an audit can know. */
export interface AuditLimits {
  /** The periods in which a poller was to publish. Nothing is promised outside of them. */
  readonly publishingPeriods: readonly Window[];
  /** Since then every published ID is surely remembered. */
  readonly rememberedSince: Instant;
  /** The poller has not read what is at or after this. Infinity where the audit waits for no poller. */
  readonly watermark: Instant;
}

/** What the tables say about an event. */
interface Traces {
  /** Its ID is remembered: EventBridge has accepted it. */
  readonly isRemembered: boolean;
  /** It was refused and stored as a dead letter. */
  readonly isDeadLetter: boolean;
}

/**
 * The status of an event of this time. A stored ID is proof, however old. An absent ID proves something
 * only where it would have to be stored: a poller was to publish it, it is still remembered, and is due.
 */
export function auditStatusOf(
  timestamp: Instant,
  { isRemembered, isDeadLetter }: Traces,
  limits: AuditLimits,
): AuditStatus {
  if (isRemembered) return 'published';
  if (isDeadLetter) return 'deadLetter';
  if (!limits.publishingPeriods.some(({ start, end }) => timestamp >= start && timestamp < end))
    return 'beforeBeginning';
  if (timestamp < limits.rememberedSince) return 'tooOld';
  return timestamp < limits.watermark ? 'missing' : 'notDue';
}

/** The number of events of each status. */
export type AuditStatusCounts = Readonly<Record<AuditStatus, number>>;

/** Counts events by their type and status. */
export class AuditCount {
  private readonly counted = new Map<EventType, Record<AuditStatus, number>>();

  add(eventType: EventType, status: AuditStatus): void {
    const counts = this.counted.get(eventType) ?? nothing();
    counts[status]++;
    this.counted.set(eventType, counts);
  }

  /** The counts of the types that occurred. */
  get byType(): ReadonlyMap<EventType, AuditStatusCounts> {
    return this.counted;
  }

  get total(): AuditStatusCounts {
    const total = nothing();
    for (const counts of this.counted.values()) for (const status of AUDIT_STATUSES) total[status] += counts[status];
    return total;
  }
}

/** All events of any status: what the source has. */
export function totalOf(counts: AuditStatusCounts): number {
  return AUDIT_STATUSES.reduce((sum, status) => sum + counts[status], 0);
}

function nothing(): Record<AuditStatus, number> {
  return { published: 0, missing: 0, deadLetter: 0, notDue: 0, beforeBeginning: 0, tooOld: 0 };
}
