import { AuditCount, type AuditLimits, auditStatusOf, totalOf } from '../domain/audit.ts';
import { mergedPeriods, planBackfill } from '../domain/backfill.ts';
import type { EventType } from '../domain/catalogue.ts';
import { type DedupHistory, oldestPublishable } from '../domain/dedup-history.ts';
import { deriveSafely } from '../domain/derive-safely.ts';
import type { DerivedEvent } from '../domain/event.ts';
import { Failure } from '../domain/failure.ts';
import { formatInstant, type Instant } from '../domain/instant.ts';
import type { PhoneNumbers } from '../domain/privacy.ts';
import type { Scope } from '../domain/selection.ts';
import { CONVERSATIONS, RECONCILIATION, STREAMS, streamsAbout } from '../domain/streams.ts';
import type { Window } from '../domain/window.ts';
import type { Deduplicator } from '../pipeline/deduplicator.ts';
import type { ConversationJobs } from '../ports/conversation-jobs.ts';
import { READ_BATCH } from '../ports/dedup-store.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { TrustedTime } from '../ports/trusted-time.ts';
import { deriveInScope } from '../streams/conversations.ts';
import type { JobReader } from '../streams/job-reader.ts';
import { liveWatermark } from '../streams/live-watermark.ts';

export interface AuditOptions {
  /** The audited period: events from `start` up to, and without, `end`. */
  readonly period: Window;
  readonly jobs: ConversationJobs;
  readonly reader: JobReader;
  readonly state: Pick<StateStore, 'readCheckpoint' | 'deadLetters' | 'readBackfillRun'>;
  readonly deduplicator: Deduplicator;
  readonly time: TrustedTime;
  readonly scope: Scope;
  readonly phoneNumbers: PhoneNumbers;
  readonly include: ReadonlySet<EventType>;
  /** How far back published IDs are remembered; read once Genesys's time is known. */
  readonly history: (context: RequestContext) => Promise<DedupHistory>;
  /** Whether conversations are polled live, or by reconciliation alone. */
  readonly isLiveEnabled: boolean;
  /** Receives what is missing, page by page. The next page is read once it has resolved. */
  readonly onMissing?: (events: readonly DerivedEvent[]) => Promise<void>;
  /** Called with every page; must not throw. */
  readonly onProgress: (progress: AuditProgress) => void;
}

export interface AuditProgress {
  /** The share of the windows that are done, 0 to 1. */
  readonly fraction: number;
  /** The watermark: everything before it is done. */
  readonly at: Instant;
  /** Events read so far, and those of them that are missing. */
  readonly events: number;
  readonly missing: number;
}

/** An event that is missing. */
export interface Missing extends Pick<DerivedEvent, 'id' | 'eventType' | 'timestamp'> {
  readonly conversationId: string;
}

export interface AuditResult {
  /** The part of the period that could be audited. */
  readonly audited: Window;
  readonly count: AuditCount;
  /** The first missing events, at most MAX_LISTED, in the order in which Genesys served them. */
  readonly missing: readonly Missing[];
  /** What of the period could not be read: its events are in no figure. */
  readonly unread: readonly Window[];
  /** Pieces of records without an identifiable event. */
  readonly malformed: number;
  readonly limits: AuditLimits;
  /** Up to where the data lake was complete. */
  readonly guaranteed: Instant;
}

/** All are counted, and this many are kept, so that memory does not grow with what is missing. */
export const MAX_LISTED = 10_000;

/**
 * Compares what the data lake has of a past period with the IDs that are remembered: each event once, window
 * after window, oldest first. Reads only. Rejects with a Failure (`audit.tooRecent`, if nothing of the period
 * can be audited yet, or that of a dependency), or with the signal's reason.
 */
export async function audit(options: AuditOptions, context: RequestContext): Promise<AuditResult> {
  const { period, jobs, reader, onProgress } = options;
  const guaranteed = await jobs.availability(context);
  if (period.start >= guaranteed) throw tooRecent(period.start, guaranteed);
  const audited: Window = { start: period.start, end: Math.min(period.end, guaranteed) };
  const run = new AuditRun(
    options,
    audited,
    await options.history(context),
    await publishingPeriodsOf(options, context),
    await deadLettersOf(options, audited, context),
  );

  const report = (at: Instant) => {
    const { total } = run.count;
    const fraction = (at - audited.start) / (audited.end - audited.start);
    onProgress({ fraction, at, events: totalOf(total), missing: total.missing });
  };
  report(audited.start);
  const unread: Window[] = [];
  const onGap = (gap: Window) => void unread.push(gap);
  for (let at = audited.start; ; ) {
    const plan = planBackfill(audited, at);
    if (!plan) break;
    await run.beginWindow(context);
    // No later process can resume a job of an audit: one process reads all of it, or starts again.
    const pages = reader.read({ window: plan.window, remember: async () => undefined, onGap }, context);
    for await (const page of pages) {
      await run.check(page, context);
      context.signal.throwIfAborted();
      report(at);
    }
    at = plan.window.end;
    report(at);
  }
  return { audited, guaranteed, unread: mergedPeriods(unread, Number.NEGATIVE_INFINITY), ...run.findings };
}

/** Checks the pages of an audit. */
class AuditRun {
  readonly count = new AuditCount();
  private readonly options: AuditOptions;
  private readonly audited: Window;
  private readonly history: DedupHistory;
  private readonly publishingPeriods: readonly Window[];
  private readonly deadLetters: ReadonlySet<string>;
  private readonly missing: Missing[] = [];
  private malformed = 0;
  private watermark: Instant = Number.NEGATIVE_INFINITY;
  /**
   * IDs of this window and of the one before. A conversation is in every window that it lives through, and
   * those windows are adjacent. So older IDs do not come again.
   */
  private seen = new Set<string>();
  private seenBefore = new Set<string>();

  constructor(
    options: AuditOptions,
    audited: Window,
    history: DedupHistory,
    tasks: readonly Window[],
    deadLetters: ReadonlySet<string>,
  ) {
    this.options = options;
    this.audited = audited;
    this.history = history;
    this.publishingPeriods = tasks;
    this.deadLetters = deadLetters;
  }

  get findings() {
    const { count, missing, malformed, limits } = this;
    return { count, missing, malformed, limits };
  }

  /** Called before the next window is read. What the poller reaches from here on may be in flight. */
  async beginWindow(context: RequestContext): Promise<void> {
    this.seenBefore = this.seen;
    this.seen = new Set();
    this.watermark = await watermarkOf(this.options, context);
  }

  async check(page: readonly unknown[], context: RequestContext): Promise<void> {
    const fresh = page.flatMap((record) => this.eventsOf(record));
    const missing: DerivedEvent[] = [];
    for (let n = 0; n < fresh.length; n += READ_BATCH)
      missing.push(...(await this.judge(fresh.slice(n, n + READ_BATCH), context)));
    if (missing.length > 0) await this.options.onMissing?.(missing);
  }

  private eventsOf(record: unknown): readonly DerivedEvent[] {
    const { scope, phoneNumbers, include } = this.options;
    const derive = (one: unknown) => deriveInScope(one, scope, phoneNumbers);
    const { events, malformed } = deriveSafely(derive, record) ?? { events: [], malformed: [] };
    this.malformed += malformed.filter(({ id }) => this.isNew(id)).length;
    const { start, end } = this.audited;
    return events.filter(
      ({ id, eventType, timestamp }) =>
        include.has(eventType) && timestamp >= start && timestamp < end && this.isNew(id),
    );
  }

  /** Counts events, and returns those that are missing. */
  private async judge(events: readonly DerivedEvent[], context: RequestContext): Promise<readonly DerivedEvent[]> {
    const ids = events.map(({ id }) => id);
    const remembered = await this.options.deduplicator.lookUp(ids, context);
    const { limits } = this;
    return events.filter((event) => {
      const { id, eventType, timestamp, data } = event;
      const traces = { isRemembered: remembered.has(id), isDeadLetter: this.deadLetters.has(id) };
      const status = auditStatusOf(timestamp, traces, limits);
      this.count.add(eventType, status);
      if (status !== 'missing') return false;
      const conversationId = String(data.conversationId);
      if (this.missing.length < MAX_LISTED) this.missing.push({ id, eventType, timestamp, conversationId });
      return true;
    });
  }

  /** The limits as of now: the remembered period moves on with the clock. */
  private get limits(): AuditLimits {
    const rememberedSince = oldestPublishable(Number.NEGATIVE_INFINITY, this.options.time.now(), this.history);
    return { publishingPeriods: this.publishingPeriods, rememberedSince, watermark: this.watermark };
  }

  private isNew(id: string): boolean {
    const isKnown = this.seen.has(id) || this.seenBefore.has(id);
    this.seen.add(id);
    return !isKnown;
  }
}

/**
 * The periods in which publishing was a poller's task: since its streams began, those of earlier backfills,
 * and that of the latest if it was completed.
 */
async function publishingPeriodsOf({ state }: AuditOptions, context: RequestContext): Promise<readonly Window[]> {
  const checkpoints = [
    await state.readCheckpoint(CONVERSATIONS, context),
    await state.readCheckpoint(RECONCILIATION, context),
  ];
  const origins = checkpoints.flatMap((checkpoint) => (checkpoint ? [checkpoint.origin] : []));
  const run = await state.readBackfillRun(context);
  return [
    ...(run?.earlier ?? []),
    ...(run && run.checkpoint.watermark >= run.period.end ? [run.period] : []),
    ...(origins.length > 0 ? [{ start: Math.min(...origins), end: Number.POSITIVE_INFINITY }] : []),
  ];
}

/**
 * Without a live stream the reconciliation is the only one, so the audit waits for it however long it takes.
 */
async function watermarkOf({ jobs, state, isLiveEnabled }: AuditOptions, context: RequestContext): Promise<Instant> {
  if (isLiveEnabled) return liveWatermark(state, await jobs.now(context), context);
  return (await state.readCheckpoint(RECONCILIATION, context))?.watermark ?? Number.POSITIVE_INFINITY;
}

/** The IDs of the dead letters of a time, from every stream that reads conversations. */
async function deadLettersOf(
  { state }: AuditOptions,
  { start, end }: Window,
  context: RequestContext,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const stream of streamsAbout(STREAMS[CONVERSATIONS].subject)) {
    for await (const { kind, id, time } of state.deadLetters(stream, context)) {
      if (kind === 'event' && time >= start && time < end) ids.add(id);
    }
  }
  return ids;
}

/** The refusal of a period of which the data lake holds nothing yet. */
export function tooRecent(start: Instant, guaranteed: Instant): Failure {
  return new Failure({
    code: 'audit.tooRecent',
    what: `Nothing from ${formatInstant(start)} on can be audited yet`,
    why: `Genesys's data lake is complete only up to ${formatInstant(guaranteed)}, and gives parts of what is later without saying so`,
    remedy: `Use a --from before ${formatInstant(guaranteed)}, or wait`,
    fields: { guaranteed: formatInstant(guaranteed) },
  });
}
