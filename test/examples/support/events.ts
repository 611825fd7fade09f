import { deriveConversation } from '../../../src/domain/derive.ts';
import { toEntry } from '../../../src/domain/envelope.ts';
import { formatInstant } from '../../../src/domain/instant.ts';
import { createWorld } from '../../../src/sandbox/genesys/world.ts';
import type { EventType, GenesysEvent } from '../../../src/schema/events.ts';

const NOW = Date.parse('2026-11-20T10:00:00.000Z');
const HOUR = 3_600_000;
/** What the rules of the examples ask for. */
const NEEDED = ['outboundCampaignId', 'outboundContactId', 'outboundContactListId'];

/**
 * So many events of a type, of campaign calls of a simulated contact centre, as EventBridge would deliver
 * them.
 */
export function eventsOf<T extends EventType>(type: T, count: number): readonly GenesysEvent<T>[] {
  const world = createWorld({ seed: 7, now: () => NOW, historyMs: 25 * HOUR });
  const derived = world.recordsAt(NOW).flatMap((record) => deriveConversation(record, 'mask').events);
  const wanted = derived.filter(
    ({ eventType, data }) => eventType === type && NEEDED.every((member) => member in data),
  );
  if (wanted.length < count) throw new Error(`this world has ${wanted.length} events of the type ${type} only`);
  return wanted.slice(0, count).map((event) => {
    const { detail, source } = toEntry(event, {
      ...{ source: 'com.genesys.cloud.outbound', poller: 'default', stream: 'conversations' },
      ...{ observedAt: NOW, publishedAt: NOW },
      ...(type === 'dispositionSet' && { names: { disposition: 'Sold' } }),
    });
    const delivered = {
      ...{ version: '0', id: `copy-0-of-${event.id}`, 'detail-type': type, source, account: '111122223333' },
      ...{ time: formatInstant(event.timestamp), region: 'us-east-1', resources: [], detail: JSON.parse(detail) },
    };
    return delivered as unknown as GenesysEvent<T>;
  });
}

/** Another copy: the same fact under the same key, and all else as different as it may be. */
export function copyOf<T extends EventType>(event: GenesysEvent<T>, number: number): GenesysEvent<T> {
  const { names: _, ...detail } = event.detail;
  const publishedAt = formatInstant(NOW + number);
  const metadata = { ...detail.metadata, stream: 'reconciliation', observedAt: publishedAt, publishedAt };
  return { ...event, id: `copy-${number}-of-${metadata.id}`, detail: { ...detail, metadata } } as GenesysEvent<T>;
}
