import { entryBytes, parseObject, type Refusal, type SentEntry } from './put-events.ts';

const MAX_ENTRIES = 100;
/** Characters (API reference of the Custom Event Bus, PutEventsRequestEntry and PutEventsSystemMetadata). */
const MAX_SOURCE = 256;
const MAX_DETAIL_TYPE = 128;
const MAX_GROUP = 128;
const MAX_DEDUPLICATION_ID = 128;

/**
 * Why a v2 bus refuses the call as a whole; undefined if it looks at the entries one by one. What the API's
 * model says of the request is found out while reading it, and concerns all of it.
 */
export function refuseV2Call(entries: unknown, maxRequestBytes: number): Refusal | undefined {
  if (!Array.isArray(entries)) return invalid('Entries must be a list');
  if (entries.length < 1 || entries.length > MAX_ENTRIES) return invalid(`Entries must hold 1 to ${MAX_ENTRIES}`);
  for (const [index, entry] of entries.entries()) {
    const reason = malformed(entry as SentEntry);
    if (reason) return invalid(`Entries[${index}]: ${reason}`);
  }
  const bytes = (entries as SentEntry[]).reduce((sum, entry) => sum + v2EntryBytes(entry), 0);
  return bytes > maxRequestBytes ? invalid('Total size of the entries in the request is over the limit.') : undefined;
}

/**
 * Why a v2 bus refuses one entry (HTTP 200, by index); undefined if it accepts it. That it does so entry by
 * entry is documented, with which codes is not.
 */
export function refuseV2Entry(entry: SentEntry): Refusal | undefined {
  if (entry.Source?.startsWith('aws.')) return invalid('Source must not begin with aws.');
  return parseObject(entry.Detail) ? undefined : invalid('Detail is malformed.');
}

/** As for a classic bus, and the system metadata: whether AWS counts these is not documented. */
function v2EntryBytes(entry: SentEntry): number {
  const { EventGroupId = '', DeduplicationId = '' } = entry.SystemMetadata ?? {};
  return entryBytes(entry) + Buffer.byteLength(EventGroupId) + Buffer.byteLength(DeduplicationId);
}

function malformed({ Source, DetailType, SystemMetadata = {} }: SentEntry): string | undefined {
  const { EventGroupId, DeduplicationId } = SystemMetadata;
  if (!fits(Source, MAX_SOURCE)) return `Source must have 1 to ${MAX_SOURCE} characters`;
  if (!fits(DetailType, MAX_DETAIL_TYPE)) return `DetailType must have 1 to ${MAX_DETAIL_TYPE} characters`;
  if (EventGroupId !== undefined && !fits(EventGroupId, MAX_GROUP)) {
    return `EventGroupId must have 1 to ${MAX_GROUP} characters`;
  }
  if (DeduplicationId === undefined) return undefined;
  if (!fits(DeduplicationId, MAX_DEDUPLICATION_ID)) {
    return `DeduplicationId must have 1 to ${MAX_DEDUPLICATION_ID} characters`;
  }
  return DeduplicationId.trim() === '' ? 'DeduplicationId must not be blank' : undefined;
}

function fits(text: unknown, most: number): boolean {
  return typeof text === 'string' && text !== '' && [...text].length <= most;
}

function invalid(message: string): Refusal {
  return { code: 'InvalidInputException', message };
}
