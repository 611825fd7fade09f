import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Sides, sidesOf } from '../program.ts';
import { median, type Row } from '../row.ts';
import { setStage } from '../stage.ts';
import { anHourOf, judge } from './end-to-end.ts';

/** Enough events to fill the cache of IDs, 200,000, in the first half. */
const CONVERSATIONS = 40_000;
const MB = 1_000_000;
/** How many of 200,000 IDs the cache is filled with, and how much that takes. */
const CACHE = fileURLToPath(new URL('../full-cache.mjs', import.meta.url));
/** What the collector makes of memory that does not grow. */
const GROWTH_TOLERANCE = 1.05;

/** 410,000 events of one window, once; and what a full cache of IDs takes by itself. */
export async function memory(sides: Sides): Promise<readonly Row[]> {
  const { program } = sides;
  const [ours = Number.NaN, theirs] = sidesOf(sides).map(({ main }) => fullCache(main));
  const stage = await setStage({ world: anHourOf(CONVERSATIONS) });
  try {
    const { rss, used } = await stage.run([program.main, 'once']);
    const { events, ms } = await judge(stage, CONVERSATIONS);
    const half = Math.floor(rss.length / 2);
    // The cache fills up in the first half, so that its highest value is the one to compare with.
    const [first, last] = [Math.max(...rss.slice(0, half)), median(rss.slice(-half / 2))];
    return [
      { what: 'a cache of 200,000 IDs', unit: 'MB', digits: 1, runs: [ours], bound: { atMost: 30 } },
      ...(theirs === undefined ? [] : [{ what: 'the same, other build', unit: 'MB', digits: 1, runs: [theirs] }]),
      {
        what: `resident memory at its peak, ${events.toLocaleString('en')} events of one window`,
        unit: 'MB',
        runs: [used.peakRss / MB],
        bound: { atMost: 256 },
      },
      {
        what: 'its median in the last quarter of the run, by the highest in the first half',
        unit: '',
        digits: 2,
        runs: [last / first],
        bound: { atMost: GROWTH_TOLERANCE },
      },
      { what: 'the same run, events', unit: '/s', runs: [(events / ms) * 1_000] },
    ];
  } finally {
    await stage.close();
  }
}

/** Megabytes that a process with a full cache holds more than with an empty one. */
function fullCache(main: string): number {
  const { stdout } = spawnSync(process.execPath, ['--expose-gc', CACHE, main], { encoding: 'utf8' });
  return Number(stdout) / MB;
}
