import { Failure } from '../domain/failure.ts';
import { deniedAction } from './denial.ts';

/** The bus says of its entries that this poller may not publish there. */
export function deniedByBus(bus: string, reason: string): Failure {
  const action = deniedAction(reason);
  const isOtherAction = action !== undefined && action !== 'events:PutEvents';
  return new Failure({
    code: 'bus.denied',
    what: `EventBridge does not let the poller publish on ${bus}`,
    why: reason,
    remedy: isOtherAction
      ? `Allow ${action}, in the poller's IAM policy and in the policy of the resource that the message names`
      : `Allow events:PutEvents on the bus ${bus} in the poller's IAM policy and in the bus's own policy`,
  });
}

/** What to do if there is no such classic bus. Setup creates one that is named, not one that an ARN names. */
export function remedyIfMissing(bus: string): string {
  return bus.startsWith('arn:')
    ? 'Create the bus in its account and region, or correct eventBridge.bus'
    : 'Run `genesys-poller setup`, or correct the name or AWS_REGION';
}

export function missingBus(bus: string, reason: string, remedy = remedyIfMissing(bus)): Failure {
  return new Failure({
    code: 'bus.missing',
    what: `EventBridge has no bus ${bus}`,
    why: reason,
    remedy,
  });
}

/** What to do where a bus stays busy: the end of a sentence. */
export const REMEDY_IF_BUSY = 'ask for a higher PutEvents quota';

/**
 * What to do about a refusal that may concern the bus or the account; `reason` begins with EventBridge's
 * code.
 */
export function remedyOfRefusal(reason: string): string {
  return REMEDIES.find(([pattern]) => pattern.test(reason))?.[1] ?? ANY;
}

const ANY =
  'Check eventBridge.bus, eventBridge.source and eventBridge.maxRequestBytes, the policy of the bus, and the account itself';

/** By what EventBridge's code, which comes first in the reason, begins with. */
const REMEDIES: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [/^KMS|\bkms:/, 'Check the KMS key of the bus: that it is enabled, and that its policy lets EventBridge use it'],
  [/^NotAuthorizedForSource/, 'Allow eventBridge.source in the policies that limit events:source, or correct it'],
  [/^NotAuthorizedForDetailType/, 'Allow the types of events.include in the policies that limit events:detail-type'],
  [/^InvalidAccountId/, 'Check the account in eventBridge.bus, and that this account is active'],
];
