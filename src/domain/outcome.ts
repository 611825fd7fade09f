/** What the bus answered for one entry. `suppressed`: accepted before, and recognised as a repeat by the bus itself. */
export type EntryResult =
  | { readonly status: 'accepted' }
  | { readonly status: 'suppressed' }
  | { readonly status: 'failed'; readonly code: string; readonly message: string };

/** What is to be done about an entry that EventBridge refused. */
export type Verdict =
  /** The bus was busy: this entry alone is sent again after a pause. */
  | 'retry'
  /** The code is about the entry itself, which will never be accepted: it becomes a dead letter. */
  | 'final'
  /** The code may be about the entry, the bus or the account: what else the bus takes tells them apart, see doubt.ts. */
  | 'unclear'
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

/** The members of an entry that are its own. Source and bus are the same for every entry: what is wrong with them is not the entry's. */
const OWN_MEMBER = /\b(Detail|DetailType|Time|Resources)\b/;

/**
 * Judges one entry of a PutEvents answer. Only what names a flaw of the entry is final. A code such as InvalidAccountIdException,
 * NotAuthorizedForSourceException, one of KMS, or one that is not known, may come for every entry there is.
 */
export function judgeEntry({ code, message }: Omit<Refused, 'status'>): Verdict {
  if (TRANSIENT.has(code)) return 'retry';
  if (/^AccessDenied(Exception)?$/.test(code)) return 'denied';
  if (code === 'ResourceNotFoundException') return 'missing';
  if (code === 'MalformedDetail') return 'final';
  return code === 'InvalidArgument' && OWN_MEMBER.test(message) ? 'final' : 'unclear';
}

type Refused = Extract<EntryResult, { readonly status: 'failed' }>;

/** An entry that was not taken, and what EventBridge said of it. */
export interface RefusedEntry<T> {
  readonly entry: T;
  readonly reason: string;
}

/** The entries of one call, sorted by what is to be done about them; each is in exactly one list. */
export interface Sorted<T> {
  readonly accepted: readonly T[];
  readonly suppressed: readonly T[];
  readonly final: readonly RefusedEntry<T>[];
  readonly unclear: readonly RefusedEntry<T>[];
  /** Busy, unanswered, or refused together with the whole bus: not on it, as far as is known. */
  readonly open: readonly T[];
  /** Set when no entry can be published until the operator has acted. */
  readonly stop?: { readonly verdict: 'denied' | 'missing'; readonly reason: string };
}

/** Reads every entry's own result: a call that succeeded says nothing about its entries. */
export function sortResults<T>(entries: readonly T[], results: readonly EntryResult[]): Sorted<T> {
  const accepted: T[] = [];
  const suppressed: T[] = [];
  const final: RefusedEntry<T>[] = [];
  const unclear: RefusedEntry<T>[] = [];
  const open: T[] = [];
  let stop: Sorted<T>['stop'];
  for (const [index, entry] of entries.entries()) {
    const result = results[index];
    if (!result) open.push(entry);
    else if (result.status === 'accepted') accepted.push(entry);
    else if (result.status === 'suppressed') suppressed.push(entry);
    else {
      const reason = `${result.code}: ${result.message}`;
      const verdict = judgeEntry(result);
      if (verdict === 'final') final.push({ entry, reason });
      else if (verdict === 'unclear') unclear.push({ entry, reason });
      else open.push(entry);
      if (verdict === 'denied' || verdict === 'missing') stop = { verdict, reason };
    }
  }
  return { accepted, suppressed, final, unclear, open, ...(stop && { stop }) };
}
