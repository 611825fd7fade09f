import type { Instant } from './instant.ts';

/** From `from` on, IDs were recorded for `ttl` milliseconds. */
export interface Era {
  readonly from: Instant;
  readonly ttl: number;
}

/**
 * What is remembered of publishing: with which `dedup.ttl` IDs were recorded when. Eras follow one another,
 * the latest is the last. Of what was recorded before the first of them, nothing is known.
 *
 *     day 0    ttl 7d
 *     day 10   ttl 30d    counts from day 11 on. IDs recorded before that still last 7 days, for all that is known
 *     day 12              those from before day 5 are forgotten
 *     day 18              all of them are forgotten; those of day 11 are remembered until day 41
 */
export type DedupHistory = readonly Era[];

/**
 * Kept in reserve, milliseconds: an event is dated by its source, and recorded a little later. It is also
 * more than all hosts of a poller need to take a new `ttl`, or to say that they have another one.
 */
export const MARGIN_MS = 86_400_000;
/**
 * A poller whose hosts disagree about `dedup.ttl` changes it again and again: what is stored stays small
 * nevertheless.
 */
const MAX_ERAS = 20;

/**
 * The history of a poller that records IDs for `ttl` from `now` on; `stored` itself where nothing changes.
 * Where nothing is stored yet, IDs were recorded with this `ttl`, if at all.
 *
 * The hosts of a poller take a new `ttl` one after the other, and each records by its own. A longer one
 * therefore counts from a day later on. A host that records with a shorter one before then revokes it. The
 * next host with the longer one announces it again:
 *
 *     10:00  B  30d   counts from tomorrow 10:00
 *     11:00  A   7d   revoked
 *     11:10  A  30d   counts from tomorrow 11:10: no host has recorded with 7d since
 *
 * Where two clocks differ, `now` is the earlier one and `latest` the later. A longer `ttl` counts from the
 * later one, a shorter one, and the first of all, from the earlier one. A clock that is days ahead must not
 * promise IDs that will have expired, and must not declare events too old that happen before it is corrected.
 */
export function dedupHistoryFrom(
  stored: DedupHistory | undefined,
  ttl: number,
  now: Instant,
  latest: Instant = now,
): DedupHistory {
  const known = stored ?? [];
  const eras = known.filter((era, n) => n === 0 || era.from <= now || era.ttl <= ttl);
  const last = eras.at(-1);
  if (!last) return [{ from: now - ttl + MARGIN_MS, ttl }];
  if (last.ttl === ttl) return eras.length === known.length ? known : eras;
  const from = ttl > last.ttl ? latest + MARGIN_MS : now;
  // A clock that was set back must not put a later era before an earlier one.
  const longer = [...eras, { from: Math.max(from, last.from), ttl }];
  return longer.length > MAX_ERAS ? mergeOldest(longer) : longer;
}

/**
 * The oldest timestamp that may still be published: not before the stream's origin, and not before what is
 * surely remembered, less a day of margin. Past that, a new event looks the same as a forgotten one.
 */
export function oldestPublishable(origin: Instant, now: Instant, history: DedupHistory): Instant {
  const known = history[0]?.from ?? Number.NEGATIVE_INFINITY;
  return Math.max(origin, known, ...history.map((era, n) => forgottenUntil(era, endOf(history, n), now)));
}

/** The history for a run that accepts repeats: it declares nothing too old. */
export const UNLIMITED: DedupHistory = [];

/**
 * A history that was enough when a run began and stays enough while it lasts: the run may use up what is kept
 * in reserve.
 */
export function withReserve(history: DedupHistory): DedupHistory {
  return history.map((era) => ({ ...era, ttl: era.ttl + MARGIN_MS }));
}

/** Up to when IDs of this era may be forgotten by now. */
function forgottenUntil({ from, ttl }: Era, end: Instant, now: Instant): Instant {
  const until = Math.min(now - ttl + MARGIN_MS, end);
  return until > from ? until : Number.NEGATIVE_INFINITY;
}

function endOf(history: DedupHistory, n: number): Instant {
  return history[n + 1]?.from ?? Number.POSITIVE_INFINITY;
}

/** The two oldest eras as one, in which IDs lasted no longer than in either. */
function mergeOldest(history: DedupHistory): DedupHistory {
  const ttl = Math.min(...history.slice(0, 2).map((era) => era.ttl));
  return history.map((era, n) => (n === 0 ? { ...era, ttl } : era)).filter((_, n) => n !== 1);
}
