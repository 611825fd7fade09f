import type { EntryResult } from '../domain/outcome.ts';
import { deniedByBus, missingBus, remedyOfRefusal } from './bus-refusals.ts';

/** What EventBridge says of an entry that it did not take. */
export interface EntryError {
  readonly code: string;
  readonly message: string;
}

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
 * The members of an entry that are its own. Source and bus are the same for every entry: what is wrong
 * with them is not the entry's.
 */
const OWN_MEMBER = /\b(Detail|DetailType|Time|Resources)\b/;

/**
 * Judges one entry of a PutEvents answer. Only what blames the entry itself is final. A code such as
 * InvalidAccountIdException, NotAuthorizedForSourceException, one of KMS, or one that is not known, may
 * come for every entry there is. `ifMissing` is what to do if there is no such bus.
 */
export function resultOfError({ code, message }: EntryError, bus: string, ifMissing?: string): EntryResult {
  const reason = `${code}: ${message}`;
  if (TRANSIENT.has(code)) return { status: 'busy', reason };
  if (/^AccessDenied(Exception)?$/.test(code)) return { status: 'stopped', reason, failure: deniedByBus(bus, reason) };
  if (code === 'ResourceNotFoundException') {
    return { status: 'stopped', reason, failure: missingBus(bus, reason, ifMissing) };
  }
  const isOwnFault = code === 'MalformedDetail' || (code === 'InvalidArgument' && OWN_MEMBER.test(message));
  return isOwnFault ? { status: 'refused', reason } : { status: 'unclear', reason, remedy: remedyOfRefusal(reason) };
}
