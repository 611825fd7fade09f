import type { Counter, RequestContext } from '../../src/ports/request-context.ts';

/** A request context that is never aborted, unless a signal is given, and counts its traffic. */
export function testContext(
  signal: AbortSignal = new AbortController().signal,
): RequestContext & { counts: Record<Counter, number> } {
  const counts: Record<Counter, number> = {
    genesysRequests: 0,
    genesysThrottled: 0,
    putEventsCalls: 0,
    dynamoCalls: 0,
    tooLate: 0,
  };
  return { signal, counts, count: (what) => void counts[what]++ };
}
