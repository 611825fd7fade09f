import { MAX_REQUESTED_WAIT_MS } from '../domain/retry-policy.ts';
import type { HttpAnswer } from './transport.ts';

/**
 * How long an answer asks us to wait, milliseconds: by `Retry-After` in seconds or as a date, else by the
 * "[59] seconds" in Genesys's message. Never longer than MAX_REQUESTED_WAIT_MS, so that a garbled header does
 * not hold the poller for days. Undefined where it says nothing usable.
 *
 * A date is compared with the answer's own `Date`, so that our clock does not matter; only without one with
 * `now`.
 */
export function retryAfter(answer: HttpAnswer, now: number): number | undefined {
  const wait = fromHeader(answer.headers, now) ?? fromMessage(answer.body);
  return wait !== undefined && wait > 0 ? Math.min(wait, MAX_REQUESTED_WAIT_MS) : undefined;
}

/** The waits of one request, all its attempts together. */
export class RequestedWaits {
  private waited = 0;

  /** Adds a wait, milliseconds. False if the request would then wait for longer than MAX_REQUESTED_WAIT_MS. */
  admit(wait: number): boolean {
    this.waited += wait;
    return this.waited <= MAX_REQUESTED_WAIT_MS;
  }
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
