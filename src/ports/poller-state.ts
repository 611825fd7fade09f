import type { DedupHistory } from '../domain/dedup-history.ts';
import type { Binding } from '../domain/organisation.ts';
import type { RequestContext } from './request-context.ts';

/** A stored value, and the version under which it was found. */
export interface Versioned<T> {
  readonly value: T;
  readonly version: number;
}

/**
 * A value of a poller as a whole. Both calls reject with a Failure (`table.*`, `aws.*`) or with the call's
 * signal's reason.
 */
export interface PollerItem<T> {
  /** Strongly consistent. */
  read(context: RequestContext): Promise<Versioned<T> | undefined>;
  /**
   * Writes `value` over the version that was seen (undefined: if nothing is stored). Refused where another
   * host has written meanwhile, or an earlier attempt of this very write whose answer was lost: in both cases
   * the caller reads and judges again what is stored.
   */
  write(value: T, seen: number | undefined, context: RequestContext): Promise<'written' | 'refused'>;
}

/** What is kept of a poller as a whole, beside its streams. */
export interface PollerState {
  /** Since when every published ID is remembered. */
  readonly dedupHistory: PollerItem<DedupHistory>;
  /** The organisation that the poller's name belongs to. */
  readonly organisation: PollerItem<Binding>;
}

/**
 * Reads a value and writes what `next` makes of it, until no other host has come in between. Where `next`
 * returns what is stored, nothing is written. Resolves to what is then stored.
 */
export async function settle<T>(
  item: PollerItem<T>,
  next: (stored: T | undefined) => T,
  context: RequestContext,
): Promise<T> {
  for (;;) {
    const stored = await item.read(context);
    const value = next(stored?.value);
    if (value === stored?.value) return value;
    if ((await item.write(value, stored?.version, context)) === 'written') return value;
  }
}
