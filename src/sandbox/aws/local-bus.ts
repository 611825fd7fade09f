import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type LoopbackServer, listenOnLoopback } from '../loopback.ts';
import { Arrivals, type ArrivedEvent } from './arrivals.ts';
import { BusFaults } from './bus-faults.ts';
import { ClassicFace } from './classic-face.ts';
import type { Answer, Body, Face } from './face.ts';
import type { SentEntry } from './put-events.ts';
import { V2Face } from './v2-face.ts';

export type { ArrivedEvent };

export interface LocalBusOptions {
  /** Names of the classic buses that exist, besides `default`. */
  readonly buses: readonly string[];
  /** ARNs of the v2 buses that exist. */
  readonly v2Buses?: readonly string[];
  /** 0, the default: any free one. */
  readonly port?: number;
  readonly now?: () => number;
  /** 256 KB or 1 MB, as the region has it. */
  readonly maxRequestBytes?: number;
  readonly onArrival?: (event: ArrivedEvent) => void;
}

/** A running bus on the loopback interface. */
export interface LocalBus extends LoopbackServer {
  /** In the order of acceptance. */
  readonly arrived: readonly ArrivedEvent[];
  /**
   * Entries that were answered with success and dropped, because there is no such classic bus: AWS does that.
   */
  readonly vanished: readonly SentEntry[];
  /**
   * IDs of the entries that a v2 bus has answered with success and not kept, because they repeat an earlier
   * one.
   */
  readonly suppressed: readonly string[];
  /** PutEvents calls received so far. */
  readonly calls: number;
  readonly faults: BusFaults;
  /** The state that v2 buses say they are in. */
  v2State: string;
}

/**
 * EventBridge as far as a poller meets it, on 127.0.0.1: its two APIs, for classic buses and for those of the
 * new kind, with AWS's protocols, AWS's limits and AWS's way of answering, and with faults on demand.
 */
export async function startLocalBus(options: LocalBusOptions): Promise<LocalBus> {
  const arrivals = new Arrivals(options);
  const { maxRequestBytes = 262_144 } = options;
  const classic = new ClassicFace(options.buses, arrivals, maxRequestBytes);
  const v2 = new V2Face(options.v2Buses ?? [], arrivals, maxRequestBytes);
  const bus = new Bus(arrivals, classic, v2);
  const server = createServer((request, response) => void bus.serve(request, response));
  return {
    ...(await listenOnLoopback(server, options.port)),
    arrived: arrivals.events,
    vanished: classic.vanished,
    suppressed: v2.suppressed,
    get calls() {
      return arrivals.calls;
    },
    faults: bus.faults,
    get v2State() {
      return v2.state;
    },
    set v2State(state) {
      v2.state = state;
    },
  };
}

class Bus {
  readonly faults = new BusFaults();
  private readonly arrivals: Arrivals;
  private readonly classic: Face;
  private readonly v2: Face;

  constructor(arrivals: Arrivals, classic: Face, v2: Face) {
    this.arrivals = arrivals;
    this.classic = classic;
    this.v2 = v2;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await readAll(request);
    if (bytes === undefined) return;
    const face = this.v2.operationOf(request) === undefined ? this.classic : this.v2;
    const operation = face.operationOf(request) ?? '';
    const body = face.decode(bytes);
    if (!face.isSigned(request.headers.authorization)) {
      send(response, face, face.error('MissingAuthenticationTokenException', 'Missing Authentication Token'));
    } else if (!body) {
      send(response, face, face.error('SerializationException', 'The request cannot be read.'));
    } else if (this.faults.denied.has(operation)) {
      const message = `${CALLER} is not authorized to perform: events:${operation}`;
      send(response, face, face.error('AccessDeniedException', message));
    } else if (operation === 'PutEvents') {
      this.putEvents(face, body, response);
    } else {
      send(response, face, face.answer(operation, body));
    }
  }

  private putEvents(face: Face, body: Body, response: ServerResponse): void {
    const fault = this.faults.take(++this.arrivals.calls);
    switch (fault?.kind) {
      case 'hang':
        break;
      case 'error':
        send(response, face, face.error('InternalException', ''));
        break;
      case 'throttle':
        send(response, face, face.error('ThrottlingException', 'Rate exceeded'));
        break;
      case 'refuse':
        send(response, face, face.error(fault.code, fault.message ?? `${fault.code} on demand`));
        break;
      case 'stall':
        face.putEvents(body, fault);
        response.writeHead(200, { ...face.headers, 'content-length': 1_000 }).flushHeaders();
        break;
      case 'acceptThenDrop':
        face.putEvents(body, fault);
        response.destroy();
        break;
      default:
        send(response, face, face.putEvents(body, fault));
    }
  }
}

const CALLER = 'User: arn:aws:iam::000000000000:user/sandbox';

/** Undefined if the client went away in the middle of it. */
async function readAll(request: IncomingMessage): Promise<Buffer | undefined> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, face: Face, answer: Answer): void {
  response.writeHead(answer.status, { ...face.headers, 'x-amzn-requestid': randomUUID() });
  response.end(face.encode(answer.body));
}
