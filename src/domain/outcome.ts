import type { Failure } from './failure.ts';

/** What a sink says of one entry. A `reason` begins with the sink's own code, where it has one. */
export type EntryResult =
  | { readonly status: 'accepted' }
  /** Accepted before: the sink itself has recognised the repeat. */
  | { readonly status: 'suppressed' }
  /** The entry itself is at fault and will never be accepted: it becomes a dead letter. */
  | { readonly status: 'refused'; readonly reason: string }
  /**
   * Refused, and the cause may be the entry, the sink or the account: what else the sink takes tells them
   * apart, see doubt.ts. `remedy` is what to do where the sink or the account is at fault.
   */
  | { readonly status: 'unclear'; readonly reason: string; readonly remedy: string }
  /** The sink was busy: this entry alone is sent again after a pause. */
  | { readonly status: 'busy'; readonly reason: string }
  /** The sink takes no entry until the operator has acted. The cycle stops and the checkpoint stays. */
  | { readonly status: 'stopped'; readonly reason: string; readonly failure: Failure };

/** An entry that was refused, and what the sink said of it. */
export interface RefusedEntry<T> {
  readonly entry: T;
  readonly reason: string;
}

/** An entry that was refused for a cause that is not known yet. */
export interface UnclearEntry<T> extends RefusedEntry<T> {
  readonly remedy: string;
}

/** The entries of one call, sorted by what is to be done about them; each is in exactly one list. */
export interface ClassifiedResults<T> {
  readonly accepted: readonly T[];
  readonly suppressed: readonly T[];
  readonly final: readonly RefusedEntry<T>[];
  readonly unclear: readonly UnclearEntry<T>[];
  /** Busy, unanswered, or refused together with the whole sink: not published, as far as is known. */
  readonly open: readonly T[];
  /** Set when no entry can be published until the operator has acted. */
  readonly stop?: Failure;
}

/** Reads every entry's own result: a call that succeeded says nothing about its entries. */
export function classifyResults<T>(entries: readonly T[], results: readonly EntryResult[]): ClassifiedResults<T> {
  const accepted: T[] = [];
  const suppressed: T[] = [];
  const final: RefusedEntry<T>[] = [];
  const unclear: UnclearEntry<T>[] = [];
  const open: T[] = [];
  let stop: Failure | undefined;
  for (const [index, entry] of entries.entries()) {
    const result = results[index];
    switch (result?.status) {
      case 'accepted':
        accepted.push(entry);
        break;
      case 'suppressed':
        suppressed.push(entry);
        break;
      case 'refused':
        final.push({ entry, reason: result.reason });
        break;
      case 'unclear':
        unclear.push({ entry, reason: result.reason, remedy: result.remedy });
        break;
      case 'stopped':
        stop = result.failure;
        open.push(entry);
        break;
      default:
        open.push(entry);
    }
  }
  return { accepted, suppressed, final, unclear, open, ...(stop && { stop }) };
}
