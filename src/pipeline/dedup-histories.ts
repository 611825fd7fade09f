import { type DedupHistory, dedupHistoryFrom } from '../domain/dedup-history.ts';
import type { HeldLease } from '../lease/held-lease.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { PollerItem } from '../ports/state-store.ts';
import type { TrustedTime } from '../ports/trusted-time.ts';
import { updateItem } from './update-item.ts';

/** Tells how far back it is remembered what was published. */
export interface DedupHistories {
  /**
   * Resolves to the history under this held lease. Rejects with a Failure (`table.*`), or with the call's
   * signal's reason.
   */
  under(heldLease: HeldLease, context: RequestContext): Promise<DedupHistory>;
}

/**
 * The history as the table has it. It is read, and a changed `dedup.ttl` written to it, once for each held
 * lease and before its first publication: between two leases another host may have published with another
 * `dedup.ttl`.
 */
export class StoredDedupHistories implements DedupHistories {
  private readonly item: PollerItem<DedupHistory>;
  private readonly ttl: number;
  private readonly time: TrustedTime;
  private readonly settled = new WeakMap<HeldLease, DedupHistory>();

  constructor(options: {
    readonly item: PollerItem<DedupHistory>;
    /** `dedup.ttl`, milliseconds. */
    readonly ttl: number;
    readonly time: TrustedTime;
  }) {
    this.item = options.item;
    this.ttl = options.ttl;
    this.time = options.time;
  }

  async under(heldLease: HeldLease, context: RequestContext): Promise<DedupHistory> {
    const known = this.settled.get(heldLease);
    if (known) return known;
    const history = await settleHistory(this.item, this.ttl, this.time, context);
    this.settled.set(heldLease, history);
    return history;
  }
}

/**
 * Stores that IDs are recorded for `ttl` from now on, unless that is stored already. Resolves to the history.
 */
async function settleHistory(
  item: PollerItem<DedupHistory>,
  ttl: number,
  time: TrustedTime,
  context: RequestContext,
): Promise<DedupHistory> {
  return updateItem(item, (stored) => dedupHistoryFrom(stored, ttl, time.now(), time.latest()), context);
}

/** The history for a reader: as it would be settled now. Nothing is written. */
export async function historySeen(
  item: PollerItem<DedupHistory>,
  ttl: number,
  now: number,
  context: RequestContext,
): Promise<DedupHistory> {
  return dedupHistoryFrom((await item.read(context))?.value, ttl, now);
}
