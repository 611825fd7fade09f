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
