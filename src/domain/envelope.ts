import type { DerivedEvent, StreamName } from './event.ts';
import { formatInstant, type Instant } from './instant.ts';
import type { EventMetadata } from './published.ts';

/** An event as it goes on the bus. DetailType is the event's type, Time its timestamp. */
export interface BusEntry {
  readonly event: DerivedEvent;
  readonly source: string;
  /** JSON: `{metadata, data, names?}`. */
  readonly detail: string;
  /** The size that EventBridge counts against the request. */
  readonly bytes: number;
}

/** What an envelope says beyond the fact: may differ between two copies of one event. */
export interface EnvelopeContext {
  readonly source: string;
  readonly poller: string;
  readonly stream: StreamName;
  /** When the record was received from Genesys. */
  readonly observedAt: Instant;
  readonly publishedAt: Instant;
  /** What enrichment could resolve: never part of the ID or of the fact. */
  readonly names?: Readonly<Record<string, string>>;
}

/** Version of the published form. */
export const SCHEMA_VERSION = '1';
/** What EventBridge counts for an entry's Time (AWS, "Calculating PutEvents event entry size"). */
const TIME_BYTES = 14;

/** Puts an event into its envelope. Pure: the same event and context give the same bytes. */
export function toEntry(event: DerivedEvent, context: EnvelopeContext): BusEntry {
  const metadata: EventMetadata = {
    id: event.id,
    idempotencyKey: event.id,
    eventType: event.eventType,
    schemaVersion: SCHEMA_VERSION,
    poller: context.poller,
    stream: context.stream,
    observedAt: formatInstant(context.observedAt),
    publishedAt: formatInstant(context.publishedAt),
  };
  const detail = JSON.stringify({ metadata, data: event.data, ...(context.names && { names: context.names }) });
  return { event, source: context.source, detail, bytes: entryBytes(context.source, event.eventType, detail) };
}

/** The size that EventBridge counts for an entry with a Time. */
export function entryBytes(source: string, detailType: string, detail: string): number {
  return [source, detailType, detail].reduce((sum, text) => sum + Buffer.byteLength(text), TIME_BYTES);
}
