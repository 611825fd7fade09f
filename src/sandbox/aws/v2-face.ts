import type { IncomingMessage } from 'node:http';
import { cbor } from '@smithy/core/cbor';
import type { Arrivals } from './arrivals.ts';
import type { BusFault } from './bus-faults.ts';
import { type Answer, type Body, type Face, faultOf } from './face.ts';
import type { SentEntry } from './put-events.ts';
import { refuseV2Call, refuseV2Entry } from './put-events-v2.ts';

const PATH = '/service/AWSEventsV2/operation/';
const PROTOCOL = 'rpc-v2-cbor';
/** How long a repeat is recognised, milliseconds (Custom Event Bus quotas, "Deduplication window"). */
const WINDOW = 300_000;
const STATUS: Readonly<Record<string, number>> = {
  AccessDeniedException: 403,
  InternalException: 500,
  MissingAuthenticationTokenException: 403,
  ResourceNotFoundException: 404,
  ThrottlingException: 429,
};

/** Buses of the new kind: PutEvents and DescribeEventBus in Smithy's RPC v2 CBOR protocol. */
export class V2Face implements Face {
  readonly headers = { 'content-type': 'application/cbor', 'smithy-protocol': PROTOCOL };
  /** IDs of the entries that were not kept because they repeat an earlier one. */
  readonly suppressed: string[] = [];
  state = 'ACTIVE';
  private readonly arns: ReadonlySet<string>;
  private readonly arrivals: Arrivals;
  private readonly maxRequestBytes: number;
  /** When an entry was accepted, by scope and deduplication ID, oldest first; epoch milliseconds. */
  private readonly accepted = new Map<string, number>();

  /** `arns` are those of the buses that exist. */
  constructor(arns: readonly string[], arrivals: Arrivals, maxRequestBytes: number) {
    this.arns = new Set(arns);
    this.arrivals = arrivals;
    this.maxRequestBytes = maxRequestBytes;
  }

  operationOf({ url, headers }: IncomingMessage): string | undefined {
    if (!url?.startsWith(PATH)) return undefined;
    return headers['smithy-protocol'] === PROTOCOL ? url.slice(PATH.length) : '';
  }

  isSigned(authorization: string | undefined): boolean {
    return /^AWS4-HMAC-SHA256 Credential=[^ ,]+\/events\/aws4_request,/.test(authorization ?? '');
  }

  decode(body: Buffer): Body | undefined {
    try {
      const value: unknown = cbor.deserialize(body);
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : undefined;
    } catch {
      return undefined;
    }
  }

  encode(body: object): Uint8Array {
    return cbor.serialize(body);
  }

  error(code: string, message: string): Answer {
    return { status: STATUS[code] ?? 400, body: { __type: `com.amazonaws.eventbridgev2#${code}`, Message: message } };
  }

  putEvents({ EventBusArn: arn, Entries: sent }: Body, fault: BusFault | undefined): Answer {
    const entries = Array.isArray(sent) ? sent.map(entryOf) : sent;
    const refused = refuseV2Call(entries, this.maxRequestBytes);
    if (refused) return this.error(refused.code, refused.message);
    if (!this.arns.has(String(arn))) return this.missing(arn);
    const results = (entries as readonly SentEntry[]).map((entry, index) => {
      const refusal = refuseV2Entry(entry) ?? faultOf(entry, index, fault);
      return refusal ? { ErrorCode: refusal.code, ErrorMessage: refusal.message } : this.take(entry, String(arn));
    });
    const failed = results.filter((result) => 'ErrorCode' in result).length;
    // As AWS may, it leaves a count of none out.
    return { status: 200, body: { ...(failed > 0 && { FailedEntryCount: failed }), Entries: results } };
  }

  answer(operation: string, { EventBusArn: arn }: Body): Answer {
    if (operation !== 'DescribeEventBus') return this.error('UnknownOperationException', '');
    if (!this.arns.has(String(arn))) return this.missing(arn);
    return { status: 200, body: { EventBusArn: arn, Name: nameOf(String(arn)), State: this.state } };
  }

  /**
   * Keeps the entry, unless it repeats one of the last 300 s in its scope: the account and its group, else
   * the account and the bus.
   */
  private take(entry: SentEntry, arn: string): { readonly SuccessCode: string; readonly EventId?: string } {
    const { DeduplicationId: id, EventGroupId: group } = entry.SystemMetadata ?? {};
    if (id === undefined) return { SuccessCode: 'PUBLISHED', EventId: this.arrivals.keep(entry, nameOf(arn)) };
    const now = this.arrivals.now();
    this.forget(now);
    const key = JSON.stringify([group === undefined ? { arn } : { group }, id]);
    if (this.accepted.has(key)) {
      this.suppressed.push(id);
      return { SuccessCode: 'DEDUPLICATED' };
    }
    this.accepted.set(key, now);
    return { SuccessCode: 'PUBLISHED', EventId: this.arrivals.keep(entry, nameOf(arn)) };
  }

  private forget(now: number): void {
    for (const [key, at] of this.accepted) {
      if (now - at < WINDOW) return;
      this.accepted.delete(key);
    }
  }

  private missing(arn: unknown): Answer {
    return this.error('ResourceNotFoundException', `Event bus ${String(arn)} does not exist.`);
  }
}

/** A timestamp of CBOR is a tagged number of seconds. */
function entryOf(sent: unknown): SentEntry {
  const { Time: time, ...entry } = (sent ?? {}) as Omit<SentEntry, 'Time'> & {
    readonly Time?: { readonly value?: unknown };
  };
  return typeof time?.value === 'number' ? { ...entry, Time: time.value } : entry;
}

function nameOf(arn: string): string {
  return arn.split('/').at(-2) ?? '';
}
