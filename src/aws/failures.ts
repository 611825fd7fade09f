import { Failure, type FailureCode, type FailureText } from '../domain/failure.ts';
import { fieldsOf, textOf } from '../domain/json.ts';
import { remedyIfMissing } from './bus-refusals.ts';
import { configurationFault } from './configuration-fault.ts';
import { deniedAction } from './denial.ts';
import { askedOf } from './http-handler.ts';
import { regionAdvice } from './regions.ts';

/** What an error of the AWS SDK means to a caller. */
export type Kind =
  /** Throttled, a server error, a time-out, no connection: the same call may succeed later. */
  | 'transient'
  | 'denied'
  /** No credentials, expired or unknown ones, no region. */
  | 'credentials'
  /** The request was never made: the settings of this host for AWS cannot be used. */
  | 'configuration'
  | 'missing'
  /** The service understood and refuses; repeating the call does not help. */
  | 'rejected';

const THROTTLED = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'ProvisionedThroughputExceededException',
  'LimitExceededException',
  'PriorRequestNotComplete',
]);

const CREDENTIALS = new Set([
  'CredentialsProviderError',
  'ProviderError',
  'TokenProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'TokenRefreshRequired',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidIdentityToken',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'CredentialsTimeout',
  'NotSentError',
]);

/** What the SDK calls an answer that is not in AWS's form: an HTML page, an empty body. */
const NAMELESS = new Set(['SyntaxError', 'Unknown', 'UnknownError', 'Error']);

/** The service is in the middle of a change: a v2 bus that is being created or updated takes events later. */
const BUSY = new Set(['InvalidStateException', 'ConcurrentModificationException']);

/** The one HTTP status that EventBridge may answer without naming an error. */
const TOO_LARGE = 413;

const DENIED = new Set(['AccessDeniedException', 'AccessDenied', 'NotAuthorized', 'UnauthorizedOperation']);

/**
 * Judges whatever `client.send` threw. What carries no HTTP status never reached the service or never
 * came back; what bears no name of AWS's comes from something in between.
 */
export function judge(error: unknown): Kind {
  const { name, message, status, clockCorrected } = read(error);
  // The SDK has just measured the clock's error and signs the next call with it.
  if (clockCorrected) return 'transient';
  if (configurationFault(error)) return 'configuration';
  if (CREDENTIALS.has(name) || message.startsWith('Region is missing')) return 'credentials';
  // A role that may not be assumed fails inside the credential chain, whatever the call was about.
  if (DENIED.has(name)) return message.includes('sts:AssumeRole') ? 'credentials' : 'denied';
  if (name === 'ResourceNotFoundException') return 'missing';
  if (status === TOO_LARGE) return 'rejected';
  if (status === undefined || status < 400 || status >= 500) return 'transient';
  return THROTTLED.has(name) || BUSY.has(name) || NAMELESS.has(name) ? 'transient' : 'rejected';
}

/** The Failure for a call that concerned a table. `action` is the IAM action, such as `dynamodb:PutItem`. */
export function tableFailure(error: unknown, about: { readonly action: string; readonly table: string }): Failure {
  const { action, table } = about;
  const texts: Record<Kind, () => FailureText> = {
    transient: () => ({
      code: 'table.unavailable',
      what: `DynamoDB did not carry out ${action} on table ${table}`,
      why: reasonOf(error),
      remedy: `If it lasts, check ${whatToCheck(error, 'DYNAMODB', 'the table for throttling')}`,
    }),
    denied: () => deniedText('table.denied', { error, action, resource: `table ${table}` }),
    credentials: () => credentialsText(error, action),
    configuration: () => configurationText(error, action),
    missing: () => ({
      code: 'table.missing',
      what: `DynamoDB has no table ${table}`,
      why: 'it does not exist in this account and region',
      remedy: 'Run `genesys-poller setup`, or correct the name or AWS_REGION',
    }),
    rejected: () => ({
      code: 'table.schema',
      what: `DynamoDB refused ${action} on table ${table}`,
      why: reasonOf(error),
      remedy: isNotFromAws(error)
        ? `Check ${whoAnswers('DYNAMODB')}`
        : 'Run `genesys-poller check`: it compares the table with what is needed',
    }),
  };
  return new Failure({ ...texts[judge(error)](), fields: logFieldsOfAwsError(error, action) });
}

/**
 * The Failure for a call that concerned a bus as a whole. `action` is the IAM action, such as
 * `events:PutEvents`.
 */
export function busFailure(
  error: unknown,
  about: {
    readonly action: string;
    readonly bus: string;
    /** What to do if there is no such bus. */
    readonly ifMissing?: string;
    /** Whose API was called. */
    readonly service?: Service;
  },
): Failure {
  const { action, bus, ifMissing = remedyIfMissing(bus), service = 'EVENTBRIDGE' } = about;
  const texts: Record<Kind, () => FailureText> = {
    transient: () => ({
      code: 'bus.unavailable',
      what: `EventBridge did not answer ${action} on bus ${bus} with a result`,
      why: reasonOf(error),
      remedy: `If it lasts, check ${whatToCheck(error, service, 'the PutEvents quota')}`,
    }),
    denied: () => deniedText('bus.denied', { error, action, resource: `bus ${bus}` }),
    credentials: () => credentialsText(error, action),
    configuration: () => configurationText(error, action),
    missing: () => ({
      code: 'bus.missing',
      what: `EventBridge has no bus ${bus}`,
      why: 'it does not exist in this account and region',
      remedy: ifMissing,
    }),
    rejected: () => ({
      code: 'bus.rejected',
      what: `EventBridge refused ${action} on bus ${bus}`,
      why: reasonOf(error),
      remedy: isNotFromAws(error)
        ? `Check ${whoAnswers(service)}`
        : 'Check eventBridge.bus, eventBridge.source and eventBridge.maxRequestBytes against the limits of this region',
    }),
  };
  return new Failure({ ...texts[judge(error)](), fields: logFieldsOfAwsError(error, action) });
}

/**
 * What to check for a transient error: the path to a host that did not answer, or the reason why a service
 * that answered refuses.
 */
function whatToCheck(error: unknown, service: Service, ifAnswered: string): string {
  const asked = askedOf(error);
  if (!asked) return isNotFromAws(error) ? whoAnswers(service) : ifAnswered;
  const region = regionAdvice(asked.host);
  return region === undefined ? asked.route.advice : `${region}, and ${asked.route.advice}`;
}

/** As the SDK's variables for endpoints name it. */
type Service = 'DYNAMODB' | 'EVENTBRIDGE' | 'EVENTBRIDGEV2';

/** A success that lacks what AWS always gives. */
export class NonAwsResponse extends Error {}

/**
 * Whether something else than the service has answered: its errors have names such as ValidationException,
 * and it knows the operation.
 */
function isNotFromAws(error: unknown): boolean {
  const { name, status } = read(error);
  if (status === undefined) return error instanceof NonAwsResponse;
  return NAMELESS.has(name) || name === 'UnknownOperationException' || !/^[A-Z][A-Za-z]+$/.test(name);
}

/** The end of a sentence after `check`. */
function whoAnswers(service: Service): string {
  return `what answers there: a proxy in between, or the endpoint in AWS_ENDPOINT_URL_${service} or AWS_ENDPOINT_URL`;
}

/** The Failure for an answer of PutEvents that does not speak of each entry once. */
export function miscounted(bus: string, results: number, entries: number): Failure {
  return new Failure({
    code: 'bus.unavailable',
    what: `EventBridge answered events:PutEvents on bus ${bus} with ${results} results for ${entries} entries`,
    why: 'which of them were accepted is unknown',
    remedy: 'If it lasts, check what answers at the endpoint',
  });
}

interface Denial {
  readonly error: unknown;
  readonly action: string;
  readonly resource: string;
}

/**
 * A call may need more than its own action, for example `kms:Decrypt` where a table or bus has its own key.
 * AWS's message names it.
 */
function deniedText(code: FailureCode, { error, action, resource }: Denial): FailureText {
  const named = deniedAction(read(error).message) ?? action;
  if (named === action) {
    return {
      code,
      what: `AWS denied ${action} on ${resource}`,
      why: 'no policy of these credentials allows it, or one forbids it',
      remedy: `Allow ${action} on the ARN of ${resource}`,
    };
  }
  const key = named.startsWith('kms:')
    ? `the KMS key of ${resource}, in its key policy too`
    : 'what the call needs it for';
  return {
    code,
    what: `AWS denied ${named}, which ${action} on ${resource} needs`,
    why: 'no policy of these credentials allows it, or one forbids it',
    remedy: `Allow ${named} on ${key}`,
  };
}

/**
 * Where the request could not even be made: what is wrong with this host's settings, and what to correct.
 * In our own words: no value is quoted.
 */
function configurationText(error: unknown, action: string): FailureText {
  const { why = '', remedy = '' } = configurationFault(error) ?? {};
  return { code: 'aws.configuration', what: `Could not call AWS for ${action}`, why, remedy };
}

/**
 * In our own words only: AWS quotes the signed headers, the session token among them, when a signature
 * does not match, and a credential helper's error quotes its output.
 */
function credentialsText(error: unknown, action: string): FailureText {
  const { name, message } = read(error);
  const noRegion = message.startsWith('Region is missing');
  // Our own words: who has not answered.
  const unanswered = name === 'CredentialsTimeout' || name === 'NotSentError' ? message : undefined;
  return {
    code: 'aws.credentials',
    what: `Could not call AWS for ${action}`,
    why: noRegion ? 'no region is configured' : (unanswered ?? `there are no credentials that AWS accepts (${name})`),
    remedy: noRegion
      ? 'Set AWS_REGION, or a region in the AWS profile'
      : "Check the role, profile or AWS_* variables of this process, their expiry, and the host's clock",
  };
}

function logFieldsOfAwsError(error: unknown, action: string): Readonly<Record<string, unknown>> {
  const { name, status, requestId } = read(error);
  return {
    action,
    error: name,
    ...(status !== undefined && { httpStatus: status }),
    ...(requestId !== undefined && { requestId }),
  };
}

/** One line of at most 300 characters, without the full stop that the sentence around it will have. */
function reasonOf(error: unknown): string {
  const { name, message, code, status } = read(error);
  if (status !== undefined && NAMELESS.has(name)) {
    return `the answer (HTTP ${status}) is not one of AWS; it may come from a proxy in between`;
  }
  // A refused connection to a name with two addresses is an AggregateError without a message.
  const isPlain = name === 'Error' || name === 'ProxyError';
  const text = [isPlain ? undefined : name, message || code].filter(Boolean).join(': ');
  return text.replace(/\s+/g, ' ').slice(0, 300).replace(/\.$/, '');
}

function read(error: unknown) {
  const fields = fieldsOf(error);
  const metadata = fieldsOf(fields?.$metadata);
  const status = metadata?.httpStatusCode;
  return {
    name: textOf(fields?.name) ?? 'Error',
    message: textOf(fields?.message) ?? '',
    code: textOf(fields?.code),
    status: typeof status === 'number' ? status : undefined,
    requestId: textOf(metadata?.requestId),
    clockCorrected: metadata?.clockSkewCorrected === true,
  };
}
