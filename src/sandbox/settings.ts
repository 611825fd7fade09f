/** Client credentials that the simulated Genesys Cloud knows. */
export const CLIENT = { id: 'sandbox-client', secret: 'sandbox-secret' };

/**
 * How far a window ends before now, and begins before the checkpoint; milliseconds. Short enough to be
 * watched.
 */
const SETTLE = 1_000;
const OVERLAP = 2_000;
/** Later than that, the live stream no longer looks back. */
const SEEN_LIVE = SETTLE + OVERLAP;

/**
 * How late wrap-up codes show, milliseconds: some while the live stream still looks back, some when it no
 * longer does. The latter are for reconciliation, which is why the data lake must lag longer than that.
 */
export const LATE: readonly (readonly [number, number])[] = [
  [200, 1_500],
  [SEEN_LIVE + 500, SEEN_LIVE + 1_000],
];
/** How long agents take to correct a code, in time or late. */
export const CORRECTED: readonly [number, number] = [500, 1_500];
/**
 * The lake knows everything that comes as late as that; a conversation may have ended some seconds before its
 * code is due.
 */
export const LAKE_LAG = SEEN_LIVE + 1_000 + 1_500 + 4_500;

/** Which kind of bus the daemon publishes on. */
export type BusType = 'classic' | 'v2';

/** The sandbox's bus of the new kind. */
export const V2_BUS =
  'arn:aws:events:us-east-1:000000000000:event-busv2/genesys-outbound-events/sandbox0sandbox0sandbox00';

/** Where the daemon finds the sandbox's services. */
export interface Addresses {
  readonly loginUrl: string;
  readonly apiUrl: string;
  readonly dynamoDb: string;
  readonly eventBridge: string;
}

/**
 * The daemon's configuration in the sandbox. `startFrom` is epoch milliseconds. One that is killed again and
 * again has a lease that ends before the next kill; otherwise it is long enough for a busy machine not to
 * lose it with calls on the wire, which would be repeated.
 */
export function sandboxConfig(
  { loginUrl, apiUrl }: Addresses,
  startFrom: number,
  busType: BusType = 'classic',
  isKilled = false,
): object {
  return {
    poller: { name: 'sandbox', schedule: '*/2 * * * * *', shutdownTimeout: '2m' },
    genesys: { loginUrl, apiUrl },
    streams: {
      conversations: {
        startFrom: new Date(startFrom).toISOString(),
        settle: `${SETTLE}ms`,
        overlap: `${OVERLAP}ms`,
      },
      reconciliation: { schedule: '*/4 * * * * *' },
    },
    ...(busType === 'v2' && { eventBridge: { busType, bus: V2_BUS } }),
    lease: { duration: isKilled ? '3s' : '1m' },
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
    AWS_ENDPOINT_URL_EVENTBRIDGEV2: eventBridge,
    GENESYS_CLIENT_ID: CLIENT.id,
    GENESYS_CLIENT_SECRET: CLIENT.secret,
  };
}
