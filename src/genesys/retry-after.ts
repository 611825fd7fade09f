import type { HttpAnswer } from './transport.ts';

/** A garbled header must not hold the poller for days: no pause is longer than this, milliseconds. */
const LONGEST = 3_600_000;

/**
 * How long an answer asks us to wait, milliseconds: by `Retry-After` in seconds or as a date, else by the "[59] seconds"
 * in Genesys's message. Undefined where it says nothing usable.
 *
 * A date is compared with the answer's own `Date`, so that our clock does not matter; only without one with `now`.
 */
export function retryAfter(answer: HttpAnswer, now: number): number | undefined {
  const wait = fromHeader(answer.headers, now) ?? fromMessage(answer.body);
  return wait !== undefined && wait > 0 ? Math.min(wait, LONGEST) : undefined;
}

function fromHeader(headers: HttpAnswer['headers'], now: number): number | undefined {
  const text = headers['retry-after']?.trim();
  if (!text) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  const until = Date.parse(text);
  if (Number.isNaN(until)) return undefined;
  const answered = Date.parse(headers.date ?? '');
  return until - (Number.isNaN(answered) ? now : answered);
}

function fromMessage(body: string): number | undefined {
  const seconds = /in \[(\d+)\] seconds/.exec(body)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
