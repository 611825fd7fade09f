import type { Instant } from '../domain/instant.ts';
import { fieldsOf, textOf } from '../domain/json.ts';
import type { Position, Window } from '../domain/window.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestContext } from '../ports/request-context.ts';
import { type LookbackLimit, timesOf } from './log-walk.ts';

const HOUR = 3_600_000;
/** The interval between two looks back, milliseconds of the monotonic clock. */
const INTERVAL_MS = HOUR;
/** Entries that appear within this time after their own are published, milliseconds. */
const COVERED_MS = 24 * HOUR;
/**
 * How far before its window a look reaches, milliseconds: an entry may have appeared just after the look
 * before.
 */
const REACH_MS = COVERED_MS + INTERVAL_MS;
/** Pages beyond the window's that one look back reads at most: 5,000 entries a day. */
const MAX_PAGES = 50;

/** A look back at entries older than the window. */
export interface LookBack {
  readonly limit: LookbackLimit;
  /** Counts, among the entries of a page, those that have appeared too late to be published. */
  note(entries: readonly unknown[], context: RequestContext): void;
  /** Called when the walk has ended. */
  done(): void;
  /** Called when a page that only the look wanted could not be read: it is tried again after the interval. */
  failed(): void;
}

/**
 * Entries of the event log that appear after their window was read. A look back once an hour finds those of
 * the last day. An older entry that the look before has not met counts as too late, unless that look did not
 * reach so far. The first look of a process only learns what is there. A look that met nothing is none.
 *
 * The day counts back from the checkpoint, not from now: an entry may have appeared just before a long
 * outage. What a look met in a window that was not delivered may not be on the bus, and by the next look the
 * checkpoint may be a day further. So looks count back from where the first of them began, until one of them
 * was delivered.
 */
export class LateEntries {
  private readonly clock: Clock;
  private lookedAt: number | undefined;
  /** The entries before the window that the latest look met: their IDs, and the time of the oldest one. */
  private known: { readonly ids: ReadonlySet<string>; readonly oldest: Instant } | undefined;
  /** Where the window of the first look began of which none has been delivered yet. */
  private from: Instant | undefined;
  /** Where the window of a look ends of which it is not known yet whether it was delivered. */
  private completedTo: Instant | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** A look back, if one is due. Nothing before the origin, where the stream began, is of interest. */
  look(window: Window, { watermark, origin }: Position): LookBack | undefined {
    if (this.completedTo !== undefined && watermark >= this.completedTo) this.from = undefined;
    this.completedTo = undefined;
    const startedAt = this.clock.monotonic();
    if (this.lookedAt !== undefined && startedAt - this.lookedAt < INTERVAL_MS) return undefined;
    this.from = Math.min(this.from ?? window.start, window.start);
    const to = Math.min(window.start, Math.max(origin, this.from - REACH_MS));
    const { known } = this;
    const seen = new Set<string>();
    let oldest = Number.POSITIVE_INFINITY;
    const isUnknown = (id: string, time: Instant) => known !== undefined && time > known.oldest && !known.ids.has(id);
    return {
      limit: { to, mostPages: MAX_PAGES },
      note(entries, context) {
        for (const entry of entries) {
          const id = textOf(fieldsOf(entry)?.id);
          const [time] = timesOf([entry]);
          if (id === undefined || time === undefined || time >= window.start || seen.has(id)) continue;
          seen.add(id);
          oldest = Math.min(oldest, time);
          if (time < to && time >= origin && isUnknown(id, time)) context.count('tooLate');
        }
      },
      done: () => {
        this.lookedAt = startedAt;
        this.completedTo = window.end;
        if (seen.size > 0) this.known = { ids: seen, oldest };
      },
      failed: () => {
        this.lookedAt = startedAt;
      },
    };
  }
}
