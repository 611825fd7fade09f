import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Arrivals } from './arrivals.ts';
import type { BusFault } from './bus-faults.ts';
import { type Answer, type Body, type Face, faultOf } from './face.ts';
import { parseObject, refuseCall, refuseEntry, type SentEntry } from './put-events.ts';

const ARN = 'arn:aws:events:us-east-1:000000000000:event-bus/';

/** Classic buses: PutEvents, DescribeEventBus and CreateEventBus in AWS's JSON 1.1 protocol. */
export class ClassicFace implements Face {
  readonly headers = { 'content-type': 'application/x-amz-json-1.1' };
  /** Entries that were answered with success and dropped, because there is no such bus: AWS does that. */
  readonly vanished: SentEntry[] = [];
  private readonly names: Set<string>;
  private readonly arrivals: Arrivals;
  private readonly maxRequestBytes: number;

  /** `names` are those of the buses that exist, besides `default`. */
  constructor(names: readonly string[], arrivals: Arrivals, maxRequestBytes: number) {
    this.names = new Set(['default', ...names]);
    this.arrivals = arrivals;
    this.maxRequestBytes = maxRequestBytes;
  }

  operationOf(request: IncomingMessage): string {
    return String(request.headers['x-amz-target'] ?? '').replace('AWSEvents.', '');
  }

  isSigned(authorization: string | undefined): boolean {
    return authorization?.startsWith('AWS4-HMAC-SHA256 ') === true;
  }

  decode(body: Buffer): Body | undefined {
    return parseObject(body.toString('utf8'));
  }

  encode(body: object): string {
    return JSON.stringify(body);
  }

  error(code: string, message: string): Answer {
    return { status: code === 'InternalException' ? 500 : 400, body: { __type: code, message } };
  }

  putEvents({ Entries: entries }: Body, fault: BusFault | undefined): Answer {
    const refused = refuseCall(entries, this.maxRequestBytes);
    if (refused) return this.error(refused.code, refused.message);
    const results = (entries as SentEntry[]).map((entry, index) => {
      const refusal = refuseEntry(entry) ?? faultOf(entry, index, fault);
      if (refusal) return { ErrorCode: refusal.code, ErrorMessage: refusal.message };
      return { EventId: this.keep(entry) };
    });
    const failed = results.filter((result) => 'ErrorCode' in result).length;
    return { status: 200, body: { FailedEntryCount: failed, Entries: results } };
  }

  answer(operation: string, body: Body): Answer {
    if (operation === 'DescribeEventBus') return this.describe(nameOf(body.Name));
    if (operation === 'CreateEventBus') return this.create(nameOf(body.Name));
    return this.error('UnknownOperationException', '');
  }

  private keep(entry: SentEntry): string {
    const bus = nameOf(entry.EventBusName);
    if (this.names.has(bus)) return this.arrivals.keep(entry, bus);
    this.vanished.push(entry);
    return randomUUID();
  }

  private describe(name: string): Answer {
    if (!this.names.has(name)) return this.error('ResourceNotFoundException', `Event bus ${name} does not exist.`);
    return { status: 200, body: { Name: name, Arn: `${ARN}${name}` } };
  }

  private create(name: string): Answer {
    if (this.names.has(name)) {
      return this.error('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
    }
    this.names.add(name);
    return { status: 200, body: { EventBusArn: `${ARN}${name}` } };
  }
}

/** A bus is named by its name or by its ARN; not naming one means `default`. */
function nameOf(bus: unknown): string {
  return typeof bus === 'string' ? bus.slice(bus.lastIndexOf('/') + 1) : 'default';
}
