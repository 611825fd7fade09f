import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BusFault, BusFaults } from './bus-faults.ts';
import { parseObject, type Refusal, refuseCall, refuseEntry, type SentEntry } from './put-events.ts';

/** An entry that a bus has accepted. */
export interface ArrivedEvent {
  /** Made anew for every accepted entry: two copies of one event have two. */
  readonly eventId: string;
  /** `detail.metadata.id`, if there is one. */
  readonly id: string | undefined;
  readonly bus: string;
  readonly source: string;
  readonly detailType: string;
  /** Epoch milliseconds; when it was received, if the entry named no Time. */
  readonly time: number;
  /** The text as sent; empty with `keep: 'ids'`. */
  readonly detail: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** The number of the PutEvents call that brought it: 1, 2, … */
  readonly call: number;
}

export interface LocalBusOptions {
  /** Names of the buses that exist, besides `default`. */
  readonly buses: readonly string[];
  /** 0, the default: any free one. */
  readonly port?: number;
  readonly now?: () => number;
  /** 256 KB or 1 MB, as the region has it. */
  readonly maxRequestBytes?: number;
  /** `ids` leaves the details out, so that millions of events fit into memory. */
  readonly keep?: 'all' | 'ids';
  readonly onArrival?: (event: ArrivedEvent) => void;
}

/** A running bus on the loopback interface. */
export interface LocalBus {
  readonly url: string;
  /** In the order of acceptance. */
  readonly arrived: readonly ArrivedEvent[];
  /** Entries that were answered with success and dropped, because there is no such bus: AWS does that. */
  readonly vanished: readonly SentEntry[];
  /** PutEvents calls received so far. */
  readonly calls: number;
  readonly faults: BusFaults;
  close(): Promise<void>;
}

const ARN = 'arn:aws:events:us-east-1:000000000000:event-bus/';
/** More than any client keeps an idle connection: the client, not we, ends it. */
const KEEP_ALIVE = 120_000;

/**
 * EventBridge as far as a poller meets it, on 127.0.0.1: PutEvents, DescribeEventBus and CreateEventBus in AWS's JSON 1.1 protocol, with
 * AWS's limits and AWS's way of answering, and with faults on demand.
 */
export async function startLocalBus(options: LocalBusOptions): Promise<LocalBus> {
  const bus = new Bus(options);
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE },
    (request, response) => void bus.serve(request, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    arrived: bus.arrived,
    vanished: bus.vanished,
    get calls() {
      return bus.calls;
    },
    faults: bus.faults,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An answer: a status and a JSON body. */
interface Answer {
  readonly status: number;
  readonly body: object;
}

class Bus {
  readonly arrived: ArrivedEvent[] = [];
  readonly vanished: SentEntry[] = [];
  readonly faults = new BusFaults();
  calls = 0;
  private readonly names: Set<string>;
  private readonly options: LocalBusOptions;

  constructor(options: LocalBusOptions) {
    this.options = options;
    this.names = new Set(['default', ...options.buses]);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readAll(request);
    if (text === undefined) return;
    const operation = String(request.headers['x-amz-target'] ?? '').replace('AWSEvents.', '');
    const body: Body | undefined = parseObject(text);
    if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) {
      send(response, error('MissingAuthenticationTokenException', 'Missing Authentication Token'));
    } else if (!body) {
      send(response, error('SerializationException', 'The request is no JSON object.'));
    } else if (this.faults.denied.has(operation)) {
      send(response, error('AccessDeniedException', `${CALLER} is not authorized to perform: events:${operation}`));
    } else if (operation === 'PutEvents') {
      this.putEvents(body, response);
    } else if (operation === 'DescribeEventBus') {
      send(response, this.describe(nameOf(body.Name)));
    } else if (operation === 'CreateEventBus') {
      send(response, this.create(nameOf(body.Name)));
    } else {
      send(response, error('UnknownOperationException', ''));
    }
  }

  private putEvents(body: Body, response: ServerResponse): void {
    this.calls++;
    const fault = this.faults.take(this.calls);
    switch (fault?.kind) {
      case 'hang':
        break;
      case 'error':
        send(response, { status: 500, body: { __type: 'InternalException' } });
        break;
      case 'throttle':
        send(response, error('ThrottlingException', 'Rate exceeded'));
        break;
      case 'stall':
        this.accept(body.Entries, fault);
        response.writeHead(200, { ...HEADERS, 'content-length': 1_000 }).flushHeaders();
        break;
      case 'acceptThenDrop':
        this.accept(body.Entries, fault);
        response.destroy();
        break;
      default:
        send(response, this.accept(body.Entries, fault));
    }
  }

  private accept(entries: unknown, fault: BusFault | undefined): Answer {
    const refused = refuseCall(entries, this.options.maxRequestBytes ?? 262_144);
    if (refused) return error(refused.code, refused.message);
    const results = (entries as SentEntry[]).map((entry, index) => {
      const refusal = refuseEntry(entry) ?? faultOf(entry, index, fault);
      if (refusal) return { ErrorCode: refusal.code, ErrorMessage: refusal.message };
      return { EventId: this.keep(entry) };
    });
    const failed = results.filter((result) => 'ErrorCode' in result).length;
    return { status: 200, body: { FailedEntryCount: failed, Entries: results } };
  }

  private keep(entry: SentEntry): string {
    const { now = Date.now, keep = 'all', onArrival } = this.options;
    const eventId = randomUUID();
    const bus = nameOf(entry.EventBusName);
    if (!this.names.has(bus)) {
      this.vanished.push(entry);
      return eventId;
    }
    const receivedAt = now();
    const event: ArrivedEvent = {
      eventId,
      id: idOf(entry),
      bus,
      source: entry.Source ?? '',
      detailType: entry.DetailType ?? '',
      time: entry.Time === undefined ? receivedAt : Math.round(entry.Time * 1000),
      detail: keep === 'all' ? (entry.Detail ?? '') : '',
      receivedAt,
      call: this.calls,
    };
    this.arrived.push(event);
    onArrival?.(event);
    return eventId;
  }

  private describe(name: string): Answer {
    if (!this.names.has(name)) return error('ResourceNotFoundException', `Event bus ${name} does not exist.`);
    return { status: 200, body: { Name: name, Arn: `${ARN}${name}` } };
  }

  private create(name: string): Answer {
    if (this.names.has(name)) return error('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
    this.names.add(name);
    return { status: 200, body: { EventBusArn: `${ARN}${name}` } };
  }
}

interface Body {
  readonly Entries?: unknown;
  readonly Name?: unknown;
}

const CALLER = 'User: arn:aws:iam::000000000000:user/sandbox';
const HEADERS = { 'content-type': 'application/x-amz-json-1.1' };

/** Undefined if the client went away in the middle of it. */
async function readAll(request: IncomingMessage): Promise<string | undefined> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { ...HEADERS, 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(answer.body));
}

function error(code: string, message: string): Answer {
  return { status: 400, body: { __type: code, message } };
}

function faultOf(entry: SentEntry, index: number, fault: BusFault | undefined): Refusal | undefined {
  if (fault?.kind !== 'entries' || !fault.which(entry, index)) return undefined;
  return { code: fault.code, message: `${fault.code} on demand` };
}

/** A bus is named by its name or by its ARN; not naming one means `default`. */
function nameOf(bus: unknown): string {
  return typeof bus === 'string' ? bus.slice(bus.lastIndexOf('/') + 1) : 'default';
}

function idOf(entry: SentEntry): string | undefined {
  const metadata = parseObject(entry.Detail)?.metadata as { readonly id?: unknown } | undefined;
  return typeof metadata?.id === 'string' ? metadata.id : undefined;
}
