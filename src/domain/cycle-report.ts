import { codeOf, logFieldsOf, messageOf } from './failure.ts';
import type { Instant } from './instant.ts';
import type { Window } from './window.ts';

/** What a cycle counts; the names are those of its log line. */
export interface CycleCounts {
  readonly conversations: number;
  /**
   * Events derived from what was read, wanted by `events.include`. Each is counted once as duplicate, too old,
   * published, suppressed or dead-lettered, unless it is still in flight or the cycle failed.
   */
  readonly derived: number;
  /** Known: already published, or counted as too old. */
  readonly duplicates: number;
  /** Skipped for its age: each event once, however often it is read. */
  readonly tooOld: number;
  /** Entries of the event log that appeared later than its hourly look back reaches: not published. */
  readonly tooLate: number;
  /** Entries that EventBridge accepted, one by one, and nothing else. */
  readonly published: number;
  /** Entries that a v2 bus recognised as repeats: they had been accepted before. */
  readonly suppressed: number;
  readonly deadLettered: number;
  /** Events of a reconciliation that the live stream had missed; absent in all others. */
  readonly missed?: number;
  readonly genesysRequests: number;
  readonly genesysThrottled: number;
  readonly putEventsCalls: number;
  readonly dynamoCalls: number;
}

/** A cycle that has read nothing. Most cycles do not count `missed`. */
export const NO_COUNTS = {
  conversations: 0,
  derived: 0,
  duplicates: 0,
  tooOld: 0,
  tooLate: 0,
  published: 0,
  suppressed: 0,
  deadLettered: 0,
  genesysRequests: 0,
  genesysThrottled: 0,
  putEventsCalls: 0,
  dynamoCalls: 0,
} as const satisfies CycleCounts;

/** What a cycle did, and how its stream stands after it. */
export interface CycleFigures {
  /** Absent where the cycle failed before it had planned one. */
  readonly window: Window | undefined;
  readonly counts: CycleCounts;
  /** The checkpoint as the cycle left it. */
  readonly watermark: Instant;
  readonly lagMs: number;
  readonly durationMs: number;
  /** The share of the request budget, 0 to 1, that the last minute took; absent where there is no budget. */
  readonly budgetShare: number | undefined;
  /** How long the source's throttling held the cycle up, milliseconds; absent where there is no budget. */
  readonly throttledMs: number | undefined;
  /** When the stream is polled next by its schedule; absent where it has none. */
  readonly nextDue: Instant | undefined;
}

/** What failed. */
export interface CycleFailure {
  readonly code: string;
  readonly message: string;
  /** Further members of the log line. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * A cycle that is over. These reports go to every observer of cycles: the log and with it the metrics, the
 * heartbeat, the lease and with it `status`, systemd, a backfill's progress.
 */
export type CycleReport = {
  readonly stream: string;
  /** When it ended. */
  readonly at: Instant;
} & (
  | { readonly outcome: 'completed'; readonly caughtUp: boolean; readonly figures: CycleFigures }
  /** Stopped from outside: what was read is on the bus, and the checkpoint stays. */
  | { readonly outcome: 'interrupted'; readonly figures: CycleFigures }
  /** The checkpoint stays. Without figures, the cycle could not begin. */
  | { readonly outcome: 'failed'; readonly failure: CycleFailure; readonly figures: CycleFigures | undefined }
);

/** The report of a cycle that failed. */
export function failedCycle(stream: string, at: Instant, failure: unknown, figures?: CycleFigures): CycleReport {
  const report = { code: codeOf(failure), message: messageOf(failure), fields: logFieldsOf(failure) };
  return { stream, at, outcome: 'failed', failure: report, figures };
}

/** Adds up counts, those included that only one of them has. */
export function addCounts(some: Partial<CycleCounts> = {}, others: Partial<CycleCounts> = {}): Partial<CycleCounts> {
  const sums: Record<string, number> = { ...some };
  for (const [name, count] of Object.entries(others)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

/**
 * What is kept of a stream's latest cycle. It is a part of the lease, which is written anyway: the daemon
 * never reads it and pays nothing for it. `status` sees it up to a third of the lease's duration late.
 */
export interface LastCycle {
  readonly outcome: CycleReport['outcome'];
  readonly at: Instant;
  /** Entries that EventBridge accepted. */
  readonly published: number;
  /** May be ahead of the stored checkpoint of a stream that finds nothing new. */
  readonly watermark?: Instant;
  readonly budgetShare?: number;
  readonly throttledMs?: number;
  readonly nextDue?: Instant;
  /** Of a failure: its code and its message. */
  readonly code?: string;
  readonly reason?: string;
}

export function lastCycleOf(report: CycleReport): LastCycle {
  const { outcome, at, figures } = report;
  const { watermark, budgetShare, throttledMs, nextDue } = figures ?? {};
  return {
    outcome,
    at,
    published: figures?.counts.published ?? 0,
    ...(watermark !== undefined && { watermark }),
    ...(budgetShare !== undefined && { budgetShare }),
    ...(throttledMs !== undefined && { throttledMs }),
    ...(nextDue !== undefined && { nextDue }),
    ...(report.outcome === 'failed' && { code: report.failure.code, reason: report.failure.message }),
  };
}

/**
 * Up to where a stream has been read, given its stored checkpoint and the report of its latest cycle. While
 * it finds nothing new, the checkpoint is behind that. A checkpoint that was written since, by hand perhaps,
 * has the last word.
 */
export function readUpTo(
  checkpoint: { readonly watermark: Instant; readonly updatedAt: Instant },
  lastCycle: { readonly at: Instant; readonly watermark?: Instant } | undefined,
): Instant {
  const { watermark = checkpoint.watermark, at = checkpoint.updatedAt } = lastCycle ?? {};
  return at < checkpoint.updatedAt ? checkpoint.watermark : Math.max(checkpoint.watermark, watermark);
}
