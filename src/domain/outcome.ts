/** What the bus answered for one entry. `suppressed`: accepted before, and recognised as a repeat by the bus itself. */
export type EntryResult =
  | { readonly status: 'accepted' }
  | { readonly status: 'suppressed' }
  | { readonly status: 'failed'; readonly code: string; readonly message: string };

/** What is to be done about an entry that EventBridge refused. */
export type Verdict =
  /** The bus was busy: this entry alone is sent again after a pause. */
  | 'retry'
  /** This entry will never be accepted: it becomes a dead letter. */
  | 'final'
  /** The poller may not publish on this bus at all: the cycle stops and the checkpoint stays. */
  | 'denied'
  /** There is no such bus: the cycle stops and the checkpoint stays. */
  | 'missing';

const TRANSIENT = new Set([
  'ThrottlingException',
  'InternalFailure',
  'InternalException',
  'InternalServerException',
  'ServiceUnavailable',
  // A v2 bus that is being created or updated.
  'InvalidStateException',
]);

/**
 * Judges the ErrorCode of one entry of a PutEvents answer. What is not known to be transient is final: repeating a
 * malformed entry for ever would hold its neighbours back.
 */
export function judgeEntry(errorCode: string): Verdict {
  if (TRANSIENT.has(errorCode)) return 'retry';
  if (/^AccessDenied(Exception)?$/.test(errorCode)) return 'denied';
  if (errorCode === 'ResourceNotFoundException') return 'missing';
  return 'final';
}

/** The entries of one call, sorted by what is to be done about them; each is in exactly one list. */
export interface Sorted<T> {
  readonly accepted: readonly T[];
  readonly suppressed: readonly T[];
  readonly final: readonly { readonly entry: T; readonly reason: string }[];
  /** Busy, unanswered, or refused together with the whole bus: not on it, as far as is known. */
  readonly open: readonly T[];
  /** Set when no entry can be published until the operator has acted. */
  readonly stop?: { readonly verdict: 'denied' | 'missing'; readonly reason: string };
}

/** Reads every entry's own result: a call that succeeded says nothing about its entries. */
export function sortResults<T>(entries: readonly T[], results: readonly EntryResult[]): Sorted<T> {
  const accepted: T[] = [];
  const suppressed: T[] = [];
  const final: { entry: T; reason: string }[] = [];
  const open: T[] = [];
  let stop: Sorted<T>['stop'];
  for (const [index, entry] of entries.entries()) {
    const result = results[index];
    if (!result) open.push(entry);
    else if (result.status === 'accepted') accepted.push(entry);
    else if (result.status === 'suppressed') suppressed.push(entry);
    else {
      const reason = `${result.code}: ${result.message}`;
      const verdict = judgeEntry(result.code);
      if (verdict === 'final') final.push({ entry, reason });
      else open.push(entry);
      if (verdict === 'denied' || verdict === 'missing') stop = { verdict, reason };
    }
  }
  return { accepted, suppressed, final, open, ...(stop && { stop }) };
}
