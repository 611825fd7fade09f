import { type AwsClientOptions, type AwsClients, createAwsClients } from '../../src/aws/clients.ts';

// Tests make clients of their own, too, whose notice about Node 20 would fill the report.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** Credentials that open nothing, anywhere. */
export const FAKE_ACCESS = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIAFAKEACCESSKEY', secretAccessKey: 'fake/secret+access/key' },
} as const;

/** A busy machine is no fault of a local endpoint, milliseconds. */
const UNHURRIED = { connection: 60_000, request: 60_000, body: 60_000 };

/** Real clients against local endpoints; an absent endpoint is one that refuses connections. */
export function localClients(
  endpoints: { readonly dynamoDb?: string; readonly eventBridge?: string },
  timeouts: AwsClientOptions['timeouts'] = { table: UNHURRIED, bus: UNHURRIED },
): AwsClients {
  const at = (endpoint = 'http://127.0.0.1:9') => ({ ...FAKE_ACCESS, endpoint });
  return createAwsClients({
    dynamoDb: at(endpoints.dynamoDb),
    eventBridge: at(endpoints.eventBridge),
    timeouts,
  });
}
