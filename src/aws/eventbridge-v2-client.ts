import {
  EventBridgeClient,
  type EventBridgeClientConfig,
  type EventBridgeClientResolvedConfig,
} from '@aws-sdk/client-eventbridge';
import { partition } from '@aws-sdk/core/client';
import { AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import { makeBuilder } from '@smithy/core/client';
import { getEndpointPlugin } from '@smithy/core/endpoints';

/** In the path of each request. */
const SERVICE = 'AWSEventsV2';
const NAMESPACE = 'com.amazonaws.eventbridgev2';

/** The SDK's notation for shapes: simple ones are numbers, the others begin with the number of their kind. */
type Shape = typeof TEXT | typeof WHOLE | typeof TIME | List | Structure;
type List = [kind: 1, namespace: string, name: string, traits: 0, of: Shape];
type Structure = [kind: 3, namespace: string, name: string, traits: 0, members: string[], shapes: Shape[]];
const TEXT = 0;
const WHOLE = 1;
const TIME = 4;

const list = (name: string, of: Shape): List => [1, NAMESPACE, name, 0, of];
const structure = (name: string, members: Readonly<Record<string, Shape>>): Structure => [
  ...([3, NAMESPACE, name, 0] as const),
  Object.keys(members),
  Object.values(members),
];

interface Metadata {
  readonly $metadata: { readonly requestId?: string };
}

export interface PutEventsRequestEntry {
  Source: string;
  DetailType: string;
  Detail: string;
  Time: Date;
  SystemMetadata: { EventGroupId: string; DeduplicationId: string };
}

export interface PutEventsResultEntry {
  /** `PUBLISHED`, or `DEDUPLICATED` for what was accepted before. */
  SuccessCode?: string;
  EventId?: string;
  ErrorCode?: string;
  ErrorMessage?: string;
}

export interface PutEventsCommandInput {
  EventBusArn: string;
  Entries: PutEventsRequestEntry[];
}

export interface PutEventsCommandOutput extends Metadata {
  FailedEntryCount?: number;
  Entries?: PutEventsResultEntry[];
}

export interface DescribeEventBusCommandInput {
  EventBusArn: string;
}

export interface DescribeEventBusCommandOutput extends Metadata {
  /** `ACTIVE` for a bus that can be published on. */
  State?: string;
}

type Input = PutEventsCommandInput | DescribeEventBusCommandInput;
type Output = PutEventsCommandOutput | DescribeEventBusCommandOutput;

const command = makeBuilder<EventBridgeClientResolvedConfig, Input, Output>(
  {
    Endpoint: { type: 'builtInParams', name: 'endpoint' },
    Region: { type: 'builtInParams', name: 'region' },
    UseFIPS: { type: 'builtInParams', name: 'useFipsEndpoint' },
    UseDualStack: { type: 'builtInParams', name: 'useDualstackEndpoint' },
  },
  SERVICE,
  'EventBridgeV2Client',
  getEndpointPlugin,
);

const operation = <I extends Input, O extends Output>(name: string, input: Structure, output: Structure) =>
  command<I, O>({}, () => [], name, [9, NAMESPACE, name, 0, input, output]);

export class PutEventsCommand extends operation<PutEventsCommandInput, PutEventsCommandOutput>(
  'PutEvents',
  structure('PutEventsRequest', {
    EventBusArn: TEXT,
    Entries: list(
      'PutEventsRequestEntryList',
      structure('PutEventsRequestEntry', {
        Source: TEXT,
        DetailType: TEXT,
        Detail: TEXT,
        Time: TIME,
        SystemMetadata: structure('PutEventsSystemMetadata', { EventGroupId: TEXT, DeduplicationId: TEXT }),
      }),
    ),
  }),
  structure('PutEventsResponse', {
    FailedEntryCount: WHOLE,
    Entries: list(
      'PutEventsResultEntryList',
      structure('PutEventsResultEntry', { SuccessCode: TEXT, EventId: TEXT, ErrorCode: TEXT, ErrorMessage: TEXT }),
    ),
  }),
) {}

export class DescribeEventBusCommand extends operation<DescribeEventBusCommandInput, DescribeEventBusCommandOutput>(
  'DescribeEventBus',
  structure('DescribeEventBusRequest', { EventBusArn: TEXT }),
  structure('DescribeEventBusResponse', { State: TEXT }),
) {}

interface Sending {
  readonly abortSignal: AbortSignal;
}

/**
 * By this the SDK finds an endpoint of one's own: `AWS_ENDPOINT_URL_EVENTBRIDGEV2`, else
 * `AWS_ENDPOINT_URL`, else the profile's.
 */
const SERVICE_ID = 'EventBridgeV2';

/**
 * EventBridge's API for custom event buses of the new kind (service `EventBridgeV2`, API version
 * 2025-05-15), as much of it as is used here, with the names of AWS's own package. Once
 * `@aws-sdk/client-eventbridgev2` can be installed, it takes the place of this file, and the imports from
 * here are all that changes.
 *
 * The API shares its credentials, region, retries, time-outs and signature with that of the classic
 * buses, so its client is that one with another protocol, another endpoint and other operations. (Amazon
 * EventBridge Custom Event Bus API Reference.)
 */
export class EventBridgeV2Client {
  private readonly client: EventBridgeClient;

  constructor(configuration: EventBridgeClientConfig = {}) {
    this.client = new EventBridgeClient({
      ...configuration,
      apiVersion: '2025-05-15',
      serviceId: SERVICE_ID,
      protocol: AwsSmithyRpcV2CborProtocol,
      protocolSettings: { defaultNamespace: NAMESPACE },
      endpointProvider: ({ Endpoint, Region, UseFIPS, UseDualStack }) => ({
        url: new URL(Endpoint ?? hostOf(Region, UseFIPS === true, UseDualStack === true)),
      }),
      httpAuthSchemeProvider: ({ region }) => [
        {
          schemeId: 'aws.auth#sigv4',
          signingProperties: { name: 'events', region },
          propertiesExtractor: (config, context) => ({ signingProperties: { config, context } }),
        },
      ],
    });
  }

  get middlewareStack(): EventBridgeClient['middlewareStack'] {
    return this.client.middlewareStack;
  }

  send(command: PutEventsCommand, options: Sending): Promise<PutEventsCommandOutput>;
  send(command: DescribeEventBusCommand, options: Sending): Promise<DescribeEventBusCommandOutput>;
  send(command: PutEventsCommand | DescribeEventBusCommand, options: Sending): Promise<Output> {
    // The client's type knows the classic operations only; what it does with an operation is all in the
    // operation's schema.
    const client = this.client as unknown as { send(command: object, options: Sending): Promise<Output> };
    return client.send(command, options);
  }

  destroy(): void {
    this.client.destroy();
  }
}

function hostOf(region = '', fips: boolean, dualStack: boolean): string {
  const { dnsSuffix, dualStackDnsSuffix } = partition(region);
  return `https://eventsv2${fips ? '-fips' : ''}.${region}.${dualStack ? dualStackDnsSuffix : dnsSuffix}`;
}
