import type { DerivedEvent, StreamName } from './event.ts';
import { formatInstant, type Instant } from './instant.ts';
import type { EventMetadata } from './published.ts';

/** An event as it goes to the sink. */
export interface SinkEntry {
  readonly event: DerivedEvent;
  readonly source: string;
  /** JSON: `{metadata, data, names?}`. */
  readonly detail: string;
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

/** Puts an event into its envelope. Pure: the same event and context give the same bytes. */
export function toEntry(event: DerivedEvent, context: EnvelopeContext): SinkEntry {
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
  return { event, source: context.source, detail };
}
