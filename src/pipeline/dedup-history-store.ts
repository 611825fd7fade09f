import { type DedupHistory, dedupHistoryFrom } from '../domain/dedup-history.ts';
import type { Instant } from '../domain/instant.ts';
import type { HeldLease } from '../lease/held-lease.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { PollerItem } from '../ports/state-store.ts';
import type { TrustedTime } from '../ports/trusted-time.ts';
import { updateItem } from './update-item.ts';

/** Shows how far back the table knows what was published. */
export interface DedupHistoryReader {
  /**
   * Resolves to the history that counts under this held lease. Rejects with a Failure (`table.*`), or with the
   * reason of the context's signal.
   */
  current(heldLease: HeldLease, context: RequestContext): Promise<DedupHistory>;
}

/**
 * How often it is settled while a lease is held, milliseconds: another host, or a backfill, may have stored
 * another `dedup.ttl` meanwhile. A longer one counts a day later, so once an hour is enough to revoke it.
 */
const SETTLE_EVERY = 3_600_000;

/**
 * The history as the table has it. It is read, and another `dedup.ttl` written to it, before the first
 * publication under a held lease, and once an hour from then on.
 */
export class DedupHistoryStore implements DedupHistoryReader {
  private readonly item: PollerItem<DedupHistory>;
  private readonly ttl: number;
  private readonly time: TrustedTime;
  private readonly settled = new WeakMap<HeldLease, { readonly history: DedupHistory; readonly at: Instant }>();

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

  async current(heldLease: HeldLease, context: RequestContext): Promise<DedupHistory> {
    const known = this.settled.get(heldLease);
    const at = this.time.now();
    // A clock that was set back is no reason to wait longer.
    if (known && Math.abs(at - known.at) < SETTLE_EVERY) return known.history;
    const next = (stored: DedupHistory | undefined) =>
      dedupHistoryFrom(stored, this.ttl, this.time.now(), this.time.latest());
    const history = await updateItem(this.item, next, context);
    this.settled.set(heldLease, { history, at });
    return history;
  }
}

/** The history for a reader: as it would be settled now. Nothing is written. */
export async function readDedupHistory(
  item: PollerItem<DedupHistory>,
  ttl: number,
  now: number,
  context: RequestContext,
): Promise<DedupHistory> {
  return dedupHistoryFrom((await item.read(context))?.value, ttl, now);
}
