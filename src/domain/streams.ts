import { rereadingShareOf } from './budget.ts';
import { MAX_JOB_MS, MAX_PIECE_MS } from './job-limits.ts';
import { MAX_REQUESTED_WAIT_MS } from './retry-policy.ts';

export const CONVERSATIONS = 'conversations';
export const RECONCILIATION = 'reconciliation';
export const EVENT_LOG = 'event-log';
export const BACKFILL = 'backfill';

/** Everything that keeps state of its own in the state table. */
export const STREAM_NAMES = [CONVERSATIONS, RECONCILIATION, EVENT_LOG, BACKFILL] as const;

/** Where an event was found. Not part of the fact. */
export type StreamName = (typeof STREAM_NAMES)[number];

/** The settings that the time of a cycle depends on. */
interface CycleBudget {
  readonly requestsPerMinute: number;
  /** `streams.reconciliation.horizon`, milliseconds. */
  readonly horizon: number;
}

/** What is known of a stream by its name. */
interface StreamTraits {
  /** What its events are about. Streams with the same subject derive the same events, under the same IDs. */
  readonly subject: 'conversations' | 'dialer log';
  /**
   * The section of `streams` in the configuration whose `enabled` switches it on; null: only a command runs
   * it.
   */
  readonly section: 'conversations' | 'reconciliation' | 'eventLog' | null;
  /** The section of the configuration whose `schedule` says when it is polled. */
  readonly scheduledBy: 'poller' | 'streams.reconciliation' | null;
  /** Genesys's name of the permission that reading it needs. */
  readonly permission: string;
  /** How long a cycle may go on without a sign of life, milliseconds. After that it counts as hung. */
  readonly allowedCycleMs: (budget: CycleBudget) => number;
  /**
   * A stream with the same subject that works only while this process holds the lease of this stream too.
   * Within a process the deduplicator keeps the two from publishing one event at the same moment; between
   * processes this does.
   */
  readonly companion: StreamName | null;
  /**
   * Whether names are looked up for the codes in its events. The dialer's log names what it is about itself.
   */
  readonly isEnriched: boolean;
}

/**
 * The registry of streams. One more stream is its name in STREAM_NAMES, an entry here, and what it is made of
 * in app/streams.ts. An audit compares conversations, so it covers every stream about them.
 */
export const STREAMS = {
  conversations: {
    subject: 'conversations',
    section: 'conversations',
    scheduledBy: 'poller',
    permission: 'analytics:conversationDetail:view',
    allowedCycleMs: ({ requestsPerMinute }) => allowedCycle(requestsPerMinute),
    companion: RECONCILIATION,
    isEnriched: true,
  },
  reconciliation: {
    subject: 'conversations',
    section: 'reconciliation',
    scheduledBy: 'streams.reconciliation',
    permission: 'analytics:conversationDetail:view',
    allowedCycleMs: ({ requestsPerMinute, horizon }) => allowedReconciliation(requestsPerMinute, horizon),
    companion: null,
    isEnriched: true,
  },
  'event-log': {
    subject: 'dialer log',
    section: 'eventLog',
    scheduledBy: 'poller',
    permission: 'outbound:eventLog:view',
    allowedCycleMs: ({ requestsPerMinute }) => allowedCycle(requestsPerMinute),
    companion: null,
    isEnriched: false,
  },
  backfill: {
    subject: 'conversations',
    section: null,
    scheduledBy: null,
    permission: 'analytics:conversationDetail:view',
    allowedCycleMs: ({ requestsPerMinute, horizon }) => allowedReconciliation(requestsPerMinute, horizon),
    companion: null,
    isEnriched: true,
  },
} as const satisfies Readonly<Record<StreamName, StreamTraits>>;

/** A stream that the daemon polls by a schedule, if it is enabled. */
export type PolledStream = {
  readonly [Name in StreamName]: (typeof STREAMS)[Name]['section'] extends null ? never : Name;
}[StreamName];

export function isPolled(name: StreamName): name is PolledStream {
  return STREAMS[name].section !== null;
}

/** The streams that a daemon polls if they are enabled, in the order in which they are shown. */
export const POLLED_STREAMS: readonly PolledStream[] = STREAM_NAMES.filter(isPolled);

/**
 * Streams that are to keep up with the source. The reconciliation is hours behind by design, and a backfill
 * reads what is past.
 */
export const LIVE_STREAMS: readonly PolledStream[] = POLLED_STREAMS.filter(
  (name) => STREAMS[name].scheduledBy === 'poller',
);

/** The streams that may derive the same events as this one, itself included. */
export function streamsAbout(subject: StreamTraits['subject']): readonly StreamName[] {
  return STREAM_NAMES.filter((name) => STREAMS[name].subject === subject);
}

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
/** What can be paged through in a window: two queries of 1,000 pages each. */
export const MAX_PAGES = 2_000;

/**
 * How long a cycle of the near-real-time streams may go on without a sign of life, milliseconds: as long as
 * the request budget makes it at the most, even if no page comes before the last request. A lower limit would
 * restart a poller that is merely busy, and it would begin again.
 */
export function allowedCycle(requestsPerMinute: number): number {
  return MAX_REQUESTED_WAIT_MS + (MAX_PAGES / requestsPerMinute) * MINUTE;
}

/**
 * The same for a cycle of the reconciliation. It reads two days at the most, job after job, and its part of
 * the horizon with a share of the budget: the hours of a whole horizon of jobs suffice for that.
 */
export function allowedReconciliation(requestsPerMinute: number, horizon: number): number {
  return allowedCycle(rereadingShareOf(requestsPerMinute)) + Math.ceil((horizon + DAY) / MAX_PIECE_MS) * MAX_JOB_MS;
}
