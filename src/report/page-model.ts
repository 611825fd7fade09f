import type { Instant } from '../domain/instant.ts';
import { LIVE_STREAMS } from '../domain/streams.ts';
import type { Repeats } from './bounded.ts';
import { type Digest, namesOf } from './digest.ts';
import { type BucketFigures, PEAKS, SUMS } from './figures.ts';
import { timesBehind } from './pace.ts';
import type { Counted, PageData, SeriesData } from './page-data.ts';
import { type StreamSummary, summarise } from './summary.ts';

const LIVE: ReadonlySet<string> = new Set(LIVE_STREAMS);

/** What one stream did, bucket by bucket, oldest first. */
type Buckets = readonly (readonly [start: Instant, figures: BucketFigures])[];

/** What the page shows of a log that has been read to its end. */
export function pageModel(digest: Digest, made: { readonly at: Instant; readonly version: string }): PageData {
  const { lines, marks, gaps, configuration } = digest;
  const { from, to } = digest.shown;
  const { width } = digest.timeline;
  const start = Math.floor(from / width) * width;
  const streams = bucketsByStream(digest);
  const series = [...streams].map(([key, buckets]) => seriesData(key, buckets, start, width));
  const leases = digest.leases.all();
  const items = marks.all();
  const gapTotals = [...digest.gapTotals.values()];
  const pollers = [...new Set([...series, ...leases, ...items].map(({ poller }) => poller))].sort();
  return {
    madeAt: made.at,
    version: made.version,
    from,
    to,
    width,
    start,
    buckets: Math.floor((to - start) / width) + 1,
    pollers,
    hosts: [...new Set([...leases, ...items].map(({ host }) => host))].sort(),
    lines,
    summary: summarise({
      from,
      to,
      pollers: pollers.length,
      streams: liveStreams(streams, width),
      deadLetters: series.flatMap(({ sums }) => sums.deadLettered ?? []).reduce((sum, one) => sum + one, 0),
      gaps: {
        count: gaps.count,
        ms: gapTotals.reduce((sum, { ms }) => sum + ms, 0),
      },
      dropped: lines.dropped,
    }),
    series,
    leases,
    marks: { items, count: marks.count },
    failures: rowsOf(digest.failures),
    deadLetters: rowsOf(digest.deadLetters),
    gaps: { items: gaps.all(), count: gaps.count, totals: gapTotals },
    configuration: { items: configuration.all(), count: configuration.count },
  };
}

/** A wait may last longer than the log: what lies behind its end is not shown. */
function bucketsByStream({ timeline, shown }: Digest): ReadonlyMap<string, Buckets> {
  const streams = new Map<string, [Instant, BucketFigures][]>();
  for (const [start, bucket] of timeline.entries()) {
    if (start > shown.to) continue;
    for (const [key, figures] of bucket) {
      const known = streams.get(key);
      if (known) known.push([start, figures]);
      else streams.set(key, [[start, figures]]);
    }
  }
  return new Map([...streams].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function seriesData(key: string, buckets: Buckets, start: Instant, width: number): SeriesData {
  const [poller, stream] = namesOf(key);
  const sums = SUMS.map((name) => [name, buckets.map(([, figures]) => figures.sums[name])] as const);
  const peaks = PEAKS.map((name) => [name, buckets.map(([, figures]) => figures.peaks[name] ?? null)] as const);
  return {
    poller,
    stream,
    isLive: LIVE.has(stream),
    at: buckets.map(([time]) => Math.round((time - start) / width)),
    sums: Object.fromEntries(sums.filter(([, values]) => values.some((value) => value > 0))),
    peaks: Object.fromEntries(peaks.filter(([, values]) => values.some((value) => value !== null))),
  };
}

function liveStreams(streams: ReadonlyMap<string, Buckets>, width: number): readonly StreamSummary[] {
  return [...streams]
    .map(([key, buckets]) => ({ names: namesOf(key), buckets }))
    .filter(({ names: [, stream] }) => LIVE.has(stream))
    .map(({ names: [poller, stream], buckets }) => {
      const paces = buckets.map(([, { pace }]) => pace);
      const throttled = throttledTimes(poller, streams, width);
      return {
        poller,
        stream,
        largestLagMs: Math.max(0, ...buckets.map(([, { peaks }]) => (peaks.lagSeconds ?? 0) * 1_000)),
        behind: timesBehind(paces, width).map((behind) => {
          const { from, until = Number.POSITIVE_INFINITY } = behind;
          const within = throttled.filter(([time]) => time + width > from && time < until);
          return { ...behind, throttledMs: within.reduce((sum, [, ms]) => sum + ms, 0) };
        }),
      };
    });
}

/**
 * For how long a poller was throttled in each bucket, milliseconds. Streams wait at the same time: the
 * longest of them counts.
 */
function throttledTimes(
  poller: string,
  streams: ReadonlyMap<string, Buckets>,
  width: number,
): readonly [Instant, number][] {
  const times = new Map<Instant, number>();
  for (const [key, buckets] of streams) {
    if (namesOf(key)[0] !== poller) continue;
    for (const [time, { sums }] of buckets) {
      times.set(time, Math.min(width, Math.max(times.get(time) ?? 0, sums.throttledMs, sums.waitMs)));
    }
  }
  return [...times];
}

function rowsOf(repeats: Repeats): readonly Counted[] {
  return repeats.all().map(([key, { count, first, last, text }]) => {
    const [poller, name] = namesOf(key);
    return { name, poller, count, first, last, text };
  });
}
