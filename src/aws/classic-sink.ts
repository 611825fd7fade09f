import {
  DescribeEventBusCommand,
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import type { SinkEntry } from '../domain/envelope.ts';
import { fieldsOf, textOf } from '../domain/json.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { EntryResult, Sink } from '../ports/sink.ts';
import { arnOf } from './arn.ts';
import { REMEDY_IF_BUSY } from './bus-refusals.ts';
import { deniedAccount } from './denial.ts';
import { resultOfError } from './entry-result.ts';
import { entryBytes } from './entry-size.ts';
import { busFailure, judge, miscounted } from './failures.ts';
import { type Answer, type Lacks, type Request, sendOnce } from './send.ts';
import { lacksName } from './setup-bus.ts';

/** Entries a PutEvents call takes at most. */
const MAX_ENTRIES = 10;
/** How long the bus, once seen, is believed to be there; milliseconds. */
const SEEN_FOR = 60_000;

/**
 * A classic event bus.
 *
 * EventBridge accepts events for a bus that does not exist, answers with event IDs, and drops them
 * (EventBridge User Guide, "Sending events with PutEvents"). So the bus is looked up before the first
 * call, and again once a minute while events flow. The publisher asks `ready` for that before each call.
 */
export class ClassicSink implements Sink {
  readonly name: string;
  readonly product = 'EventBridge';
  readonly limits: Sink['limits'];
  readonly remedyIfBusy = REMEDY_IF_BUSY;
  private readonly client: EventBridgeClient;
  private readonly clock: Clock;
  /** On the monotonic clock. */
  private seenAt = Number.NEGATIVE_INFINITY;

  /** `bus` is a name or an ARN; `maxRequestBytes` the region's limit for one request. */
  constructor(options: {
    readonly client: EventBridgeClient;
    readonly bus: string;
    readonly maxRequestBytes: number;
    readonly clock: Clock;
  }) {
    this.client = options.client;
    this.name = options.bus;
    this.limits = { entries: MAX_ENTRIES, bytes: options.maxRequestBytes };
    this.clock = options.clock;
  }

  async put(entries: readonly SinkEntry[], context: RequestContext): Promise<readonly EntryResult[]> {
    const command = new PutEventsCommand({ Entries: entries.map((entry) => this.requestEntry(entry)) });
    context.count('putEventsCalls');
    const answer = await this.send('events:PutEvents', (options) => this.client.send(command, options), context);
    const results = answer.Entries ?? [];
    if (results.length !== entries.length) throw miscounted(this.name, results.length, entries.length);
    return results.map((result) => resultOf(result, this.name));
  }

  sizeOf(entry: SinkEntry): number {
    return entryBytes(entry);
  }

  /** Looks the bus up, unless it was seen a short while ago. */
  async ready(context: RequestContext): Promise<void> {
    const now = this.clock.monotonic();
    // Every account has the default bus.
    if (this.name === 'default' || now - this.seenAt < SEEN_FOR) return;
    const command = new DescribeEventBusCommand({ Name: this.name });
    const request = this.unlessCrossAccount((options) => this.client.send(command, options));
    await this.send('events:DescribeEventBus', request, context, lacksName);
    this.seenAt = now;
  }

  /**
   * The bus of another account is named by its ARN and cannot always be described from here. There
   * PutEvents itself is denied when the bus is missing, since its policy is missing with it. In the caller's
   * own account it is not, so there the bus has to be seen.
   */
  private unlessCrossAccount<T extends Answer>(request: Request<T>): Request<T | undefined> {
    return async (options) => {
      try {
        return await request(options);
      } catch (error) {
        if (judge(error) === 'denied' && isOfAnotherAccount(this.name, error)) return undefined;
        throw error;
      }
    };
  }

  private async send<T extends Answer>(
    action: string,
    request: Request<T>,
    context: RequestContext,
    lacks?: Lacks<T>,
  ): Promise<T> {
    try {
      return await sendOnce(request, context.signal, lacks);
    } catch (error) {
      context.signal.throwIfAborted();
      throw busFailure(error, { action, bus: this.name });
    }
  }

  private requestEntry(entry: SinkEntry): PutEventsRequestEntry {
    return {
      EventBusName: this.name,
      Source: entry.source,
      DetailType: entry.event.eventType,
      Detail: entry.detail,
      Time: new Date(entry.event.timestamp),
    };
  }
}

/** Only the denial itself says to which account these credentials belong: no call is made to find out. */
function isOfAnotherAccount(bus: string, denial: unknown): boolean {
  const owner = arnOf(bus)?.account;
  const caller = deniedAccount(textOf(fieldsOf(denial)?.message) ?? '');
  return owner !== undefined && caller !== undefined && owner !== caller;
}

/** An event ID is the only proof of acceptance. */
function resultOf(result: PutEventsResultEntry, bus: string): EntryResult {
  if (result.ErrorCode === undefined && result.EventId !== undefined) return { status: 'accepted' };
  const code = result.ErrorCode ?? 'InternalFailure';
  return resultOfError({ code, message: result.ErrorMessage ?? 'EventBridge gave no reason' }, bus);
}
