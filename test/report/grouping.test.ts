import test from 'ava';
import { gridOf, peakColumn, sumColumn } from '../../src/report/client/grouping.ts';
import type { PageData, SeriesData } from '../../src/report/page-data.ts';

/** A log of so many buckets of a minute, from 0. */
const log = (buckets: number) => ({ start: 0, width: 60_000, buckets }) as PageData;
const series = (
  at: readonly number[],
  published: readonly number[],
  lag: readonly (number | null)[] = [],
): SeriesData => ({
  poller: 'p',
  stream: 's',
  isLive: true,
  at,
  sums: { published },
  peaks: { lagSeconds: lag },
});
const minutes = (n: number) => n * 60_000;

test('a short log is drawn as it is, a long one in fewer buckets, and zoomed in as it is again', (t) => {
  t.like(gridOf(log(200), 0, minutes(200)), { first: 0, factor: 1 });
  t.like(gridOf(log(1_440), 0, minutes(1_440)), { first: 0, factor: 10 });
  const zoomed = gridOf(log(1_440), minutes(600), minutes(720));
  t.like(zoomed, { first: 600, factor: 1 });
  t.is(zoomed.times[0], 36_000);
});

test('sums of several streams add up whatever the width, 0 where nothing happened', (t) => {
  const streams = [series([0, 1, 1_439], [1, 2, 4]), series([1], [8])];
  const column = sumColumn(streams, 'published', gridOf(log(1_440), 0, minutes(1_440)));
  t.is(column[0], 11);
  t.is(column[1], 0);
  t.is(column.at(-1), 4);
});

test('what lies outside of the zoom is not counted in it', (t) => {
  const column = sumColumn(
    [series([0, 650, 1_439], [1, 2, 4])],
    'published',
    gridOf(log(1_440), minutes(600), minutes(700)),
  );
  t.is(
    column.reduce<number>((sum, value) => sum + (value ?? 0), 0),
    2,
  );
});

test('of peaks the largest is drawn; a bucket without one does not break the curve, a long pause does', (t) => {
  const one = series([0, 1, 3, 4, 5, 40, 41], [], [5, 7, 6, null, 9, 4, 3]);
  const column = peakColumn(one, 'lagSeconds', gridOf(log(60), 0, minutes(60)));
  t.deepEqual(column.slice(0, 8), [5, 7, undefined, 6, undefined, 9, null, undefined]);
  t.is(column[40], 4);
});
