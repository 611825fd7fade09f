/** An entry of a PutEvents request as it was sent: anything may be missing or of another type. */
export interface SentEntry {
  readonly EventBusName?: string;
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly Resources?: readonly string[];
  /** Epoch seconds. */
  readonly Time?: number;
  /** For a v2 bus. */
  readonly SystemMetadata?: { readonly EventGroupId?: string; readonly DeduplicationId?: string };
}

/** Why AWS refuses an entry, or a whole call. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

const MAX_ENTRIES = 10;
const MAX_DETAIL_TYPE = 128;
/** What AWS counts for a Time. */
const TIME_BYTES = 14;

/**
 * The size that AWS counts against the request (EventBridge User Guide, "Calculating PutEvents event entry
 * size").
 */
export function entryBytes(entry: SentEntry): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? '', 'utf8'), 0);
  return bytes + (entry.Time === undefined ? 0 : TIME_BYTES);
}

/** Why AWS refuses the call as a whole (HTTP 400); undefined if it looks at the entries one by one. */
export function refuseCall(entries: unknown, maxRequestBytes: number): Refusal | undefined {
  if (!Array.isArray(entries))
    return invalid("Value null at 'entries' failed to satisfy constraint: Member must not be null");
  if (entries.length === 0) {
    return invalid(
      "Value '[]' at 'entries' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  }
  if (entries.length > MAX_ENTRIES) {
    return invalid(
      `Value at 'entries' failed to satisfy constraint: Member must have length less than or equal to ${MAX_ENTRIES}`,
    );
  }
  const bytes = entries.reduce((sum: number, entry: SentEntry) => sum + entryBytes(entry), 0);
  if (bytes <= maxRequestBytes) return undefined;
  return { code: 'ValidationException', message: 'Total size of the entries in the request is over the limit.' };
}

/** Why AWS refuses one entry (HTTP 200, by index); undefined if it accepts it. */
export function refuseEntry(entry: SentEntry): Refusal | undefined {
  for (const member of ['Source', 'DetailType', 'Detail'] as const) {
    if (!entry[member]) return badArgument(member, `${member} is a required argument.`);
  }
  if ((entry.DetailType ?? '').length > MAX_DETAIL_TYPE) {
    return badArgument('DetailType', `DetailType is longer than ${MAX_DETAIL_TYPE} characters.`);
  }
  if (entry.Source?.startsWith('aws.')) {
    return { code: 'NotAuthorizedForSourceException', message: 'Not authorized for the source.' };
  }
  return parseObject(entry.Detail) ? undefined : { code: 'MalformedDetail', message: 'Detail is malformed.' };
}

/** The object that the JSON text denotes; undefined if it denotes anything else. */
export function parseObject(json: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function invalid(constraint: string): Refusal {
  return { code: 'ValidationException', message: `1 validation error detected: ${constraint}` };
}

function badArgument(name: string, reason: string): Refusal {
  return { code: 'InvalidArgument', message: `Parameter ${name} is not valid. Reason: ${reason}` };
}
