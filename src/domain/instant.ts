/**
 * Milliseconds since the epoch. Every instant inside the program has this form; text exists only at its
 * edges.
 */
export type Instant = number;

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/;

/**
 * Reads an ISO 8601 instant that names its zone (`Z` or an offset); digits finer than a millisecond are cut
 * off. Undefined for anything else: a date that does not exist, a text without a zone (it would mean another
 * instant on every host), a number.
 */
export function parseInstant(value: unknown): Instant | undefined {
  const match = typeof value === 'string' ? ISO.exec(value) : null;
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((digits) => Number(digits ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const millisecond = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, millisecond);
  // 30 February rolls over into March: a day that does not come back in its own month does not exist.
  if (date.getUTCMonth() !== month - 1) return undefined;
  const instant = date.getTime() - offsetOf(match[8] as string);
  return isWritable(instant) ? instant : undefined;
}

/** The only written form: `YYYY-MM-DDTHH:mm:ss.sssZ`. */
export function formatInstant(instant: Instant): string {
  return new Date(instant).toISOString();
}

/** What is wrong with a time that has to be past at `now`, in words; undefined if nothing is. */
export function futureProblem(option: string, instant: Instant, now: Instant): string | undefined {
  return instant > now ? `${option} ${formatInstant(instant)} is in the future` : undefined;
}

function offsetOf(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** Years 0 to 9999: beyond them `toISOString` needs six digits, which is not our form. */
function isWritable(instant: Instant): boolean {
  return instant >= -62_167_219_200_000 && instant <= 253_402_300_799_999;
}
