import type { SinkEntry } from '../domain/envelope.ts';
import { eventGroup, MAX_GROUP_LENGTH } from '../domain/event-group.ts';
import type { Failure } from '../domain/failure.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { EntryResult, Sink } from '../ports/sink.ts';
import { REMEDY_IF_BUSY } from './bus-refusals.ts';
import { resultOfError } from './entry-result.ts';
import { entryBytes } from './entry-size.ts';
import {
  type EventBridgeV2Client,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from './eventbridge-v2-client.ts';
import { busFailure, miscounted } from './failures.ts';
import { sendOnce } from './send.ts';

/** Entries a PutEvents call takes at most. */
const MAX_ENTRIES = 100;
/** A deduplication ID: SHA-256 in hex. */
const ID_BYTES = 64;

/**
 * A custom event bus of the new kind. It suppresses what it has taken before, for 300 s, by the event's
 * own ID and within the event's group, and says so entry by entry. Unlike a classic bus it refuses events
 * where it does not exist, so it need not be looked up.
 */
export class V2Sink implements Sink {
  readonly name: string;
  readonly product = 'EventBridge';
  readonly limits: Sink['limits'];
  readonly remedyIfBusy = REMEDY_IF_BUSY;
  private readonly client: EventBridgeV2Client;

  /** `bus` is an ARN; `maxRequestBytes` the region's limit for one request. */
  constructor(options: {
    readonly client: EventBridgeV2Client;
    readonly bus: string;
    readonly maxRequestBytes: number;
  }) {
    this.client = options.client;
    this.name = options.bus;
    this.limits = { entries: MAX_ENTRIES, bytes: options.maxRequestBytes };
  }

  /** AWS does not document whether it counts the group and the ID: counting them is safe. */
  sizeOf(entry: SinkEntry): number {
    return entryBytes(entry) + MAX_GROUP_LENGTH + ID_BYTES;
  }

  async put(entries: readonly SinkEntry[], context: RequestContext): Promise<readonly EntryResult[]> {
    const command = new PutEventsCommand({ EventBusArn: this.name, Entries: entries.map(requestEntry) });
    context.count('putEventsCalls');
    const answer = await this.send(command, context);
    const results = answer.Entries ?? [];
    if (results.length !== entries.length) throw miscounted(this.name, results.length, entries.length);
    return results.map((result) => resultOf(result, this.name));
  }

  private async send(command: PutEventsCommand, { signal }: RequestContext) {
    try {
      return await sendOnce((options) => this.client.send(command, options), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw v2BusFailure(error, 'events:PutEvents', this.name);
    }
  }
}

function requestEntry({ event, source, detail }: SinkEntry): PutEventsRequestEntry {
  return {
    Source: source,
    DetailType: event.eventType,
    Detail: detail,
    Time: new Date(event.timestamp),
    SystemMetadata: { EventGroupId: eventGroup(event.data), DeduplicationId: event.id },
  };
}

/** The Failure for a call that concerned a v2 bus as a whole; `action` is the IAM action. */
export function v2BusFailure(error: unknown, action: string, bus: string): Failure {
  return busFailure(error, { action, bus, ifMissing: HOW_TO_CREATE, service: 'EVENTBRIDGEV2' });
}

/** Its ARN ends in an ID that AWS makes: what the configuration names cannot be created by its name. */
const HOW_TO_CREATE =
  'Create a bus (`aws eventsv2 create-event-bus --name NAME`, the console, or AWS::EventsV2::EventBus in CloudFormation) and set ' +
  'eventBridge.bus to its ARN; if it is there already, correct the ARN or AWS_REGION';

/** A success code is the only proof of acceptance. */
function resultOf({ SuccessCode, ErrorCode, ErrorMessage }: PutEventsResultEntry, bus: string): EntryResult {
  if (ErrorCode === undefined && SuccessCode === 'PUBLISHED') return { status: 'accepted' };
  if (ErrorCode === undefined && SuccessCode === 'DEDUPLICATED') return { status: 'suppressed' };
  const said = SuccessCode === undefined ? 'EventBridge gave no reason' : `EventBridge said ${SuccessCode}`;
  return resultOfError({ code: ErrorCode ?? 'InternalFailure', message: ErrorMessage ?? said }, bus, HOW_TO_CREATE);
}
