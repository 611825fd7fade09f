import { fieldsOf, textOf } from '../domain/json.ts';

/** What this host's settings for AWS lack, and what to do about it. */
export interface ConfigurationFault {
  readonly why: string;
  readonly remedy: string;
}

/**
 * The errors by which Node and the SDK refuse to make a request, before anything is sent: by the
 * beginning of code, or of message. All of them seen with AWS SDK 3.1164 on Node 20 and 24.
 */
const FAULTS: readonly (readonly [sign: string, fault: ConfigurationFault])[] = [
  [
    'ERR_INVALID_CHAR',
    {
      why: 'the access key, the session token or another header holds a character that no header may hold, such as a line break',
      remedy:
        'Set AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, or those of the profile, without line breaks and quotation marks',
    },
  ],
  [
    'ERR_INVALID_URL',
    {
      why: 'the endpoint is not a URL',
      remedy:
        'Correct AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_*, or endpoint_url of the profile: https://HOST or https://HOST:PORT',
    },
  ],
  [
    'ERR_INVALID_PROTOCOL',
    { why: 'the endpoint is not an HTTP URL', remedy: 'Begin AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_* with https://' },
  ],
  [
    'Region not accepted',
    {
      why: 'the region cannot be part of a host name',
      remedy: 'Correct AWS_REGION, or region of the profile: a name such as eu-west-1',
    },
  ],
];

/** Undefined for an error that came from the network or from AWS. */
export function configurationFault(error: unknown): ConfigurationFault | undefined {
  const fields = fieldsOf(error);
  const signs = [textOf(fields?.code), textOf(fields?.message)];
  return FAULTS.find(([sign]) => signs.some((given) => given?.startsWith(sign)))?.[1];
}
