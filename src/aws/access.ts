import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Failure } from '../domain/failure.ts';
import { fieldsOf } from '../domain/json.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestContext } from '../ports/request-context.ts';
import { lacksRest } from './dedup-store.ts';
import { tableFailure } from './failures.ts';
import { sendToTable } from './send.ts';

/** The region and identity used to call AWS. */
export interface AwsIdentity {
  readonly region: string;
  /** Where the credentials come from, in words. */
  readonly source: string;
  /** When temporary credentials end, as a Date. */
  readonly expiration: Date | undefined;
}

/**
 * Looks up region and credentials in the SDK's default chain. Whether AWS accepts them shows with the
 * first call. Rejects with a Failure (aws.credentials, aws.configuration).
 */
export async function lookUpIdentity(client: DynamoDBClient, table: string): Promise<AwsIdentity> {
  try {
    const region = await client.config.region();
    const credentials = await client.config.credentials();
    return { region, source: credentialSourceOf(credentials), expiration: credentials.expiration };
  } catch (error) {
    const failure = tableFailure(error, { action: 'dynamodb:GetItem', table });
    throw failure.code === 'aws.credentials' || failure.code === 'aws.configuration' ? failure : unusable();
  }
}

/**
 * By the features that the SDK notes on credentials for its User-Agent header, the last step first: a
 * role may be assumed with the keys of a profile. It notes none for the metadata of an instance.
 */
const SOURCES: readonly (readonly [feature: RegExp, words: string])[] = [
  [/SSO/, 'SSO'],
  [/WEB_ID/, 'a role for a web identity'],
  [/ASSUME_ROLE/, 'a role that a profile names'],
  [/PROCESS/, 'credential_process of a profile'],
  [/LOGIN/, 'aws login'],
  [/HTTP/, 'the endpoint of the container'],
  [/ENV_VARS/, 'environment variables'],
  [/PROFILE/, 'a profile in the shared AWS files'],
  [/^$/, 'the metadata of the instance'],
];

function credentialSourceOf(credentials: object): string {
  const features = Object.keys(fieldsOf(fieldsOf(credentials)?.$source) ?? {});
  // That of this program's own code around the SDK's chain says nothing.
  const noted = features.filter((feature) => feature !== 'CREDENTIALS_CODE').join(' ');
  return SOURCES.find(([feature]) => feature.test(noted))?.[1] ?? 'a source that the SDK does not name';
}

/** In our own words only: what a credential helper says may hold secrets. */
function unusable(): Failure {
  return new Failure({
    code: 'aws.credentials',
    what: 'Could not call AWS',
    why: 'region and credentials could not be looked up',
    remedy: 'Check AWS_REGION, AWS_PROFILE and the role, profile or AWS_* variables of this process',
  });
}

/** An ID that no event can have: those are hexadecimal. */
export const NO_EVENT = 'genesys-poller-check';

/**
 * Deletes an ID that is not there: dynamodb:BatchWriteItem is allowed, or a Failure says that it is not,
 * and nothing has changed.
 */
export async function tryWritingIds(
  options: { readonly client: DynamoDBClient; readonly table: string; readonly clock: Clock },
  context: RequestContext,
): Promise<void> {
  const { client, table, clock } = options;
  const command = new BatchWriteItemCommand({
    RequestItems: { [table]: [{ DeleteRequest: { Key: { id: { S: NO_EVENT } } } }] },
  });
  const about = { action: 'dynamodb:BatchWriteItem', table, context, clock, lacks: lacksRest };
  await sendToTable((sending) => client.send(command, sending), about);
}
