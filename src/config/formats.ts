import convict from 'convict';
import { validate as isCron } from 'node-cron';
import { EVENT_TYPES, type EventType } from '../domain/catalogue.ts';
import { didYouMean } from '../domain/edit-distance.ts';
import { parseBaseUrl } from './base-url.ts';
import { formatDuration, parseDuration, startFromAt } from './duration.ts';
import { domainOf } from './regions.ts';
import { scheduleProblem } from './schedule.ts';

/**
 * The formats a key may have, and the type of a value that passed. `whole` and `duration` read the key's min
 * and max. A duration is in milliseconds.
 */
export interface FormatTypes {
  flag: boolean;
  whole: number;
  eventTypes: readonly EventType[];
  duration: number;
  schedule: string;
  startFrom: string;
  region: string;
  baseUrl: string;
  credential: string;
  pollerName: string;
  path: string;
  tableName: string;
  busName: string;
  source: string;
  namespace: string;
}

/** Texts that a pattern describes. Each message completes "<key>: …". */
const TEXTS = {
  pollerName: [/^(?!\s)[^#\p{Cc}]{1,128}(?<!\s)$/u, 'must be text of 1 to 128 characters without #'],
  path: [/^[^\p{Cc}]+$/u, 'must be the path of a file'],
  // RFC 6749 allows printable ASCII; a space or line break is always a slip of the clipboard.
  credential: [
    /^[\x21-\x7e]+$/,
    'must be text without spaces or line breaks; in the file, in quotes if it looks like a number',
  ],
  tableName: [/^[\w.-]{3,255}$/, 'must be a table name: 3 to 255 of a-z, A-Z, 0-9, _, . and -'],
  busName: [
    /^(?:(?:arn:aws[\w-]*:events:[\w-]+:\d{12}:event-bus\/)?[/.\w-]{1,256}|arn:aws[\w-]*:events:[\w-]+:\d{12}:event-busv2\/[/.\w-]{1,282})$/,
    'must be the name of an event bus (a-z, A-Z, 0-9, /, ., -, _) or its ARN',
  ],
  source: [
    /^(?!aws\.)(?!\s)[^\p{Cc}]{1,256}(?<!\s)$/u,
    'must be text of 1 to 256 characters that does not begin with aws.',
  ],
  namespace: [
    /^(?!AWS\/|:|\s)[\w./#: -]{1,255}(?<!\s)$/,
    'must be 1 to 255 of a-z, A-Z, 0-9, ., -, _, /, #, : and space, and not begin with AWS/ or :',
  ],
} as const;

/**
 * Formats refuse by throwing, as convict wants it; convict adds key and value to the message, the value only
 * where it is not sensitive.
 */
const formats: Record<Exclude<keyof FormatTypes, keyof typeof TEXTS>, (value: unknown, key: Limits) => void> = {
  flag: (value) => refuseUnless(typeof value === 'boolean', 'must be true or false'),
  whole: (value, { min, max }) =>
    refuseUnless(
      Number.isSafeInteger(value) &&
        Number(value) >= Number(min) &&
        (max === undefined || Number(value) <= Number(max)),
      max === undefined ? `must be a whole number, ${min} or more` : `must be a whole number from ${min} to ${max}`,
    ),
  duration: (value, { min, max }) => {
    // A text was not coerced, so it is not a duration: parsing it again says why.
    const ms = typeof value === 'number' ? value : parseDuration(value);
    const [least, most] = [parseDuration(min), parseDuration(max)];
    refuseUnless(ms >= least && ms <= most, `must be from ${formatDuration(least)} to ${formatDuration(most)}`);
  },
  schedule: (value) => {
    const isText = typeof value === 'string';
    // node-cron also takes five fields and names such as @daily: with those, the seconds would be a surprise.
    refuseUnless(
      isText && value.trim().split(/\s+/).length === 6 && isCron(value),
      'must be a cron expression of six fields, seconds first, such as */30 * * * * *',
    );
    const problem = scheduleProblem(value as string);
    if (problem !== undefined) throw new Error(problem);
  },
  startFrom: (value) => void startFromAt(value, 0),
  region: domainOf,
  baseUrl: parseBaseUrl,
  eventTypes: (value) => {
    refuseUnless(Array.isArray(value) && value.length > 0, 'must be a list of at least one event type');
    const types = value as readonly EventType[];
    const unknown = types.find((type) => !EVENT_TYPES.includes(type));
    refuseUnless(
      unknown === undefined,
      `must list event types out of ${EVENT_TYPES.join(', ')}${didYouMean(String(unknown), EVENT_TYPES)}`,
    );
    refuseUnless(new Set(types).size === types.length, 'must list each event type once');
  },
};

/**
 * What a written text stands for. Convict coerces defaults too. A text that stands for nothing stays as it
 * is, and the format then refuses it.
 */
const coercions: { readonly [Name in keyof FormatTypes]?: (text: string) => FormatTypes[Name] } = {
  duration: parseDuration,
  baseUrl: parseBaseUrl,
};

/** The coercion of a format as convict takes it. */
function coercionOf(name: string): (text: string) => unknown {
  const coerce = coercions[name as keyof FormatTypes] ?? ((text) => text);
  return (text) => {
    try {
      return coerce(text);
    } catch {
      return text;
    }
  };
}

/** The key as the schema has it, of which formats read min and max. */
type Limits = Readonly<Record<string, unknown>>;

function refuseUnless(fine: boolean, expected: string): void {
  if (!fine) throw new Error(expected);
}

/** Makes the formats known to convict, whose registry is global; doing it again changes nothing. */
export function registerFormats(): void {
  for (const [name, validate] of Object.entries(formats)) {
    convict.addFormat({ name, validate, coerce: coercionOf(name) });
  }
  for (const [name, [pattern, expected]] of Object.entries(TEXTS)) {
    convict.addFormat({
      name,
      validate: (value: unknown) => refuseUnless(typeof value === 'string' && pattern.test(value), expected),
    });
  }
}
