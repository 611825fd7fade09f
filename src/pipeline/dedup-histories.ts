import { type DedupReach, reachFrom } from '../domain/dedup-history.ts';
import type { Tenure } from '../lease/held-lease.ts';
import { type PollerItem, settle } from '../ports/poller-state.ts';
import type { Call } from '../ports/request-context.ts';
import type { TrustedTime } from '../ports/trusted-time.ts';

/** Tells how far back it is remembered what was published. */
export interface DedupReaches {
  /** Resolves to the reach under this held lease. Rejects with a Failure (`table.*`), or with the call's signal's reason. */
  under(tenure: Tenure, call: Call): Promise<DedupReach>;
}

/**
 * The reach as the table has it. It is read, and a changed `dedup.ttl` written to it, once for each held lease and before its first
 * publication: between two leases another host may have published with another `dedup.ttl`.
 */
export class StoredDedupReaches implements DedupReaches {
  private readonly item: PollerItem<DedupReach>;
  private readonly ttl: number;
  private readonly time: TrustedTime;
  private readonly settled = new WeakMap<Tenure, DedupReach>();

  constructor(options: {
    readonly item: PollerItem<DedupReach>;
    /** `dedup.ttl`, milliseconds. */
    readonly ttl: number;
    readonly time: TrustedTime;
  }) {
    this.item = options.item;
    this.ttl = options.ttl;
    this.time = options.time;
  }

  async under(tenure: Tenure, call: Call): Promise<DedupReach> {
    const known = this.settled.get(tenure);
    if (known) return known;
    const reach = await settleReach(this.item, this.ttl, this.time.latest(), call);
    this.settled.set(tenure, reach);
    return reach;
  }
}

/**
 * Stores that IDs are recorded for `ttl` from `now` on, unless that is stored already. Resolves to the reach. `now` is the later clock:
 * IDs that another host has recorded by then count as recorded for the time that was stored.
 */
async function settleReach(item: PollerItem<DedupReach>, ttl: number, now: number, call: Call): Promise<DedupReach> {
  return settle(item, (stored) => reachFrom(stored, ttl, now), call);
}

/** The reach for whoever only looks: as it would be settled now, and nothing is written. */
export async function reachSeen(
  item: PollerItem<DedupReach>,
  ttl: number,
  now: number,
  call: Call,
): Promise<DedupReach> {
  return reachFrom((await item.read(call))?.value, ttl, now);
}
