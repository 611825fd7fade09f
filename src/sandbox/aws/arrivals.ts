import { randomUUID } from 'node:crypto';
import { parseObject, type SentEntry } from './put-events.ts';

/** An entry that a bus has accepted. */
export interface ArrivedEvent {
  /** Made anew for every accepted entry: two copies of one event have two. */
  readonly eventId: string;
  /** `detail.metadata.id`, if there is one. */
  readonly id: string | undefined;
  /** The name of the bus. */
  readonly bus: string;
  readonly source: string;
  readonly detailType: string;
  /** Epoch milliseconds; when it was received, if the entry named no Time. */
  readonly time: number;
  /** The text as sent. */
  readonly detail: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** The number of the PutEvents call that carried it: 1, 2, … */
  readonly call: number;
  /** On a v2 bus, if the entry named one. */
  readonly group?: string;
}

/** What has come in by either API. */
export class Arrivals {
  readonly events: ArrivedEvent[] = [];
  /** PutEvents calls so far. */
  calls = 0;
  private readonly options: {
    readonly now?: () => number;
    readonly onArrival?: (event: ArrivedEvent) => void;
  };

  constructor(options: Arrivals['options']) {
    this.options = options;
  }

  /** Epoch milliseconds. */
  now(): number {
    return (this.options.now ?? Date.now)();
  }

  /** Keeps an accepted entry, and returns its event ID. */
  keep(entry: SentEntry, bus: string): string {
    const receivedAt = this.now();
    const group = entry.SystemMetadata?.EventGroupId;
    const event: ArrivedEvent = {
      eventId: randomUUID(),
      id: idOf(entry),
      bus,
      source: entry.Source ?? '',
      detailType: entry.DetailType ?? '',
      time: entry.Time === undefined ? receivedAt : Math.round(entry.Time * 1000),
      detail: entry.Detail ?? '',
      receivedAt,
      call: this.calls,
      ...(group !== undefined && { group }),
    };
    this.events.push(event);
    this.options.onArrival?.(event);
    return event.eventId;
  }
}

function idOf(entry: SentEntry): string | undefined {
  const metadata = parseObject(entry.Detail)?.metadata as { readonly id?: unknown } | undefined;
  return typeof metadata?.id === 'string' ? metadata.id : undefined;
}
