/** Client credentials that the simulated Genesys Cloud knows. */
export const CLIENT = { id: 'sandbox-client', secret: 'sandbox-secret' };

/**
 * How far a window ends before now, and begins before the checkpoint; milliseconds. Long enough for everything that the
 * simulated world shows late, short enough to be watched.
 */
export const SETTLE = 2_000;
export const OVERLAP = 30_000;

/** Where the daemon finds the sandbox's services. */
export interface Addresses {
  readonly loginUrl: string;
  readonly apiUrl: string;
  readonly dynamoDb: string;
  readonly eventBridge: string;
}

/** The daemon's configuration in the sandbox. `startFrom` is epoch milliseconds. */
export function sandboxConfig({ loginUrl, apiUrl }: Addresses, startFrom: number): object {
  return {
    poller: { name: 'sandbox', schedule: '*/2 * * * * *' },
    genesys: { loginUrl, apiUrl },
    streams: {
      conversations: {
        startFrom: new Date(startFrom).toISOString(),
        settle: `${SETTLE}ms`,
        overlap: `${OVERLAP}ms`,
      },
      reconciliation: { enabled: false },
      eventLog: { enabled: false },
    },
    lease: { duration: '3s' },
  };
}

/** The daemon's environment in the sandbox: the services there, and no credentials but the sandbox's own. */
export function sandboxEnvironment({ dynamoDb, eventBridge }: Addresses): Readonly<Record<string, string>> {
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'sandbox',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb,
    AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridge,
    GENESYS_CLIENT_ID: CLIENT.id,
    GENESYS_CLIENT_SECRET: CLIENT.secret,
  };
}
