import { MAX_PAGE_SIZE } from '../domain/page-size.ts';
import { MAX_PAGES } from '../domain/streams.ts';
import type { Clock } from '../ports/clock.ts';
import type { StreamObserver } from '../ports/stream-observer.ts';

/** Signs come no closer together, milliseconds: a file is written for each of them. */
const SPACING = 10_000;

/** Records that can be paged through in a cycle: pages may be small. */
const MAX_RECORDS = MAX_PAGES * MAX_PAGE_SIZE;

/**
 * Called with the number of records on each page of a cycle, it gives signs of life while pages come: a long
 * list of slow pages is work, and no hang. A list that brings more records than any has does not end, so
 * further pages prove nothing. An empty page counts as a full one.
 */
export function pageSigns(options: {
  readonly clock: Clock;
  readonly observer: StreamObserver;
  readonly stream: { readonly name: string };
}): (records: number) => void {
  const { clock, observer, stream } = options;
  let read = 0;
  let signedAt = clock.monotonic();
  return (records) => {
    const now = clock.monotonic();
    read += records || MAX_PAGE_SIZE;
    if (read > MAX_RECORDS || now - signedAt < SPACING) return;
    signedAt = now;
    observer.onSign({ stream: stream.name, kind: 'reading' });
  };
}
