import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, type EventBridgeClientConfig } from '@aws-sdk/client-eventbridge';
import type { NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import type { Environment } from '../domain/environment.ts';
import { proxyRules } from '../lib/proxy.ts';
import { boundedCredentials } from './credentials.ts';
import { EventBridgeV2Client } from './eventbridge-v2-client.ts';
import { ensureHome } from './home.ts';
import { type HostsAsked, RoutedHandler } from './http-handler.ts';
import { renewable } from './renewable.ts';

/**
 * Limits that end a call, milliseconds. The SDK's own defaults wait for ever: they only warn, or end
 * after minutes.
 */
export interface Timeouts {
  /** Until the TCP connection stands. A host that does not answer SYN within this is not there. */
  readonly connection: number;
  /**
   * From handing the request over until the answer begins; includes waiting for a socket and the TLS
   * handshake.
   */
  readonly request: number;
  /**
   * For the rest of an answer once it has begun. The call as a whole ends after `request` and this, however
   * slowly the answer comes.
   */
  readonly body: number;
}

/**
 * For finding credentials, milliseconds: a helper program that asks an identity provider and then STS
 * takes a few seconds. A failure is reported at once, and the next call begins
 * the chain anew.
 */
const CREDENTIALS_TIMEOUT = 10_000;

/** What the SDK needs besides credentials before it sends a request, milliseconds: it reads a file or two. */
const REST_OF_SENDING = 2_000;

/**
 * DynamoDB answers in milliseconds, and the largest item, 400 KB, passes a 1 Mbit/s line in under 4 s.
 * Three attempts, of 5 s where nothing comes and of 9 s where an answer drips in, and the pauses between
 * them end before a lease of 30 s runs out.
 */
const TABLE_TIMEOUTS: Timeouts = { connection: 3_000, request: 5_000, body: 4_000 };

/**
 * A PutEvents call that is given up may have been accepted, and is then repeated on a classic bus. So it
 * gets the time that a request of 1 MB needs on a slow line, but clearly less than the default shutdown
 * time-out of 25 s.
 */
const BUS_TIMEOUTS: Timeouts = { connection: 3_000, request: 10_000, body: 5_000 };

/**
 * What a test or a tool may set; everything absent comes the way every AWS tool takes it (environment,
 * profile, role).
 */
export interface AwsClientOptions {
  readonly dynamoDb?: DynamoDBClientConfig;
  /** For both kinds of buses. */
  readonly eventBridge?: EventBridgeClientConfig;
  readonly timeouts?: { readonly table?: Timeouts; readonly bus?: Timeouts; readonly credentials?: number };
  /** Where HTTPS_PROXY and NO_PROXY are read. */
  readonly env?: Environment;
}

export interface AwsClients {
  readonly dynamoDb: DynamoDBClient;
  readonly eventBridge: EventBridgeClient;
  readonly eventBridgeV2: EventBridgeV2Client;
  /** The hosts asked so far, those of STS and SSO included. */
  readonly hosts: HostsAsked;
  /** Looks region and credentials up again with the next call: files may have been replaced. */
  renew(): void;
  /** Closes the idle connections; the process can then end. */
  close(): void;
}

/**
 * The SDK's clients. Region, credentials and endpoints follow the SDK's default chain, looked up with the
 * first call: building the clients neither fails nor touches the network. Every call has a deadline, and
 * so has every look for credentials.
 *
 * The SDK makes one attempt only. The caller retries, so that each request on the wire is counted and
 * every wait is ours.
 */
export function createAwsClients(options: AwsClientOptions = {}): AwsClients {
  silenceVersionNotice();
  ensureHome();
  const { table = TABLE_TIMEOUTS, bus = BUS_TIMEOUTS, credentials = CREDENTIALS_TIMEOUT } = options.timeouts ?? {};
  const rules = proxyRules(options.env ?? process.env);
  const hosts: HostsAsked = new Map();
  const handlerWith = (timeouts: Timeouts) => new RoutedHandler(handlerOptions(timeouts), rules, hosts);
  const limitsOf = ({ request, body }: Timeouts) => ({
    sending: credentials + REST_OF_SENDING,
    answer: request + body,
  });
  // The handlers are kept when a client is made anew: its connections then serve the next one.
  const [forTables, forBuses, forCredentials] = [handlerWith(table), handlerWith(bus), handlerWith(table)];
  const chain = boundedCredentials(credentials, forCredentials);
  const common = { maxAttempts: 1, credentials: chain };
  const busConfiguration = { ...common, requestHandler: forBuses, ...options.eventBridge };
  const dynamoDb = renewable(
    () => unlogged(new DynamoDBClient({ ...common, requestHandler: forTables, ...options.dynamoDb })),
    limitsOf(table),
    renew,
  );
  const eventBridge = renewable(() => unlogged(new EventBridgeClient(busConfiguration)), limitsOf(bus), renew);
  const eventBridgeV2 = renewable(() => new EventBridgeV2Client(busConfiguration), limitsOf(bus), renew);
  const all = [dynamoDb, eventBridge, eventBridgeV2];

  function renew(): void {
    chain.forget();
    for (const one of all) one.renew();
  }

  return {
    dynamoDb: dynamoDb.client,
    eventBridge: eventBridge.client,
    eventBridgeV2: eventBridgeV2.client,
    hosts,
    renew,
    close() {
      for (const { client } of all) client.destroy();
      forCredentials.destroy();
    },
  };
}

/** With no logger to write to, it still makes a copy of every request and answer that is fit to be logged. */
function unlogged<C extends DynamoDBClient | EventBridgeClient>(client: C): C {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}

function handlerOptions(timeouts: Timeouts): NodeHttpHandlerOptions {
  return {
    connectionTimeout: timeouts.connection,
    requestTimeout: timeouts.request,
    throwOnRequestTimeout: true,
    // It would also end a call that waits for its answer to begin, which `request` bounds.
    socketTimeout: 0,
  };
}

/**
 * On Node 20 the SDK announces by a process warning that releases after January 2027 need Node 22. That
 * concerns the developers of this program, not its operator. The variable is the SDK's own switch; a value
 * that an operator has set stays.
 */
function silenceVersionNotice(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
}
