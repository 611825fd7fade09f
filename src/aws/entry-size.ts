import type { SinkEntry } from '../domain/envelope.ts';

/** What EventBridge counts for an entry's Time (AWS, "Calculating PutEvents event entry size"). */
const TIME_BYTES = 14;

/** The size that EventBridge counts against a request for an entry with a Time. */
export function entryBytes({ source, event, detail }: SinkEntry): number {
  return [source, event.eventType, detail].reduce((sum, text) => sum + Buffer.byteLength(text), TIME_BYTES);
}
