import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, type EventBridgeClientConfig } from '@aws-sdk/client-eventbridge';
import type { NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { EventBridgeV2Client } from './eventbridge-v2-client.ts';

/** Limits that end a call, milliseconds. The SDK's own defaults wait for ever: they only warn, or end after minutes. */
export interface Timeouts {
  /** Until the TCP connection stands. A host that does not answer SYN within this is not there. */
  readonly connection: number;
  /** From handing the request over until the answer begins; includes waiting for a socket and the TLS handshake. */
  readonly request: number;
  /** Silence on the socket in the middle of an answer. */
  readonly silence: number;
}

/**
 * DynamoDB answers in milliseconds; the largest item, 400 KB, passes a 1 Mbit/s line in under 4 s. Three attempts of 5 s and the
 * pauses between them end before a lease of 30 s, renewed every 10 s, runs out.
 */
export const TABLE_TIMEOUTS: Timeouts = { connection: 3_000, request: 5_000, silence: 5_000 };

/**
 * A PutEvents call that is given up may have been accepted, and is then repeated on a classic bus. So it gets the time that a request
 * of 1 MB needs on a slow line, but clearly less than the default shutdown time-out of 25 s.
 */
export const BUS_TIMEOUTS: Timeouts = { connection: 3_000, request: 10_000, silence: 10_000 };

/** Sockets are opened as they are needed: a high ceiling costs nothing, a low one makes calls wait for one another. */
const MAX_SOCKETS = 128;

/** What a test or a tool may set; everything absent comes the way every AWS tool takes it (environment, profile, role). */
export interface AwsClientOptions {
  readonly dynamoDb?: DynamoDBClientConfig;
  /** For both kinds of buses. */
  readonly eventBridge?: EventBridgeClientConfig;
  readonly timeouts?: { readonly table?: Timeouts; readonly bus?: Timeouts };
}

export interface AwsClients {
  readonly dynamoDb: DynamoDBClient;
  readonly eventBridge: EventBridgeClient;
  readonly eventBridgeV2: EventBridgeV2Client;
  /** Closes the idle connections; the process can then end. */
  close(): void;
}

/**
 * The SDK's clients. Region, credentials and endpoints follow the SDK's default chain, looked up with the first call: building
 * the clients neither fails nor touches the network.
 *
 * The SDK makes one attempt only. Whoever calls retries, so that each request on the wire is counted and every wait is ours.
 */
export function createAwsClients(options: AwsClientOptions = {}): AwsClients {
  silenceVersionNotice();
  const dynamoDb = new DynamoDBClient({
    maxAttempts: 1,
    requestHandler: handlerOptions(options.timeouts?.table ?? TABLE_TIMEOUTS),
    ...options.dynamoDb,
  });
  const bus = {
    maxAttempts: 1,
    requestHandler: handlerOptions(options.timeouts?.bus ?? BUS_TIMEOUTS),
    ...options.eventBridge,
  };
  const eventBridge = new EventBridgeClient(bus);
  const eventBridgeV2 = new EventBridgeV2Client(bus);
  // With no logger to write to, it still makes a copy of every request and answer that is fit to be logged.
  for (const { middlewareStack } of [dynamoDb, eventBridge]) middlewareStack.remove('loggerMiddleware');
  return {
    dynamoDb,
    eventBridge,
    eventBridgeV2,
    close() {
      dynamoDb.destroy();
      eventBridge.destroy();
      eventBridgeV2.destroy();
    },
  };
}

function handlerOptions(timeouts: Timeouts): NodeHttpHandlerOptions {
  return {
    connectionTimeout: timeouts.connection,
    requestTimeout: timeouts.request,
    throwOnRequestTimeout: true,
    socketTimeout: timeouts.silence,
    httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
  };
}

/**
 * On Node 20 the SDK announces, through a process warning, that releases after January 2027 will want Node 22. That concerns whoever
 * updates this program, not its operator. The variable is the SDK's own switch; who sets it to something else is obeyed.
 */
function silenceVersionNotice(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
}
