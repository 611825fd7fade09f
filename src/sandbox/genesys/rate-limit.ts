import { Refusal } from './http.ts';

const MINUTE = 60_000;

/** Lets a token make so many requests in any sixty seconds; the next is a 429 that says how long to wait. */
export function createRateLimit(now: () => number, requestsPerMinute: number) {
  const recent = new Map<string, number[]>();
  return (token: string): void => {
    const time = now();
    const times = (recent.get(token) ?? []).filter((at) => at > time - MINUTE && at <= time);
    recent.set(token, times);
    const oldest = times[0];
    if (times.length < requestsPerMinute || oldest === undefined) {
      times.push(time);
      return;
    }
    const seconds = Math.ceil((oldest + MINUTE - time) / 1000);
    throw new Refusal(
      429,
      'too.many.requests.retry.after',
      `Rate limit exceeded the maximum. Retry the request in [${seconds}] seconds`,
      { 'retry-after': String(seconds) },
    );
  };
}
