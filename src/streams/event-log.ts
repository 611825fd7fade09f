import { logFieldsOf } from '../domain/failure.ts';
import { formatInstant } from '../domain/instant.ts';
import { deriveLogEntry } from '../domain/log-entry.ts';
import type { PhoneNumbers } from '../domain/privacy.ts';
import { EVENT_LOG } from '../domain/streams.ts';
import { type Position, planWindow, type Window, type WindowRules } from '../domain/window.ts';
import { isOfAPart, logLeftOut, StallTracker } from '../lib/stall-tracker.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { Log } from '../ports/log.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { Stream } from '../ports/stream.ts';
import { LateEntries } from './late-entries.ts';
import { MAX_CHECKPOINT_LAG } from './live-watermark.ts';
import { LogWalk, timesOf } from './log-walk.ts';

export interface EventLogStreamOptions {
  readonly eventLog: EventLog;
  readonly rules: Pick<WindowRules, 'settle' | 'overlap'>;
  readonly phoneNumbers: PhoneNumbers;
  readonly clock: Clock;
  readonly log: Log;
  /** For how long what cannot be read holds the stream up; absent: an hour, counted from the first failure. */
  readonly stallTracker?: StallTracker | undefined;
  /** Pages read in one cycle at most. */
  readonly mostPages?: number;
}

/** 100,000 entries, more than four minutes of the usual request budget. */
const MAX_PAGES = 1_000;

/**
 * The dialer's event log. Genesys serves it only page by page, newest entries first, and not by time. So a
 * window of any length is read in one go from its end towards its start, until a whole page is older than it.
 * Entries may be out of order by as much as they may be late, which is `overlap`. Once an hour the walk goes on
 * to entries of the day before: the log has no reconciliation, and an entry may appear late.
 */
export function eventLogStream(options: EventLogStreamOptions): Stream {
  const { eventLog, rules, phoneNumbers, clock, log, mostPages = MAX_PAGES } = options;
  const { stallTracker = new StallTracker(clock) } = options;
  const late = new LateEntries(clock);
  let isDisorderLogged = false;
  let lastTotal: number | undefined;
  let position: Position | undefined;

  async function* read(window: Window, context: RequestContext): AsyncGenerator<readonly unknown[], void, void> {
    const look = position && late.look(window, position);
    const walk = new LogWalk({
      eventLog,
      clock,
      window,
      back: look?.limit,
      tolerance: rules.overlap,
      mostPages,
      lastTotal,
    });
    try {
      for await (const entries of walk.pages(context)) {
        look?.note(entries, context);
        const from = look?.limit.to ?? window.start;
        yield entries.filter((entry) => timesOf([entry]).every((time) => time >= from));
      }
      stallTracker.noteRead(window);
    } catch (failure) {
      if (!isOfAPart(failure) || !stallTracker.tryLeaveOut(window)) throw failure;
      walk.giveUp();
      logLeftOut(log, EVENT_LOG, window, failure);
    }
    lastTotal = walk.total;
    const { failureBeyond } = walk;
    if (failureBeyond) {
      look?.failed();
      const msg = `A page of the event log before this period cannot be read: late entries on it are not found. It is asked for again in an hour. ${failureBeyond.summary}`;
      log.warn('eventLog.lookBackFailed', msg, { stream: EVENT_LOG, ...logFieldsOf(failureBeyond) });
    } else if (!walk.endedInDoubt) look?.done();
    if (walk.order === 'mixed' && !isDisorderLogged) {
      isDisorderLogged = true;
      log.warn(
        'eventLog.unordered',
        'Entries of the event log are out of order by more than the overlap: every poll reads all of it',
        { stream: EVENT_LOG },
      );
    }
    if (walk.gapEnd === undefined) return;
    // The checkpoint moves all the same. Another attempt would get no further, since the log only grows, and
    // every poll would spend the whole request budget on it. What was not read is logged once, as an error.
    const msg = `The event log has more than ${mostPages} pages since the checkpoint; those of this period were not read`;
    log.error('gap.detected', msg, {
      stream: EVENT_LOG,
      gapStart: formatInstant(window.start),
      gapEnd: formatInstant(walk.gapEnd),
    });
  }

  return {
    name: EVENT_LOG,
    maxCheckpointLag: MAX_CHECKPOINT_LAG,
    now: (context) => eventLog.now(context),
    startsAt: async (now) => now,
    async plan(checkpoint, now) {
      position = checkpoint;
      return planWindow(checkpoint, now, { ...rules, maxWindow: Number.POSITIVE_INFINITY });
    },
    read,
    derive: (record) => deriveLogEntry(record, phoneNumbers),
  };
}
