import { Refusal } from './http.ts';

/** A day, milliseconds; days of the API are UTC days. */
export const DAY = 86_400_000;

/** From `from` up to, but not including, `to`; epoch milliseconds. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;

/** Reads `ISO/ISO`, both with a zone. Anything else is a 400, as is an end before the start. */
export function parseInterval(value: unknown, name: string): Interval {
  const [from, to, ...more] = typeof value === 'string' ? value.split('/').map(instant) : [];
  if (from === undefined || to === undefined || Number.isNaN(from + to) || more.length > 0) {
    throw new Refusal(
      400,
      'invalid.date',
      `Invalid date format for ${name}. Expected ISO-8601 interval, got [${String(value)}]`,
    );
  }
  if (to < from) throw new Refusal(400, 'invalid.value', `The end of ${name} lies before its start`);
  return { from, to };
}

function instant(text: string): number {
  return INSTANT.test(text) ? Date.parse(text) : Number.NaN;
}

/** From the first to the last instant of the UTC days that the interval touches. */
export function touchedDays({ from, to }: Interval): Interval {
  // An interval ends before `to`: a midnight at its end touches the day before only.
  const last = to > from ? to - 1 : to;
  return { from: Math.floor(from / DAY) * DAY, to: (Math.floor(last / DAY) + 1) * DAY };
}
