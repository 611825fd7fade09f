import { MOST_PAGES } from '../domain/streams.ts';
import type { Clock } from '../ports/clock.ts';
import type { StreamObserver } from '../ports/stream-observer.ts';

/** Signs come no closer together, milliseconds: a file is written for each of them. */
const SPACING = 10_000;

/**
 * Called with every page of a cycle, it gives signs of life while pages come: a long list of slow pages is
 * work, and no hang. A list that brings more pages than any has does not end, so further pages prove
 * nothing.
 */
export function pageSigns(options: {
  readonly clock: Clock;
  readonly observer: StreamObserver;
  readonly stream: { readonly name: string };
}): () => void {
  const { clock, observer, stream } = options;
  let pages = 0;
  let signedAt = clock.monotonic();
  return () => {
    const now = clock.monotonic();
    if (++pages > MOST_PAGES || now - signedAt < SPACING) return;
    signedAt = now;
    observer.onSign({ stream: stream.name, kind: 'reading' });
  };
}
