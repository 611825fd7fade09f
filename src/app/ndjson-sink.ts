import type { SinkEntry } from '../domain/envelope.ts';
import { formatInstant } from '../domain/instant.ts';
import type { Sink } from '../ports/sink.ts';

/** As many as a classic bus takes: what is prefetched before the sink is then the same. */
const ENTRIES = 10;

/**
 * A sink that hands every event to `write` as a line of JSON, in the form in which EventBridge delivers it to
 * a target. It takes what the bus with these limits would take, so that events that are too large show here
 * as well.
 */
export function ndjsonSink(options: {
  /** Where the lines go, for messages. */
  readonly name: string;
  readonly maxRequestBytes: number;
  readonly sizeOf: (entry: SinkEntry) => number;
  readonly write: (lines: string) => void;
}): Sink {
  const { name, maxRequestBytes, sizeOf, write } = options;
  return {
    name,
    product: name,
    limits: { entries: ENTRIES, bytes: maxRequestBytes },
    remedyIfBusy: `see to ${name}`,
    sizeOf,
    async put(entries, { signal }) {
      signal.throwIfAborted();
      write(entries.map(lineOf).join(''));
      return entries.map(() => ({ status: 'accepted' }));
    },
  };
}

function lineOf({ source, event, detail }: SinkEntry): string {
  const head = JSON.stringify({ source, 'detail-type': event.eventType, time: formatInstant(event.timestamp) });
  // The detail as it would be sent, to the byte.
  return `${head.slice(0, -1)},"detail":${detail}}\n`;
}
