import type { Instant } from '../domain/instant.ts';
import type { PeakName, SumName } from './figures.ts';
import type { LeaseSpan } from './lease-spans.ts';

/** What the page shows, as it stands in the page: JSON. Times are epoch milliseconds. */
export interface PageData {
  readonly madeAt: Instant;
  readonly version: string;
  /** The first and the last line. */
  readonly from: Instant;
  readonly to: Instant;
  /** The width of a bucket, milliseconds. Bucket 0 begins at `start`. */
  readonly width: number;
  readonly start: Instant;
  readonly buckets: number;
  readonly pollers: readonly string[];
  readonly hosts: readonly string[];
  readonly lines: LineCounts;
  readonly summary: readonly string[];
  readonly series: readonly SeriesData[];
  readonly leases: readonly LeaseSpan[];
  readonly marks: Listed<Mark>;
  readonly failures: readonly Counted[];
  readonly deadLetters: readonly Counted[];
  readonly gaps: Listed<Gap> & { readonly totals: readonly GapTotal[] };
  readonly configuration: Listed<Mark>;
}

/** What became of the lines that were read. */
export interface LineCounts {
  /** Shown here. */
  used: number;
  /** Cut off, damaged, or with a time that cannot be. */
  broken: number;
  /** Other programs'. */
  foreign: number;
  /** The poller's, and not of the time asked for. */
  outside: number;
  /** Missing in the log, by what it says itself (`log.dropped`). */
  dropped: number;
}

/** The figures of one stream. Each list belongs to `at`, the numbers of the buckets that hold something. */
export interface SeriesData {
  readonly poller: string;
  /** Empty for what is of no stream. */
  readonly stream: string;
  /** Whether the stream is to keep up with Genesys. */
  readonly isLive: boolean;
  readonly at: readonly number[];
  /** Only those that are anything but 0. */
  readonly sums: { readonly [Name in SumName]?: readonly number[] };
  /** null where no cycle said. */
  readonly peaks: { readonly [Name in PeakName]?: readonly (number | null)[] };
}

/** The newest of a list, and how many there are. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly count: number;
}

export type MarkKind = 'start' | 'stop' | 'reload' | 'rejected' | 'clock' | 'lease' | 'gap';

/** Something that happened at one moment. */
export interface Mark {
  readonly time: Instant;
  readonly kind: MarkKind;
  readonly poller: string;
  readonly stream: string;
  readonly host: string;
  readonly text: string;
}

export interface Gap {
  readonly time: Instant;
  readonly poller: string;
  readonly stream: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly text: string;
}

/** Of all gaps of a poller, those included that are not listed. */
export interface GapTotal {
  readonly poller: string;
  readonly count: number;
  /** Their lengths, added up. */
  readonly ms: number;
}

export interface Counted {
  readonly name: string;
  readonly poller: string;
  readonly count: number;
  readonly first: Instant;
  readonly last: Instant;
  readonly text: string;
}
