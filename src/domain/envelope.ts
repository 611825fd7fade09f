import type { DerivedEvent } from './event.ts';
import { formatInstant, type Instant } from './instant.ts';
import type { Member, ValueOf } from './members.ts';
import { STREAM_NAMES, type StreamName } from './streams.ts';

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
  /** When the poller read the record. */
  readonly observedAt: Instant;
  /** When this copy was made. */
  readonly publishedAt: Instant;
  /** What enrichment could resolve: never part of the ID or of the fact. */
  readonly names?: Readonly<Record<string, string>>;
}

/** Version of the published form. */
export const SCHEMA_VERSION = '1';

/** `detail.metadata`; every member is always there. */
export const METADATA = {
  id: {
    form: 'hash',
    description:
      'The deduplication ID: lower-case hex SHA-256, the same in every copy of the event and in no other event.',
  },
  idempotencyKey: { form: 'hash', description: 'The same again, under the name that idempotency libraries look for.' },
  eventType: { form: 'text', description: "The event's type, the same as its detail-type." },
  schemaVersion: { form: 'text', description: 'The version of the published form.', values: [SCHEMA_VERSION] },
  poller: { form: 'text', description: 'The configured name of the poller that published it.' },
  stream: {
    form: 'text',
    description:
      "The stream that found it: live conversations, their reconciliation, the dialer's event log, or a backfill.",
    values: STREAM_NAMES,
  },
  observedAt: { form: 'time', description: 'When the poller read the record.' },
  publishedAt: { form: 'time', description: 'When the poller made this copy, to send it at once.' },
} as const satisfies Readonly<Record<string, Member>>;

/** `detail.names`: none of them has to be there, and others may join them. */
export const NAMES = {
  disposition: { form: 'text', description: 'The name of the wrap-up code.' },
  outboundCampaign: { form: 'text', description: 'The name of the campaign.' },
} as const satisfies Readonly<Record<string, Member>>;

/** Puts an event into its envelope. Pure: the same event and context give the same bytes. */
export function toEntry(event: DerivedEvent, context: EnvelopeContext): SinkEntry {
  const metadata: { readonly [Name in keyof typeof METADATA]: ValueOf<(typeof METADATA)[Name]> } = {
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
