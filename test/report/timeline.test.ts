import test from 'ava';
import fc from 'fast-check';
import { Timeline } from '../../src/report/timeline.ts';

interface Bucket {
  count: number;
  order: number[];
}

function counting(most?: number) {
  const kind = {
    create: (): Bucket => ({ count: 0, order: [] }),
    absorb(earlier: Bucket, later: Bucket) {
      earlier.count += later.count;
      earlier.order.push(...later.order);
    },
  };
  return new Timeline<Bucket>(kind, most);
}

const START = Date.parse('2026-11-27T00:00:00Z');
const HOUR = 3_600_000;

for (const [span, width] of [
  [60_000, 1_000],
  [HOUR, 5_000],
  [6 * HOUR, 10_000],
  [24 * HOUR, 60_000],
  [7 * 24 * HOUR, 300_000],
  [30 * 24 * HOUR, 1_800_000],
  [5 * 365 * 24 * HOUR, 86_400_000],
] as const) {
  test(`${span / HOUR} hours are shown in buckets of ${width / 1_000} s`, (t) => {
    const timeline = counting();
    for (let n = 0; n <= 1_000; n++) timeline.at(START + (span * n) / 1_000).count++;
    t.is(timeline.width, width);
    t.is(
      timeline.entries().reduce((sum, [, { count }]) => sum + count, 0),
      1_001,
    );
  });
}

test('whatever comes in whatever order, nothing is lost, buckets are few, and earlier ones absorb later ones', (t) => {
  const times = fc.array(fc.integer({ min: START, max: START + 300 * 24 * HOUR }), { minLength: 1, maxLength: 60 });
  t.notThrows(() =>
    fc.assert(
      fc.property(times, (all) => {
        const timeline = counting(50);
        for (const time of all) {
          const bucket = timeline.at(time);
          bucket.count++;
          bucket.order.push(time);
        }
        const entries = timeline.entries();
        const first = entries[0]?.[0] ?? 0;
        const last = entries.at(-1)?.[0] ?? 0;
        const isRight = entries.every(([start, { order }]) =>
          order.every((time) => time >= start && time < start + timeline.width),
        );
        return (
          isRight &&
          (last - first) / timeline.width < 50 &&
          entries.reduce((sum, [, { count }]) => sum + count, 0) === all.length
        );
      }),
    ),
  );
});
